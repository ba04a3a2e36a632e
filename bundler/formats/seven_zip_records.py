"""The records of a 7z whose files are copied and not compressed (7-Zip's ``7zFormat.txt``), written and read in one form.

The bytes are those that ``py7zr`` writes with the filter COPY, one stream and a plain header; a test compares them. What is read is
put together again: a header of any other form isn't accepted, since programs differ about what they skip.
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

FRONT_SIZE = 32
"""Bytes before the first file's."""
SIGNATURE = b"7z\xbc\xaf\x27\x1c"

_FRONT = struct.Struct("<6s2BI2QI")
_VERSION = (0, 4)
_BEFORE_SIZE = b"\x01\x04\x06\x00\x01\x09"  # header, streams, pack info at 0, one stream
_BEFORE_UNPACKED = b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c"  # one folder with one coder: copy
_BEFORE_STREAMS = b"\x00\x08"
_COUNT, _SIZES, _SUMS = b"\x0d", b"\x09", b"\x0a\x01"
_BEFORE_FILES = b"\x00\x00\x05"
_DUMMY, _NAMES, _TIMES, _ATTRIBUTES, _END = b"\x19", b"\x11", b"\x14", b"\x15", b"\x00\x00"
# what 7z's own programs write on POSIX: an archived file whose upper half is the mode, rw-r--r--
_MODE = 0o100644 << 16 | 0x8000 | 0x20
_ALIGNED = 4
_SHORTEST_DUMMY = 3
_ONE_BYTE = 0x80
_TICKS = 10**7
_SECONDS_BEFORE_1970 = 11_644_473_600
_YEARS_1980_TO_2200 = range(315_532_800, 7_258_118_400)


class OtherFormError(ValueError):
    """The archive isn't of this form; the words are for people."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """One file, in the order of the bytes."""

    name: str
    size: int
    crc: int


def file_time(moment: datetime.datetime) -> int:
    """As Windows has it: ticks of 100 ns since 1601, in whole seconds."""
    return (int(moment.timestamp()) + _SECONDS_BEFORE_1970) * _TICKS


def encode_header(files: Sequence[Copied], stamp: int) -> bytes:
    """What follows the files' bytes; ``stamp``: the time of all."""
    total = sum(each.size for each in files)
    parts = [_BEFORE_SIZE, _number(total), _BEFORE_UNPACKED, _number(total), _BEFORE_STREAMS]
    if len(files) > 1:
        parts += [_COUNT, _number(len(files)), _SIZES, *(_number(each.size) for each in files[:-1])]
    parts += [_SUMS, *(struct.pack("<I", each.crc) for each in files), _BEFORE_FILES, _number(len(files))]
    parts.append(_padding(FRONT_SIZE + total + sum(map(len, parts))))
    names = b"".join(each.name.encode("utf-16-le") + b"\0\0" for each in files)
    parts += [_NAMES, _number(len(names) + 1), b"\0", names]
    parts += [_TIMES, _number(len(files) * 8 + 2), b"\1\0", struct.pack("<Q", stamp) * len(files)]
    parts += [_ATTRIBUTES, _number(len(files) * 4 + 2), b"\1\0", struct.pack("<I", _MODE) * len(files), _END]
    return b"".join(parts)


def encode_front(header: bytes, total: int) -> bytes:
    """What precedes the ``total`` bytes of the files."""
    rest = struct.pack("<2QI", total, len(header), zlib.crc32(header))
    return SIGNATURE + bytes(_VERSION) + struct.pack("<I", zlib.crc32(rest)) + rest


def read_front(raw: bytes) -> tuple[int, int]:
    """How many bytes the files have, and how many the header behind them."""
    if len(raw) < FRONT_SIZE or not raw.startswith(SIGNATURE):
        raise OtherFormError("its beginning is not that of a 7z archive")
    *_, total, length, _ = _FRONT.unpack_from(raw)
    return int(total), int(length)


def read_place(raw: bytes) -> tuple[int, int]:
    """Where the header begins in the file, and how many bytes it has; raises OtherFormError."""
    total, length = read_front(raw)
    return FRONT_SIZE + total, length


def read_header(raw: bytes) -> tuple[Copied, ...]:
    """The files; raises OtherFormError unless each byte is the one that ``encode_header`` puts there."""
    try:
        files, stamp = _parsed(raw)
        same = encode_header(files, stamp) == raw
    except (ValueError, IndexError, struct.error):
        same = False
    if not same:
        raise OtherFormError(
            "its header has another form: compressed, with folders, links, rights or times of their own"
        )
    seconds, odd = divmod(stamp, _TICKS)
    if odd or seconds - _SECONDS_BEFORE_1970 not in _YEARS_1980_TO_2200:
        raise OtherFormError("its files have a time that unpackers differ about")
    return files


def _parsed(raw: bytes) -> tuple[tuple[Copied, ...], int]:
    """What a header says, if it is of our form: what is skipped here is compared afterwards."""
    header = Reading(raw)
    header.skip(_BEFORE_SIZE)
    total = header.number()
    header.skip(_BEFORE_UNPACKED)
    header.number()
    header.skip(_BEFORE_STREAMS)
    count, sizes = 1, []
    if header.skip_if(_COUNT):
        count = header.number()
        header.skip(_SIZES)
        sizes = [header.number() for _ in range(count - 1)]
    sizes.append(total - sum(sizes))
    header.skip(_SUMS)
    sums = struct.unpack(f"<{count}I", header.take(4 * count))
    header.skip(_BEFORE_FILES)
    header.number()
    if header.skip_if(_DUMMY):
        header.take(header.number())
    header.skip(_NAMES)
    names = header.take(header.number())[1:].decode("utf-16-le").split("\0")
    header.skip(_TIMES)
    header.number()
    (stamp,) = struct.unpack("<Q", header.take(10)[2:])
    files = zip(names[:-1], sizes, sums, strict=True)
    return tuple(Copied(name=name, size=size, crc=crc) for name, size, crc in files), stamp


class Reading:
    """Takes a header's parts in their order; raises ValueError for another one, or where it is cut short."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def take(self, count: int) -> bytes:
        data = self._raw[self._at : self._at + count]
        if len(data) != count:
            raise ValueError("it is cut short")
        self._at += count
        return data

    def skip(self, expected: bytes) -> None:
        if self.take(len(expected)) != expected:
            raise ValueError("it has another form")

    def skip_if(self, expected: bytes) -> bool:
        found = self._raw.startswith(expected, self._at)
        self._at += len(expected) if found else 0
        return found

    def number(self) -> int:
        """The first byte's leading ones say how many bytes follow, little end first; its other bits are the highest."""
        first = self.take(1)[0]
        more = 8 - (first ^ 0xFF).bit_length()
        high = first & (0x7F >> more)
        return int.from_bytes(self.take(more), "little") | high << 8 * more


def _number(value: int) -> bytes:
    more = 0
    while more < 8 and value >= _ONE_BYTE << 7 * more:  # noqa: PLR2004 - bytes of the longest number
        more += 1
    low = value.to_bytes(8, "little")
    first = (0xFF00 >> more & 0xFF) | (low[more] if more < 8 else 0)  # noqa: PLR2004
    return bytes([first]) + low[:more]


def _padding(at: int) -> bytes:
    """So that the names begin at a multiple of four in the file."""
    length = -at % _ALIGNED
    if 0 < length < _SHORTEST_DUMMY:
        length += _ALIGNED
    return _DUMMY + bytes([length - 2]) + bytes(length - 2) if length else b""
