"""Parts of a file as sources of a bundle's files; whole files are tried where bundles are written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.artifact import Part, Seal
from bundler.pack.copying import Sources, checked, crc32, source_stream
from bundler.pack.entry import Entry

if TYPE_CHECKING:
    from pathlib import Path

WANTED = b"the part" * 300_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"before" + WANTED + b"after")
    return path


def entry(file: Path, *, sealed: bool = False) -> Entry:
    return Entry(
        path="boot/part",
        source=Part(path=file, start=6, size=len(WANTED)),
        size=len(WANTED),
        sha256=hashlib.sha256(WANTED).hexdigest(),
        seal=Seal.of(file.stat()) if sealed else None,
    )


def copied(each: Entry) -> bytes:
    with Sources() as sources:
        return b"".join(checked(each, sources, zlib.crc32(WANTED)))


@pytest.mark.parametrize("sealed", [True, False])
def test_a_part_and_no_more(file: Path, *, sealed: bool) -> None:
    assert copied(entry(file, sealed=sealed)) == WANTED
    assert crc32(entry(file).source) == zlib.crc32(WANTED)
    with source_stream(entry(file).source) as stream:
        assert stream.read() == WANTED


def test_touched_but_the_same(file: Path) -> None:
    each = entry(file, sealed=True)
    os.utime(file, (1, 1))
    assert copied(each) == WANTED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.replace(b"the", b"The", 1), id="other bytes"),
        pytest.param(lambda data: data[: len(WANTED)], id="cut"),
        pytest.param(lambda data: b"x" + data, id="moved"),
    ],
)
def test_changed_since_it_was_hashed(file: Path, change: object) -> None:
    each = entry(file, sealed=True)
    file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(IntegrityError, match="changed while the bundle was being written") as caught:
        copied(each)
    assert caught.value.reference == "source-changed"
    assert str(file) in caught.value.message


def test_touched_while_it_is_read(file: Path) -> None:
    each = entry(file, sealed=True)
    with Sources() as sources:
        blocks = checked(each, sources, zlib.crc32(WANTED))
        found = [next(blocks)]
        os.utime(file, (1, 1))
        found += blocks
    assert b"".join(found) == WANTED


def test_parts_of_one_file_come_out_of_one_stream(file: Path) -> None:
    each = entry(file, sealed=True)
    with Sources() as sources:
        assert b"".join(checked(each, sources)) == WANTED
        with contextlib.suppress(PermissionError):  # Windows refuses
            file.unlink()
        assert b"".join(checked(each, sources)) == WANTED, "what is open is what was hashed"


def test_gone(file: Path) -> None:
    each = entry(file)
    file.unlink()
    with pytest.raises(IntegrityError, match="can't be read any more"):
        copied(each)
