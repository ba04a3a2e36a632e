"""The records of a zip: what is written here ``zipfile`` reads, and what ``zipfile`` writes is read here."""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.formats.zip_records import (
    DEFLATED,
    LOCAL_SIZE,
    Stored,
    central_record,
    dos_time,
    end_records,
    find_directory,
    is_moment,
    local_record,
    read_directory,
    read_local,
    stamp_of,
)
from tests.support.bundles import CREATED

if TYPE_CHECKING:
    from pathlib import Path


def directory(content: bytes) -> bytes:
    start, length = find_directory(lambda place, size: content[place : place + size], len(content), 1 << 16)
    return content[start : start + length]


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FILES = {"plain.txt": b"x" * 5000, "fol/der/m\u00e4rz.txt": b"", "last": b"abc"}


def test_what_zipfile_writes_is_read() -> None:
    content = packed(FILES)
    found = list(read_directory(directory(content)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [(each.name, each.method, each.crc, each.packed, each.size, each.offset) for each in found] == [
            (info.filename, DEFLATED, info.CRC, info.compress_size, info.file_size, info.header_offset)
            for info in archive.infolist()
        ]
    for each in found:
        begin = each.offset + read_local(content[each.offset : each.offset + LOCAL_SIZE], each.name)
        data = zlib.decompress(content[begin : begin + each.packed], -zlib.MAX_WBITS)
        assert data == FILES[each.name]


def test_only_wanted_names_are_decoded() -> None:
    assert [each.name for each in read_directory(directory(packed(FILES)), b"der/")] == ["fol/der/m\u00e4rz.txt"]


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\5\6", packed(FILES)[:-30]])
def test_what_has_no_end(content: bytes) -> None:
    with pytest.raises(zipfile.BadZipFile):
        directory(content)


@pytest.mark.parametrize("raw", [b"", b"PK\3\4", b"XX" + bytes(40)])
def test_what_is_not_a_local_header(raw: bytes) -> None:
    with pytest.raises(zipfile.BadZipFile, match="no entry where 'a' should be"):
        read_local(raw, "a")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_directory_or_damaged(content: bytes) -> None:
    for each in (content, b"PK\1\2" + content):
        with contextlib.suppress(zipfile.BadZipFile):
            list(read_directory(each))


@pytest.mark.parametrize(
    ("moment", "stamp"),
    [
        (datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), (0, 0b0000000_0001_00001)),
        (CREATED, (5 << 11 | 6 << 5 | 3, 46 << 9 | 3 << 5 | 4)),
        (
            CREATED.astimezone(datetime.timezone(datetime.timedelta(hours=14))),
            (5 << 11 | 6 << 5 | 3, 46 << 9 | 3 << 5 | 4),
        ),
    ],
)
def test_times_of_a_zip_are_utc_and_not_before_1980(moment: datetime.datetime, stamp: tuple[int, int]) -> None:
    assert dos_time(moment) == stamp


def test_members_beyond_4_gb_are_zip64(tmp_path: Path) -> None:
    """A file with a hole of 5 GB: the records are those of a real one, the bytes needn't be."""
    small = b"behind it"
    large = Stored(name=b"large", crc=0, size=5_000_000_000, offset=0)
    stamp = dos_time(CREATED)
    path = tmp_path / "large.zip"
    with path.open("wb") as out:
        out.write(local_record(large, stamp))
        out.seek(large.size, os.SEEK_CUR)
        behind = Stored(name=b"small", crc=zlib.crc32(small), size=len(small), offset=out.tell())
        out.write(local_record(behind, stamp) + small)
        start = out.tell()
        out.write(central_record(large, stamp) + central_record(behind, stamp))
        out.write(end_records(2, start, out.tell() - start))
    with zipfile.ZipFile(path) as archive:
        assert [(each.file_size, each.header_offset) for each in archive.infolist()] == [
            (large.size, 0),
            (len(small), behind.offset),
        ]
        assert archive.read("small") == small
    with path.open("rb") as stream:

        def read(place: int, length: int) -> bytes:
            stream.seek(place)
            return stream.read(length)

        place, length = find_directory(read, path.stat().st_size, 1000)
        assert [(each.name, each.size, each.packed, each.offset) for each in read_directory(read(place, length))] == [
            ("large", large.size, large.size, 0),
            ("small", len(small), len(small), behind.offset),
        ]
        assert read_local(read(behind.offset, LOCAL_SIZE), "small") == LOCAL_SIZE + len("small")


def test_the_time_of_a_record() -> None:
    stamp = dos_time(CREATED)
    assert stamp_of(local_record(Stored(name=b"a", crc=1, size=2, offset=0), stamp)) == stamp
    assert is_moment(stamp)
    assert not any(is_moment(each) for each in [(0, 0), (0, 13 << 5 | 1), (24 << 11, 1 << 5 | 1), (30, 1 << 5 | 1)])


@pytest.mark.parametrize("field", [struct.pack("<2HQ", 1, 999, 5), struct.pack("<2H", 1, 8) + b"1234567"])
def test_a_field_that_is_cut_short(field: bytes) -> None:
    each = Stored(name=b"a", crc=1, size=2, offset=0xFFFFFFFF)
    record = bytearray(central_record(each, dos_time(CREATED)))
    begin = len(record) - 12
    record[begin:] = field
    record[30:32] = struct.pack("<H", len(field))
    with pytest.raises(zipfile.BadZipFile, match="cut short"):
        list(read_directory(bytes(record)))


def test_a_large_directory_that_is_nowhere() -> None:
    end = bytearray(end_records(1, 0, 0))
    end[12:20] = b"\xff" * 8
    for before in (b"", bytes(30), b"PK\6\7" + struct.pack("<IQI", 0, 1 << 63, 1)):
        with pytest.raises(zipfile.BadZipFile, match="its ZIP64 directory isn't there"):
            directory(before + bytes(end))
