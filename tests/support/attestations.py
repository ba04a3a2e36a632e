"""What an index says of who published a file (PEP 740), made for tests: in its form, with a statement about the file, and signed by nobody."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GITHUB = {"kind": "GitHub", "repository": "example/demo", "workflow": "release.yml", "environment": None}
WORDS = "GitHub example/demo (release.yml)"


def make_attestation(filename: str, sha256: str) -> dict[str, Any]:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": filename, "digest": {"sha256": sha256}}],
        "predicateType": "https://docs.pypi.org/attestations/publish/v1",
        "predicate": None,
    }
    return {
        "version": 1,
        "verification_material": {"certificate": "TUlJ", "transparency_entries": [{"logIndex": "1"}]},
        "envelope": {
            "statement": base64.b64encode(json.dumps(statement).encode()).decode(),
            "signature": base64.b64encode(b"signature").decode(),
        },
    }


def make_provenance(
    file: Path, *publishers: Mapping[str, Any], sha256: str | None = None, indent: int | None = None
) -> bytes:
    """The document about a file, one attestation of each publisher; ``sha256``: another one than the file's."""
    digest = sha256 or hashlib.sha256(file.read_bytes()).hexdigest()
    bundles = [
        {"publisher": dict(each), "attestations": [make_attestation(file.name, digest)]}
        for each in publishers or (GITHUB,)
    ]
    return json.dumps({"version": 1, "attestation_bundles": bundles}, indent=indent).encode()
