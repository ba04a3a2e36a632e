"""A manifest as the bytes of its file: the same for the same manifest, and read if an earlier version wrote it."""

from __future__ import annotations

import dataclasses
import json

from bundler.errors import IntegrityError
from bundler.model.bundle_files import MANIFEST
from bundler.model.codec import DecodeError, decode, must_be_bounded
from bundler.model.manifest import FORMAT, Manifest


def encode_manifest(manifest: Manifest) -> bytes:
    """ASCII JSON, indented, with a newline at its end; the same for the same manifest."""
    text = _encode(dataclasses.asdict(dataclasses.replace(manifest, members=()))).decode("ascii")
    # what indents is slow, and thousands of members have three keys each
    members = ",\n".join(
        f'  {{\n   "path": {json.dumps(each.path)},\n   "sha256": {json.dumps(each.sha256)},\n   "size": {each.size}\n  }}'
        for each in manifest.members
    )
    if members:
        text = text.replace('\n "members": []', f'\n "members": [\n{members}\n ]', 1)
    return text.encode("ascii")


def _encode(data: object) -> bytes:
    return f"{json.dumps(data, indent=1, sort_keys=True)}\n".encode("ascii")


def is_in_its_form(content: bytes, manifest: Manifest) -> bool:
    """Whether the content of ``manifest`` is written as this version writes it, or as an earlier one did, which knew fewer keys."""
    return content == encode_manifest(manifest) or content == _encode(json.loads(content))


def decode_manifest(content: bytes) -> Manifest:
    """Read a manifest; raises IntegrityError (``manifest-malformed``, ``manifest-format``)."""
    try:
        data = json.loads(content)
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # half a character (``\\ud800``) can't be written anywhere
    except (ValueError, RecursionError) as error:
        raise IntegrityError("manifest-malformed", f"{MANIFEST} is not valid JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else None
        raise IntegrityError("manifest-format", f"{MANIFEST} has format {found!r}; this version reads format {FORMAT}")
    try:
        manifest = decode(Manifest, data)
        must_be_bounded(data)
    except DecodeError as error:
        raise IntegrityError(
            "manifest-malformed", f"{MANIFEST} is malformed", context=tuple(map(str, error.faults))
        ) from None
    return manifest
