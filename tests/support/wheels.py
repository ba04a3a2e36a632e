"""Core metadata and wheels made for tests: they comply by default, and one thing at a time can be broken.

The same arguments give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Files = Mapping[str, str | bytes]
STAMP = (2024, 1, 1, 0, 0, 0)

OWN_BILL = json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [
        {
            "type": "library",
            "name": "openssl-sys",
            "version": "0.9.1",
            "purl": "pkg:cargo/openssl-sys@0.9.1",
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
            "components": [{"type": "library", "name": "inner", "version": "2"}],
        },
        {"name": "\x1b[2Jodd\ud800", "purl": "javascript:alert(1)", "hashes": [{"alg": "SHA-256", "content": "zz"}]},
    ],
})  # fmt: skip
"""What a wheel may say itself of what is in it (PEP 770), with some that nobody should believe."""


def zip_entry(name: str, moment: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0)) -> zipfile.ZipInfo:
    """One that says the same of itself on every system."""
    entry = zipfile.ZipInfo(name, moment)
    entry.create_system = 3
    return entry


def escaped(name: str) -> str:
    """A project's name as wheels and sdists spell it in their file names."""
    return re.sub(r"[-_.]+", "_", name).lower()


def metadata(
    name: str = "demo",
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    extra_lines: Sequence[str] = (),
    metadata_version: str = "2.1",
    body: str = "Made for tests.\n",
) -> str:
    """Core metadata; ``extras`` maps an extra's name to its requirements, ``extra_lines`` are added as they are."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}", "Summary: made for tests"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {each}" for each in requires]
    for extra, wanted in (extras or {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_only_with(extra, each)}" for each in wanted]
    return "\n".join([*lines, *extra_lines, "", body])


def _only_with(extra: str, requirement: str) -> str:
    wanted, _, marker = requirement.partition(";")
    condition = f"({marker.strip()}) and " if marker else ""
    return f'{wanted.strip()}; {condition}extra == "{extra}"'


def entry_points_text(groups: Mapping[str, Mapping[str, str]] | None) -> str:
    """``entry_points.txt`` of groups such as ``{"console_scripts": {"demo": "demo:main"}}``; empty for none."""
    sections = (
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in sorted(points.items()))
        for group, points in sorted((groups or {}).items())
    )
    return "\n".join(sections)


def make_wheel(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    build_tag: str | None = None,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    files: Files | None = None,
    data: Files | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    licenses: Files | None = None,
    metadata_extra: Sequence[str] = (),
    metadata_version: str = "2.1",
    metadata_text: str | None = None,
    purelib: bool | None = None,
    wheel_version: str = "1.0",
    record: Literal["right", "missing", "wrong", "incomplete"] = "right",
    hashed_by: str = "sha256",
    dist_info: str | None = None,
    filename: str | None = None,
    stored: bool = False,
) -> Path:
    """Write a wheel (PEP 427) into ``folder``, made if it isn't there.

    ``files`` lie in the wheel's root (default: one module), ``data`` in ``.data`` (``scripts/run``), ``licenses`` in
    ``.dist-info/licenses`` (PEP 639). ``tag`` may be compressed (``py2.py3-none-any``). To break it: ``record``,
    ``hashed_by`` (what RECORD calls its hashes), ``metadata_text`` (instead of the right one), ``dist_info`` (another folder's name), ``wheel_version``, ``filename``.
    """
    stem = f"{escaped(name)}-{version}"
    info = dist_info or f"{stem}.dist-info"
    lines = [*metadata_extra, *(f"License-File: {each}" for each in sorted(licenses or {}))]
    text = metadata_text or metadata(
        name,
        version,
        requires=requires,
        requires_python=requires_python,
        extras=extras,
        extra_lines=lines,
        metadata_version=metadata_version,
    )
    contents = dict(files) if files is not None else {f"{escaped(name)}.py": f'VERSION = "{version}"\n'}
    contents |= {f"{stem}.data/{each}": content for each, content in (data or {}).items()}
    contents |= {f"{info}/licenses/{each}": content for each, content in (licenses or {}).items()}
    contents[f"{info}/METADATA"] = text
    contents[f"{info}/WHEEL"] = _wheel_text(tag, purelib=purelib, version=wheel_version, build=build_tag)
    if entry_points:
        contents[f"{info}/entry_points.txt"] = entry_points_text(entry_points)
    packed = {each: to_bytes(content) for each, content in contents.items()}
    if record != "missing":
        packed[f"{info}/RECORD"] = _record(packed, f"{info}/RECORD", record, hashed_by)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or "-".join(filter(None, (stem, build_tag, tag))) + ".whl")
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in packed.items():
            entry = zip_entry(each, STAMP)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, method)
    return path


def _wheel_text(tag: str, *, purelib: bool | None, version: str, build: str | None) -> str:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    pure = platforms == ["any"] if purelib is None else purelib
    lines = [f"Wheel-Version: {version}", "Generator: tests", f"Root-Is-Purelib: {str(pure).lower()}"]
    lines += [f"Tag: {python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms]
    if build:
        lines.append(f"Build: {build}")
    return "\n".join([*lines, ""])


def _record(files: Mapping[str, bytes], own: str, kind: str, hashed_by: str) -> bytes:
    rows = [f"{name},{_digest(content, hashed_by)},{len(content)}" for name, content in sorted(files.items())]
    if kind == "wrong":
        first = min(files)
        rows[0] = f"{first},{_digest(b'something else', hashed_by)},{len(files[first])}"
    if kind == "incomplete":
        del rows[0]
    return "\n".join([*rows, f"{own},,", ""]).encode()


def _digest(content: bytes, kind: str) -> str:
    """By a hash that isn't known here, or has any length, one by SHA-256."""
    known = kind in hashlib.algorithms_guaranteed and not kind.startswith("shake")
    digest = hashlib.new(kind if known else "sha256", content).digest()
    return f"{kind}=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def to_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
