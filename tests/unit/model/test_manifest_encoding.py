"""Manifests of before: bundles lie on shelves for years, and are looked at, compared and rehearsed by what came later."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundler.model.manifest import FORMAT
from bundler.model.manifest_encoding import decode_manifest, encode_manifest, is_in_its_form

FIRST = Path(__file__).parent / "recorded" / "manifest-of-format-1.json"


def test_one_of_the_first_keys_is_read() -> None:
    """Recorded when format 1 was young: who adds a key to the manifest gives it a default, or counts the format up."""
    content = FIRST.read_bytes()
    manifest = decode_manifest(content)
    assert manifest.format == FORMAT == 1
    assert manifest.bundle.name == "example"
    assert encode_manifest(manifest) != content
    assert is_in_its_form(content, manifest)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'\n "format": 1,', b'\n "format":  1,'),
        (b'\n "format": 1,', b'\n "format": 1,\n "format": 1,'),
        (b"example", b"e\\u0078ample"),
    ],
)
def test_it_has_one_form_all_the_same(old: bytes, new: bytes) -> None:
    content = FIRST.read_bytes().replace(old, new, 1)
    assert content != FIRST.read_bytes()
    assert not is_in_its_form(content, decode_manifest(content))
