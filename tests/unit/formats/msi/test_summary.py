from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.summary import PLATFORMS, Summary, read_summary
from tests.support.legacy_msi import _compound
from tests.support.programs import make_msi

if TYPE_CHECKING:
    from pathlib import Path


def summary(file: Path) -> Summary:
    with compound_streams(file) as streams:
        return read_summary(streams)


@pytest.mark.parametrize(
    ("template", "architecture", "platform"),
    [
        ("x64;1033", "x64", "win_amd64"),
        ("Intel;1033,1031", "intel", "win32"),
        ("AMD64", "amd64", "win_amd64"),
        (" Arm64 ;0", "arm64", "win_arm64"),
        (";1033", "", None),
        ("Intel64;1033", "intel64", None),
    ],
)
def test_the_architecture(tmp_path: Path, template: str, architecture: str, platform: str | None) -> None:
    file = tmp_path / "a.msi"
    file.write_bytes(make_msi(subject="Python 2.7.18 (64-bit)", template=template))
    assert summary(file) == Summary(subject="Python 2.7.18 (64-bit)", architecture=architecture)
    assert PLATFORMS.get(architecture) == platform


def test_a_file_without_a_summary(tmp_path: Path) -> None:
    file = tmp_path / "a.msi"
    file.write_bytes(_compound({"other": b"x" * 5000}))
    assert summary(file) == Summary(subject="", architecture=None)
