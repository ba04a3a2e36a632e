"""Small archives that claim, or stand for, so many entries that a reader makes millions of objects or files before it counts them."""

from __future__ import annotations

import io
import struct
import tarfile
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.source_tree import open_source
from bundler.errors import IntegrityError
from bundler.formats.archives.guard import Limits
from bundler.formats.archives.unpacking import newest_entry, unpack, walk
from bundler.formats.bounded_zip import LARGEST_DIRECTORY, MOST_ENTRIES, TooManyEntriesError, open_zip
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.legacy.egg import egg_kind
from bundler.legacy.identify import identify
from bundler.legacy.kinds import Kind
from bundler.target import archives as on_target
from tests.support.archives import make_archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCAL = struct.pack("<IHHHHHIIIHH", 0x04034B50, 10, 0, 0, 0, 0x21, 0, 0, 0, 1, 0) + b"a"
ENTRY = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 0x314, 10, 0, 0, 0, 0x21, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"


def many(path: Path, count: int, *, claimed: int | None = None, comment: bytes = b"") -> Path:
    """A zip whose directory has so many entries of one file; ``claimed``: how many it says that it has."""
    entry = ENTRY[:32] + struct.pack("<H", len(comment)) + ENTRY[34:] + comment
    size, start = len(entry) * count, len(LOCAL)
    said = count if claimed is None else claimed
    with path.open("wb") as out:
        out.write(LOCAL + entry * count)
        out.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, said, said, size, start))
        out.write(struct.pack("<IIQI", 0x07064B50, 0, start + size, 1))
        out.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    return path


@pytest.fixture
def infos(monkeypatch: pytest.MonkeyPatch) -> list[zipfile.ZipInfo]:
    """All that ``zipfile`` makes."""
    made: list[zipfile.ZipInfo] = []

    class Counted(zipfile.ZipInfo):
        __slots__ = ()

        def __init__(self, filename: str = "NoName") -> None:
            super().__init__(filename)
            made.append(self)

    monkeypatch.setattr(zipfile, "ZipInfo", Counted)
    return made


ZIPS = {
    "one too many": (MOST_ENTRIES + 1, None, b""),
    "claims one": (MOST_ENTRIES + 1, 1, b""),
    "more bytes than are read": (LARGEST_DIRECTORY // len(ENTRY) + 1, 1, b""),
    "marks in comments": (MOST_ENTRIES + 1, 2, b"PK\1\2" * 4),
}


@pytest.mark.parametrize("kind", ZIPS)
def test_a_zip_of_too_many_entries_is_refused_before_they_are_made(
    tmp_path: Path, kind: str, infos: list[zipfile.ZipInfo]
) -> None:
    count, claimed, comment = ZIPS[kind]
    path = many(tmp_path / "demo-1.0.zip", count, claimed=claimed, comment=comment)
    readers: tuple[Callable[[], object], ...] = (
        lambda: unpack(path, tmp_path / "out"),
        lambda: walk(path, lambda _: None),
        lambda: newest_entry(path),
        lambda: open_source(path, tmp_path / "tree"),
    )
    for each in readers:
        with pytest.raises(IntegrityError) as caught:
            each()
        assert caught.value.reference == "archive-bomb"
    with pytest.raises(TooManyEntriesError), open_zip(path):
        pass
    assert (egg_kind(path), identify(path)) == (Kind.DAMAGED, Kind.DAMAGED)
    with pytest.raises(on_target.DAMAGED, match=r"members|at once"), on_target.opened(str(path)):
        pass
    wheel = path.rename(tmp_path / "demo-1.0-py3-none-any.whl")
    with pytest.raises(MalformedWheelError, match=r"entries|at once"), open_wheel(wheel):
        pass
    assert not infos
    assert [each.name for each in tmp_path.iterdir()] == [wheel.name]


def test_as_many_as_are_allowed_are_read(tmp_path: Path) -> None:
    with open_zip(many(tmp_path / "some.zip", MOST_ENTRIES, comment=b"PK\1\2")) as opened:
        assert len(opened.infolist()) == MOST_ENTRIES


def test_as_many_as_are_allowed_are_read_on_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_target, "MOST_MEMBERS", 10)
    with on_target.opened(str(many(tmp_path / "some.zip", 10, comment=b"PK\1\2"))) as opened:
        assert len(opened.infolist()) == 10
    with pytest.raises(on_target.DAMAGED, match="more than 10 members"):
        on_target.opened(str(many(tmp_path / "more.zip", 11, claimed=1))).__enter__()


@pytest.mark.parametrize("name", ["demo-1.0.tar.gz", "demo-1.0.zip", "demo-1.0.7z"])
def test_no_sdist_is_a_7z(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name says. What reads 7z makes as many objects as a header of a kilobyte claims."""
    made = make_archive(tmp_path / "some.7z", {"demo-1.0/setup.py": b""})
    archive = made.rename(tmp_path / name)

    def never(*_: object) -> None:
        raise AssertionError("7z was read")

    monkeypatch.setattr("py7zr.SevenZipFile", never)
    for each in (lambda: open_source(archive, tmp_path / "tree"), lambda: newest_entry(archive)):
        with pytest.raises(IntegrityError, match="is not a zip or tar archive") as caught:
            each()
        assert caught.value.reference == "archive-unreadable"
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_links_are_counted_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        for number in range(20):
            opened.addfile(tarfile.TarInfo(f"demo/folder/{number}"), io.BytesIO())
        for number in range(20):
            link = tarfile.TarInfo(f"demo/link-{number}")
            link.type, link.linkname = tarfile.SYMTYPE, "folder"
            opened.addfile(link)
    copied: list[object] = []
    monkeypatch.setattr("shutil.copyfile", lambda *given: copied.append(given))
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, tmp_path / "out", sdist=True, limits=Limits(entries=400))
    assert caught.value.reference == "archive-bomb"
    assert copied == []
    assert [each.name for each in tmp_path.iterdir()] == [archive.name]


def with_headers(path: Path, count: int, *, of_all: dict[str, str], of_each: dict[str, str]) -> Path:
    """A tar of so many empty files, with headers of pax."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers=of_all) as archive:
        for number in range(count):
            info = tarfile.TarInfo(f"p-1/{number}")
            info.pax_headers = of_each
            archive.addfile(info)
    return path


def test_records_that_a_tar_has_once_for_all_of_its_members(tmp_path: Path) -> None:
    """``tarfile`` copies them for each."""
    records = {f"{number:x}": "" for number in range(20_000)}
    path = with_headers(tmp_path / "p-1.tar", 100, of_all=records, of_each={})
    with pytest.raises(IntegrityError, match="more than 1000000 records") as caught:
        newest_entry(path)
    assert caught.value.reference == "archive-bomb"


def test_headers_of_a_tar_are_not_kept(tmp_path: Path) -> None:
    path = with_headers(tmp_path / "p-1.tar", 100, of_all={}, of_each={"comment": "a" * 200_000})
    tracemalloc.start()
    try:
        newest_entry(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000
