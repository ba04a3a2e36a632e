"""What an index says of who published a file (PEP 740, "provenance objects"). Nothing is verified here: signatures are bytes.

An index may write the same document in other ways from one day to the next, so bundles and locks have one form of it.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from typing import Any

from bundler.foreign import MalformedJsonError, read_json
from bundler.model.attestation import Publisher

LARGEST = 1 << 20
"""Bytes of a document; one with an attestation takes ten thousand."""
_MOST = 32
"""Publishers, and attestations of one."""


class MalformedProvenanceError(ValueError):
    """The bytes are no document of that kind, or it is about another file; the words say what is wrong."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """``content``: the document in its one form. ``publishers``: sorted; ``subjects``: sha256 of the files that its attestations are about."""

    content: bytes
    publishers: tuple[Publisher, ...]
    subjects: frozenset[str]


def read_provenance(content: bytes) -> Provenance:
    """Raises MalformedProvenanceError and nothing else."""
    if len(content) > LARGEST:
        raise MalformedProvenanceError(f"it has more than {LARGEST} bytes")
    try:
        data = read_json(content.decode("utf-8"))
        written = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
    except (UnicodeDecodeError, MalformedJsonError, ValueError, RecursionError) as error:
        raise MalformedProvenanceError(f"it is not valid JSON: {error}") from None
    if len(written) > LARGEST:  # letters that aren't ASCII's take more room in it
        raise MalformedProvenanceError(f"it has more than {LARGEST} bytes in the form that is kept")
    if not isinstance(data, dict) or data.get("version") != 1:
        raise MalformedProvenanceError("it is not a provenance object of version 1 (PEP 740)")
    publishers: set[Publisher] = set()
    subjects: set[str] = set()
    for bundle in _tables(data, "attestation_bundles"):
        publisher = bundle.get("publisher")
        if not isinstance(publisher, dict):
            raise MalformedProvenanceError("attestations have no publisher")
        try:
            publishers.add(Publisher.read(publisher))
        except ValueError as error:
            raise MalformedProvenanceError(str(error)) from None
        for attestation in _tables(bundle, "attestations"):
            subjects.add(_subject(attestation))
    return Provenance(content=written, publishers=tuple(sorted(publishers)), subjects=frozenset(subjects))


def _tables(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = data.get(key)
    if not isinstance(found, list) or not 1 <= len(found) <= _MOST or not all(isinstance(each, dict) for each in found):
        raise MalformedProvenanceError(f"{key} is not a list of 1 to {_MOST} objects")
    return found


def _subject(attestation: dict[str, Any]) -> str:
    """The sha256 in the statement (in-toto) that is signed."""
    envelope = attestation.get("envelope")
    text = envelope.get("statement") if isinstance(envelope, dict) else None
    if not isinstance(text, str):
        raise MalformedProvenanceError("an attestation has no statement")
    try:
        statement = read_json(base64.b64decode("".join(text.split()), validate=True).decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError, MalformedJsonError, ValueError):
        raise MalformedProvenanceError("the statement of an attestation can't be read") from None
    found = statement.get("subject") if isinstance(statement, dict) else None
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise MalformedProvenanceError("an attestation must be about one file")
    digest = found[0].get("digest")
    sha256 = digest.get("sha256") if isinstance(digest, dict) else None
    if not isinstance(sha256, str):
        raise MalformedProvenanceError("an attestation doesn't say which file it is about")
    return sha256
