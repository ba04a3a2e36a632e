"""The two halves read the same manifest; the target's half tells what is wrong with another one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bundler.target.bundle.manifest import decode_manifest
from bundler.target.errors import FAILED, InstallError
from tests.target.bundles import lay_bundle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return (lay_bundle(tmp_path).folder / "manifest.json").read_bytes()


def test_what_the_build_host_writes_is_read(content: bytes) -> None:
    manifest = decode_manifest(content)
    assert manifest.bundle.release == "1.0-0a1b2c3d"
    assert manifest.target.windows == (6, 1, 7601)
    assert [each.name for each in manifest.packages] == ["demo", "helper"]
    assert manifest.checks.commands == (("demo", "--where", "{release}"),)
    assert {each.path for each in manifest.members} >= {"bootstrap.bat", "target/__main__.py"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "manifest.json can't be read"),
        (b"\xff", "manifest.json can't be read"),
        (b"[]", "has format None; this bootstrap reads format 1"),
        (b'{"format": 2}', "has format 2; this bootstrap reads format 1"),
    ],
)
def test_another_format_is_told_first(text: bytes, words: str) -> None:
    with pytest.raises(InstallError, match=words) as caught:
        decode_manifest(text)
    assert caught.value.code == FAILED


def test_every_fault_of_the_shape_at_once(content: bytes) -> None:
    data = json.loads(content)
    del data["bundle"]["release"]
    data["target"]["bits"] = True
    data["packages"][1]["size"] = "12"
    data["environment"]["maker"] = "conda"
    data["checks"]["commands"] = ["demo"]
    data["site"] = {}
    data["novelty"] = "of a later version"
    with pytest.raises(InstallError, match=r"manifest\.json is malformed:") as caught:
        decode_manifest(json.dumps(data).encode())
    assert sorted(caught.value.details) == [
        "- bundle.release is missing",
        "- checks.commands[0] must be a list",
        "- environment.maker must be one of venv, virtualenv",
        "- novelty is unknown",
        "- packages[1].size must be a whole number",
        "- site must be a list",
        "- target.bits must be a whole number",
    ]


def test_an_installer_needs_a_file_and_a_place(content: bytes) -> None:
    data = json.loads(content)
    data["runtime"]["kind"] = "msi"
    with pytest.raises(InstallError) as caught:
        decode_manifest(json.dumps(data).encode())
    assert caught.value.details == ("- runtime.file is missing", "- runtime.directory is missing")
