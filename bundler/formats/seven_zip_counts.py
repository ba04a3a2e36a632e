"""How many files and streams a 7z of any kind claims (7-Zip's ``7zFormat.txt``), found without making anything of them.

``py7zr`` makes an object for each that the header claims, and a header of gigabytes packs into a kilobyte.
"""

from __future__ import annotations

import lzma
import os
from typing import IO, TYPE_CHECKING

from bundler.formats.seven_zip_records import FRONT_SIZE, Reading, read_place

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_HEADER = 32 << 20
"""Bytes of a header, unpacked; that of 100,000 files has fewer."""
_HEADER, _PROPERTIES, _STREAMS, _FILES, _PACKED, _FOLDERS = b"\x01", b"\x02", b"\x04", b"\x05", b"\x06", b"\x07"
_SUBSTREAMS, _SIZES, _SUMS, _FOLDER, _UNPACKED, _COUNT, _ENCODED = (
    b"\x08",
    b"\x09",
    b"\x0a",
    b"\x0b",
    b"\x0c",
    b"\x0d",
    b"\x17",
)
_END = b"\x00"
_LZMA, _LZMA2, _AES, _COPY = b"\x03\x01\x01", b"\x21", b"\x06\xf1\x07\x01", (b"\x00", b"")
_LZMA_PROPERTIES = 5
_ID_LENGTH, _COMPLEX, _ATTRIBUTES = 0x0F, 0x10, 0x20
_MOST_NESTED = 4


class TooManyFilesError(ValueError):
    """It claims more than is read."""


class EncryptedHeaderError(ValueError):
    """Its header can't be read without a password."""


def check_counts(stream: IO[bytes], most: int) -> None:
    """Raise TooManyFilesError if the 7z claims more than ``most`` files or streams, or a header of more than 32 MiB.

    EncryptedHeaderError; ValueError or ``lzma.LZMAError`` for what isn't a 7z, or packs its header as 7-Zip never does.
    """
    at, length = read_place(stream.read(FRONT_SIZE))
    if not length:  # an empty archive
        return
    raw = _part(stream, at, length)
    for _ in range(_MOST_NESTED):
        header = Reading(raw)
        if not header.skip_if(_ENCODED):
            _check_header(header, most)
            return
        raw = _decoded(stream, header, most)
    raise ValueError("its header is packed too often")


def _part(stream: IO[bytes], at: int, length: int) -> bytes:
    _bound(length)
    if at + length > stream.seek(0, os.SEEK_END):  # no system seeks to whatever place
        raise ValueError("its header lies behind its end")
    stream.seek(at)
    return stream.read(length)


def _bound(length: int) -> None:
    if length > LARGEST_HEADER:
        raise TooManyFilesError(f"its header has {length} bytes, more than {LARGEST_HEADER}")


def _decoded(stream: IO[bytes], header: Reading, most: int) -> bytes:
    """A header that is packed like a file."""
    header.skip(_PACKED)
    at = header.number()
    header.skip(b"\x01" + _SIZES)
    length = header.number()
    if not header.skip_if(_END):
        _sums(header, 1)
        header.skip(_END)
    header.skip(_FOLDERS + _FOLDER + b"\x01\x00")
    coders = list(_coders(header, most))
    if any(kind == _AES for kind, _ in coders):
        raise EncryptedHeaderError("its header is encrypted")
    header.skip(_UNPACKED)
    size = header.number()
    _bound(size)
    packed = _part(stream, FRONT_SIZE + at, length)
    if len(coders) != 1:
        raise ValueError("its header is packed in an unknown way")
    if coders[0] == _COPY:
        return packed
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(*coders[0])]).decompress(packed, size)


def _filter(kind: bytes, properties: bytes) -> dict[str, int]:
    """How the standard library has a coder's properties; a dictionary that is longer than what is unpacked has no use."""
    if kind == _LZMA and len(properties) == _LZMA_PROPERTIES:
        low, literals = divmod(properties[0], 9)
        position, low = divmod(low, 5)
        size = int.from_bytes(properties[1:], "little")
        return {"id": lzma.FILTER_LZMA1, "dict_size": _dictionary(size), "lc": literals, "lp": low, "pb": position}
    if kind == _LZMA2 and len(properties) == 1:
        size = (2 | properties[0] & 1) << (min(properties[0], 40) // 2 + 11)
        return {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(size)}
    raise ValueError("its header is packed in an unknown way")


def _dictionary(size: int) -> int:
    return max(4096, min(size, LARGEST_HEADER))


def _check_header(header: Reading, most: int) -> None:
    header.skip(_HEADER)
    if header.skip_if(_PROPERTIES):
        while not header.skip_if(_END):
            header.take(1)
            header.take(header.number())
    if header.skip_if(_STREAMS):
        _check_streams(header, most)
    if header.skip_if(_FILES):
        _counted(header, most)
    else:
        header.skip(_END)


def _check_streams(header: Reading, most: int) -> None:
    if header.skip_if(_PACKED):
        header.number()
        streams = _counted(header, most)
        if header.skip_if(_SIZES):
            _numbers(header, streams)
        _sums(header, streams)
        header.skip(_END)
    known: list[bool] = []
    if header.skip_if(_FOLDERS):
        header.skip(_FOLDER)
        folders = _counted(header, most)
        header.skip(b"\x00")
        outputs = sum([sum(1 for _ in _coders(header, most)) for _ in range(folders)])
        header.skip(_UNPACKED)
        _numbers(header, outputs)
        known = _sums(header, folders)
        header.skip(_END)
    if header.skip_if(_SUBSTREAMS):
        counts = [1] * len(known)
        if header.skip_if(_COUNT):
            counts = _numbers(header, len(known))
        if sum(counts) > most:
            raise TooManyFilesError(f"it holds more than {most} files")
        if header.skip_if(_SIZES):
            _numbers(header, sum(each - 1 for each in counts if each))
        _sums(header, sum(count for count, each in zip(counts, known, strict=True) if count != 1 or not each))
        header.skip(_END)
    header.skip(_END)


def _coders(header: Reading, most: int) -> Iterator[tuple[bytes, bytes]]:
    """Each output of a folder's coders: which coder it is of (7-Zip's ``Methods.txt``), and what that was set to."""
    inputs = outputs = 0
    for _ in range(_counted(header, most)):
        flags = header.take(1)[0]
        kind = header.take(flags & _ID_LENGTH)
        taken, given = (_counted(header, most), _counted(header, most)) if flags & _COMPLEX else (1, 1)
        properties = header.take(header.number()) if flags & _ATTRIBUTES else b""
        inputs, outputs = inputs + taken, outputs + given
        yield from ((kind, properties) for _ in range(given))
    bound = max(outputs - 1, 0)
    _numbers(header, 2 * bound)
    if inputs - bound > 1:
        _numbers(header, inputs - bound)


def _counted(header: Reading, most: int) -> int:
    count = header.number()
    if count > most:
        raise TooManyFilesError(f"it holds more than {most} files")
    return count


def _numbers(header: Reading, count: int) -> list[int]:
    return [header.number() for _ in range(count)]


def _sums(header: Reading, count: int) -> list[bool]:
    """For which of so many a checksum is there."""
    if not header.skip_if(_SUMS):
        return [False] * count
    defined = [True] * count
    if header.take(1) == b"\x00":
        bits = header.take((count + 7) // 8)
        defined = [bool(bits[each // 8] & 0x80 >> each % 8) for each in range(count)]
    header.take(4 * sum(defined))
    return defined
