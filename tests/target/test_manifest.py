"""The two halves read the same manifest; the target's half tells what is wrong with another one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pip._internal.utils.compatibility_tags import get_supported

from bundler.model.target import Target
from bundler.target.bundle.manifest import decode_manifest
from bundler.target.errors import FAILED, InstallError
from tests.target.bundles import lay_bundle

PYTHONS = ["2.7.18", *(f"3.{minor}.{micro}" for minor, micro in enumerate([10, 10, 9, 9, 10, 13, 11, 9, 9, 2, 0], 4))]
TARGETS = [
    *(Target.of(python, platform) for python in PYTHONS for platform in ("win32", "win_amd64")),
    *(Target.of(python, "win_arm64") for python in PYTHONS[-4:]),
    *(Target.of(python, "win_amd64", abi=abi) for python, abi in [("3.13.2", "cp313t"), ("3.14.0", "cp314t")]),
]

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
        "- packages[1].size must be a whole number of 64 bits",
        "- site must be a list",
        "- target.bits must be a whole number of 64 bits",
    ]


def test_an_installer_needs_a_file_and_a_place(content: bytes) -> None:
    data = json.loads(content)
    data["runtime"]["kind"] = "msi"
    with pytest.raises(InstallError) as caught:
        decode_manifest(json.dumps(data).encode())
    assert caught.value.details == ("- runtime.file is missing", "- runtime.directory is missing")


def for_target(content: bytes, target: Target, tags: str) -> bytes:
    """The manifest of a bundle for ``target`` whose packages have ``tags``."""
    data = json.loads(content)
    data["target"] |= {"python": target.python, "platform": target.platform, "abi": target.abi}
    data["target"]["tags"] = [str(each) for each in target.tag_rank()]
    data["seeds"] = []
    for each in data["packages"]:
        each["file"] = f"wheels/{each['name']}-1.0-{tags}.whl"
    return json.dumps(data).encode()


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_the_target_takes_every_wheel_that_the_build_host_takes(content: bytes, target: Target) -> None:
    """pip's own table, which ``pip install`` goes by, is the second opinion; those of old pips lack cpXY-none-any."""
    major, minor = target.version_info[:2]
    pips = get_supported(f"{major}{minor}", [target.platform], "cp", [target.abi])
    assert set(map(str, target.tags())) == set(map(str, pips))
    for tag in target.tags():
        assert decode_manifest(for_target(content, target, str(tag))).target.tags
    for tags in (f"cp{major}{minor}-none-any", f"cp26.CP{major}{minor}-none.x-any", "py2.py3-none-any"):
        assert decode_manifest(for_target(content, target, tags)).target.tags


@pytest.mark.parametrize("tags", ["cp310-none-any", "py3-none-manylinux1_x86_64", "cp311-cp311-win32", "none-any", "x"])
def test_a_wheel_for_another_python_is_told_before_anything_is_done(content: bytes, tags: str) -> None:
    with pytest.raises(InstallError) as caught:
        decode_manifest(for_target(content, Target.of("3.11.9", "win_amd64"), tags))
    assert caught.value.details == tuple(
        f"- packages[{i}].file is wheels/{name}-1.0-{tags}.whl, which is not for the Python of the target"
        for i, name in enumerate(["demo", "helper"])
    )


@pytest.mark.parametrize(
    "broken", [{"begin": [1]}, {"end": [-1]}, {"follow": []}, {"letters": [[[1]]]}, {"follow": [[0] * 4001]}]
)
def test_a_pattern_leads_to_its_own_places_only(content: bytes, broken: dict[str, object]) -> None:
    data = json.loads(content)
    whole = {"text": "a", "letters": [[[97, 97]]], "begin": [0], "follow": [[]], "end": [0], "empty": False}
    data["site"][0]["pattern"] = whole
    assert decode_manifest(json.dumps(data).encode("ascii")).site[0].pattern.text == "a"
    data["site"][0]["pattern"] = {**whole, **broken}
    with pytest.raises(InstallError) as caught:
        decode_manifest(json.dumps(data).encode("ascii"))
    assert caught.value.details == ("- site[0].pattern is malformed",)
