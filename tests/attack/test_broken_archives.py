"""Names that no disk can have, at every reader. What is broken by a seed is in ``file_parsers``."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.formats.archives.guard import Limits
from bundler.formats.archives.unpacking import unpack
from tests.attack.file_parsers import WHEELS
from tests.support.archives import entry, make_archive, make_tar
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("", "/", "..", "a\0b", "\u00e9", "nul", "C:", "a/../../b", "x" * 300)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_wheels(tmp_path: Path, name: str) -> None:
    path = make_wheel(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"x")
    WHEELS.attempt(path, tmp_path)


LONG = {
    "bytes": "\u00e9" * 200,
    "surrogates": "\U0001f600" * 120,
    "folders": "y" * 250 + "/" + ("z" * 250 + "/") * 20 + "x",
    "depth": "d/" * 1500 + "x",
}


@pytest.mark.parametrize("kind", ["zip", "tar", "7z"])
@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_names_that_are_too_long_for_a_disk_are_no_fault_of_it(tmp_path: Path, kind: str, name: str) -> None:
    """On Windows characters count, elsewhere bytes: what one takes is an error of the disk to another."""
    archive = make_archive(tmp_path / f"long.{kind}", {name: b"1"})
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, tmp_path / "out")
    assert len(caught.value.message) < 1000
    assert [each.name for each in tmp_path.iterdir()] == [archive.name]


def test_links_that_make_a_path_too_long(tmp_path: Path) -> None:
    below = ("y" * 200 + "/") * 7 + "x"
    link = ("z" * 200 + "/") * 7 + "link"
    target = "../" * 7 + "a"
    archive = tmp_path / "long.tar"
    archive.write_bytes(make_tar(entry(f"a/{below}", b"1"), entry(link, kind=b"2", link=target)))
    with pytest.raises(IntegrityError, match="too long"):
        unpack(archive, tmp_path / "out", sdist=True)
    assert [each.name for each in tmp_path.iterdir()] == [archive.name]


def test_folders_that_only_names_make_are_counted(tmp_path: Path) -> None:
    """A small archive could make as many as it has entries, times the depth of each."""
    archive = make_archive(tmp_path / "deep.tar.gz", {f"{n}/" + "d/" * 90 + "x": b"1" for n in range(20)})
    with pytest.raises(IntegrityError, match="more than 1000 entries"):
        unpack(archive, tmp_path / "out", limits=Limits(entries=1000))
    assert [each.name for each in tmp_path.iterdir()] == [archive.name]


def test_a_tar_in_parts_of_nothing(tmp_path: Path) -> None:
    """Each costs a decompressor; files that were packed by many threads have some thousands."""
    archive = make_archive(tmp_path / "parts.tar.zst", {"demo-1/a": b"1"})
    whole, nothing = archive.read_bytes(), b"\x50\x2a\x4d\x18" + bytes(4)
    archive.write_bytes(whole + 50 * nothing)
    assert unpack(archive, tmp_path / "out", sdist=True) == ("demo-1/a",)
    archive.write_bytes(whole + 100_000 * nothing)
    with pytest.raises(IntegrityError, match="more than 100000 parts") as caught:
        unpack(archive, tmp_path / "other", sdist=True)
    assert caught.value.reference == "archive-bomb"
    archive.write_bytes(whole[:-3])
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, tmp_path / "cut", sdist=True)
    assert caught.value.reference == "archive-unreadable"
