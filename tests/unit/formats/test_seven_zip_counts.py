"""What a 7z claims, counted before ``py7zr`` makes anything of it."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from typing import TYPE_CHECKING, Any

import py7zr
import pytest

from bundler.errors import IntegrityError
from bundler.formats.archives.unpacking import unpack
from bundler.formats.bounded_zip import MOST_ENTRIES
from bundler.formats.seven_zip_counts import LARGEST_HEADER, EncryptedHeaderError, TooManyFilesError, check_counts

if TYPE_CHECKING:
    from pathlib import Path

LZMA = [{"id": py7zr.FILTER_LZMA, "preset": 1}]
FILTERS: dict[str, Any] = {
    "usual": None,
    "lzma": LZMA,
    "bcj": [{"id": py7zr.FILTER_X86}, *LZMA],
    "copy": [{"id": py7zr.FILTER_COPY}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
}


def made(path: Path, count: int, filters: Any = None, *, encoded: bool = True, **settings: Any) -> Path:
    with py7zr.SevenZipFile(path, "w", filters=filters, **settings) as opened:
        opened.set_encoded_header_mode(encoded)
        for number in range(count):
            opened.writestr(b"" if number % 3 == 0 else b"content", f"folder/{number}")
    return path


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("count", [1, 2, 9, 30])
def test_files_are_counted(tmp_path: Path, filters: str, count: int, encoded: bool) -> None:
    path = made(tmp_path / "some.7z", count, FILTERS[filters], encoded=encoded)
    with path.open("rb") as stream:
        check_counts(stream, max(count, 2))  # a folder may have two coders
    with path.open("rb") as stream, pytest.raises(TooManyFilesError):
        check_counts(stream, 0)
    assert len(unpack(path, tmp_path / "out")) == count
    if count > 2:
        with path.open("rb") as stream, pytest.raises(TooManyFilesError):
            check_counts(stream, count - 1)


def test_none_at_all(tmp_path: Path) -> None:
    path = made(tmp_path / "some.7z", 0)
    with path.open("rb") as stream:
        check_counts(stream, 1)


def test_an_encrypted_header(tmp_path: Path) -> None:
    path = made(tmp_path / "some.7z", 2, password="secret", header_encryption=True)
    with path.open("rb") as stream, pytest.raises(EncryptedHeaderError):
        check_counts(stream, 10)
    with pytest.raises(IntegrityError) as caught:
        unpack(path, tmp_path / "out")
    assert caught.value.reference == "archive-encrypted"


def number(value: int) -> bytes:
    return b"\xff" + value.to_bytes(8, "little")


def around(packed: bytes, header: bytes) -> bytes:
    rest = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(rest)) + rest + packed + header


def packing(raw: bytes, claimed: int | None = None) -> bytes:
    """A 7z whose header is packed, as 7-Zip does it."""
    compressor = lzma.LZMACompressor(lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}])
    data = compressor.compress(raw) + compressor.flush()
    folder = (
        b"\x07\x0b\x01\x00\x01\x23\x03\x01\x01\x05" + data[:5] + b"\x0c" + number(claimed or len(raw)) + b"\x00\x00"
    )
    packed = data[13:]
    return around(packed, b"\x17\x06\x00\x01\x09" + number(len(packed)) + b"\x00" + folder)


STREAMS = b"\x01\x04\x06\x00"
FOLDER = b"\x07\x0b\x01\x00\x01\x01\x00\x0c\x01\x00"
MANY = {
    "files": b"\x01\x05" + number(MOST_ENTRIES + 1),
    "packed streams": STREAMS + number(1 << 60),
    "folders": STREAMS + b"\x00\x00\x07\x0b" + number(1 << 40),
    "coders": STREAMS + b"\x00\x00\x07\x0b\x01\x00" + number(1 << 40),
    "streams of a coder": STREAMS + b"\x00\x00\x07\x0b\x01\x00\x01\x11\x00" + number(1) + number(1 << 40),
    "substreams": STREAMS + b"\x00\x00" + FOLDER + b"\x08\x0d" + number(1 << 60),
}


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("packed", [True, False])
def test_claims_are_refused_before_anything_is_made(
    tmp_path: Path,
    kind: str,
    packed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "some.7z"
    path.write_bytes(packing(MANY[kind] + bytes(1 << 20)) if packed else around(b"", MANY[kind]))
    refused(path, tmp_path, monkeypatch)


def test_a_header_that_unpacks_to_more_than_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.7z"
    path.write_bytes(packing(bytes(1 << 20), claimed=LARGEST_HEADER + 1))
    refused(path, tmp_path, monkeypatch)
    content = bytearray(around(b"", b"\x01\x00"))
    content[20:28] = (LARGEST_HEADER + 1).to_bytes(8, "little")
    path.write_bytes(content)
    refused(path, tmp_path, monkeypatch)


def refused(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("py7zr.SevenZipFile", never)
    with pytest.raises(IntegrityError) as caught:
        unpack(path, folder / "out")
    assert caught.value.reference == "archive-bomb", caught.value.message
    assert [each.name for each in folder.iterdir()] == [path.name]


@pytest.mark.parametrize("left", [0, 31, 40, -60])
def test_what_is_cut_short(tmp_path: Path, left: int) -> None:
    content = made(tmp_path / "some.7z", 5).read_bytes()
    with pytest.raises(ValueError, match=r"short|beginning|behind its end"):
        check_counts(io.BytesIO(content[:left]), 10)


@pytest.mark.parametrize("place", [1 << 20, 1 << 48, (1 << 63) - 1, (1 << 64) - 64])
def test_a_header_behind_the_end(tmp_path: Path, place: int) -> None:
    path = made(tmp_path / "some.7z", 3)
    content = bytearray(path.read_bytes())
    struct.pack_into("<Q", content, 12, place)
    struct.pack_into("<I", content, 8, zlib.crc32(content[12:32]))
    with pytest.raises(ValueError, match="behind its end"):
        check_counts(io.BytesIO(content), MOST_ENTRIES)
