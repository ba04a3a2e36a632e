"""The records of a 7z: what is written here is what ``py7zr`` writes, which reads it too; and no other form is accepted."""

from __future__ import annotations

import io
import zlib

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py7zr.helpers import ArchiveTimestamp

from bundler.formats.seven_zip_records import (
    FRONT_SIZE,
    Copied,
    OtherFormError,
    encode_front,
    encode_header,
    file_time,
    read_front,
    read_header,
)
from tests.support.bundles import CREATED
from tests.support.cases import cases
from tests.support.strict_archives import strict_7z

STAMP = file_time(CREATED)
MODE = 0o100644 << 16 | 0x8000 | 0x20
NAMES = st.from_regex(r"[a-z][a-zA-Z0-9_+-]{0,40}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(min_size=1, max_size=300), min_size=1, max_size=40)


def by_py7zr(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
        archive.set_encoded_header_mode(False)
        for name, content in files.items():
            archive.writef(io.BytesIO(content), name)
        stamp = ArchiveTimestamp.from_datetime(CREATED.timestamp())
        for info in archive.header.files_info.files:
            info.update(creationtime=stamp, lastwritetime=stamp, lastaccesstime=stamp, attributes=MODE)
    return out.getvalue()


@given(FILES)
def test_it_is_what_py7zr_writes(files: dict[str, bytes]) -> None:
    assert strict_7z(files.items()) == by_py7zr(files)


@pytest.mark.parametrize("size", [1, 127, 128, 255, 16383, 16384, 65535, 1 << 21, 300_000])
def test_sizes_of_all_lengths(size: int) -> None:
    files = {"a": bytes(size), "b": b"1"}
    assert strict_7z(files.items()) == by_py7zr(files)


def test_many_files() -> None:
    files = {f"folder/{number}": b"x" for number in range(200)}
    assert strict_7z(files.items()) == by_py7zr(files)


@given(st.lists(st.integers(0, 1 << 62), min_size=1, max_size=5))
def test_large_numbers_are_read_as_they_were_written(sizes: list[int]) -> None:
    files = tuple(Copied(name=f"f{number}", size=size, crc=7) for number, size in enumerate(sizes))
    if sum(sizes) < 1 << 64:
        assert read_header(encode_header(files, STAMP)) == files


def test_the_front_says_how_long_all_is() -> None:
    header = encode_header([Copied(name="a", size=5, crc=1)], STAMP)
    front = encode_front(header, 5)
    assert len(front) == FRONT_SIZE
    assert read_front(front) == (5, len(header))
    for bad in (b"", front[:-1], b"8" + front[1:]):
        with pytest.raises(OtherFormError):
            read_front(bad)


def test_odd_times_are_refused() -> None:
    files = [Copied(name="a", size=5, crc=1)]
    for stamp in (0, STAMP + 1, (1 << 64) - 1):
        with pytest.raises(OtherFormError, match="time"):
            read_header(encode_header(files, stamp))


@given(st.binary(max_size=300))
def test_any_bytes_are_of_another_form(content: bytes) -> None:
    for each in (content, b"\1\4\6\0\1\x09" + content):
        with pytest.raises(OtherFormError):
            read_header(each)


@pytest.mark.parametrize("encoded", [True, False])
def test_what_py7zr_makes_of_compressed_files(encoded: bool) -> None:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.set_encoded_header_mode(encoded)
        archive.writestr(b"words" * 100, "a")
    total, length = read_front(out.getvalue())
    with pytest.raises(OtherFormError):
        read_header(out.getvalue()[FRONT_SIZE + total :][:length])


def test_no_byte_of_a_header_can_be_another() -> None:
    """But for those that are values: sizes and sums are compared with the bytes, names with the manifest, the time is for all."""
    files = tuple(Copied(name=name, size=5, crc=zlib.crc32(b"12345")) for name in ("a", "b", "c"))
    header = encode_header(files, STAMP)
    for at in range(len(header)):
        for bit in range(min(8, cases(8))):
            bad = bytearray(header)
            bad[at] ^= 1 << bit
            try:
                read = read_header(bytes(bad))
            except OtherFormError:
                continue
            assert read != files
