"""The records of a zip (PKWARE's APPNOTE 6.3), read and written: local headers, the central directory, what ends it, each with zip64.

``zipfile`` keeps them to itself. They are wanted where a zip is read over a network by ranges, where every byte of one must have an
owner, and where one is written strictly forward. Damage is a ``zipfile.BadZipFile``.
"""

from __future__ import annotations

import dataclasses
import datetime
import mmap
import struct
import zipfile
from typing import TYPE_CHECKING

from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
ENCRYPTED = 0x01
UTF_8_NAME = 0x800
"""Bits of a member's flags (4.4.4)."""

LOCAL_SIZE = 30
"""Bytes of a local header without its name and extra field."""
END_SIZE = 22
"""Bytes of the record that ends a zip without a comment."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
LOCAL_MARK, _CENTRAL_MARK, END_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_END_64_MARK, _LOCATOR_64_MARK = b"PK\6\6", b"PK\6\7"
_LENGTHS_AT = 28
"""Where a record of the directory says how long its name, extra field and comment are."""
_MAX_32 = 0xFFFFFFFF
_MAX_16 = 0xFFFF
_MOST_ENDS = 1000
_ZIP64_FIELD, _NAME_FIELD = 1, 0x7075
_NAME_AT = 5  # behind version and checksum
_VERSION, _VERSION_64 = 20, 45
_UNIX = 3 << 8
_MODE = (0o100644) << 16  # a regular file, rw-r--r--
_EPOCH = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryEntry:
    """One entry of a central directory: ``packed`` and ``size`` in bytes, ``offset`` of its local header."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def zip_end(file: Path) -> int | None:
    """Where the last zip in a file ends, however much lies behind it, which ``zipfile`` finds within 64 kB only; None: there is none.

    An end counts whose central directory lies before it, as it says; what needs zip64 isn't looked for.
    """
    with open_plain(file) as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = len(data)
        for _ in range(_MOST_ENDS):
            place = data.rfind(END_MARK, 0, place)
            if place < 0:
                return None
            if place + END_SIZE > len(data):
                continue
            *_, entries, size, _, comment = map(int, _END.unpack_from(data, place)[1:])
            start = place - size
            if start >= 0 and (data[start : start + 4] == _CENTRAL_MARK if entries else not size):
                return min(place + END_SIZE + comment, len(data))
    return None


def read_local(raw: bytes, name: str) -> int:
    """The bytes that a local header takes with its name and extra field; ``raw`` begins with it, ``name`` is for the error."""
    if len(raw) < LOCAL_SIZE or not raw.startswith(LOCAL_MARK):
        raise zipfile.BadZipFile(f"no entry where {name!r} should be")
    *_, name_length, extra_length = _LOCAL.unpack_from(raw)
    return LOCAL_SIZE + int(name_length) + int(extra_length)


def find_directory(read: Callable[[int, int], bytes], size: int, tail: int) -> tuple[int, int]:
    """Offset and length of the central directory; ``read(start, length)`` reads the archive of ``size`` bytes, whose last ``tail`` are searched."""
    length = min(size, tail)
    end = read(size - length, length)
    at = end.rfind(END_MARK)
    if at < 0 or at + END_SIZE > length:
        raise zipfile.BadZipFile("it doesn't end as a zip does")
    *_, directory, start, _ = _END.unpack_from(end, at)
    if _MAX_32 in (start, directory):
        before = size - length + at - _LOCATOR_64.size
        locator = read(before, _LOCATOR_64.size) if before >= 0 else b""
        place = _LOCATOR_64.unpack(locator)[2] if locator.startswith(_LOCATOR_64_MARK) else size
        if place + _END_64.size > size:
            raise zipfile.BadZipFile("its ZIP64 directory isn't there")
        *_, directory, start = _END_64.unpack(read(place, _END_64.size))
    return start, directory


def read_directory(directory: bytes, wanted: bytes = b"") -> Iterator[DirectoryEntry]:
    """The entries of a central directory in its order, those alone whose names hold ``wanted``."""
    position = 0
    while position + _CENTRAL.size <= len(directory):
        fields = _CENTRAL.unpack_from(directory, position)
        if fields[0] != _CENTRAL_MARK:
            raise zipfile.BadZipFile("its directory is damaged")
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        name_length, extra_length, comment_length = fields[10:13]
        begin = position + _CENTRAL.size
        name = directory[begin : begin + name_length]
        extra = directory[begin + name_length : begin + name_length + extra_length]
        position = begin + name_length + extra_length + comment_length
        if wanted in name:
            size, packed, offset = _widened((size, packed, fields[-1]), extra)
            text = name.decode("utf-8" if flags & UTF_8_NAME else "cp437", "replace")
            yield DirectoryEntry(name=text, method=method, crc=crc, packed=packed, size=size, offset=offset)


def counts_above(directory: bytes, most: int) -> bool:
    """Whether what begins like a central directory has more entries than ``most``; they are counted and not made."""
    if not directory.startswith(_CENTRAL_MARK) or len(directory) <= most * _CENTRAL.size:
        return False
    position = count = 0
    while directory.startswith(_CENTRAL_MARK, position) and position + _CENTRAL.size <= len(directory):
        count += 1
        position += _CENTRAL.size + sum(struct.unpack_from("<3H", directory, position + _LENGTHS_AT))
    return count > most


def _widened(numbers: tuple[int, int, int], extra: bytes) -> tuple[int, int, int]:
    """Size, packed size and offset, from the zip64 field (4.5.3) where they don't fit into their own ones."""
    if _MAX_32 not in numbers:
        return numbers
    for kind, length, content in _fields(extra):
        if len(content) < length:
            raise zipfile.BadZipFile("its directory is damaged: a field is cut short")
        if kind == _ZIP64_FIELD:
            held = iter(struct.unpack(f"<{length // 8}Q", content[: length // 8 * 8]))
            size, packed, offset = (next(held, each) if each == _MAX_32 else each for each in numbers)
            return size, packed, offset
    return numbers


def _fields(extra: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, length as it is said, and what is there, of each extra field (4.5)."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        yield kind, length, extra[place + 4 : place + 4 + length]
        place += 4 + length


def other_name(member: zipfile.ZipInfo) -> str | None:
    """What a field for names (4.6.9) calls a member, if that isn't its name: Pythons from 3.12 on take it, and so do other programs."""
    for kind, _, content in _fields(member.extra):
        if kind == _NAME_FIELD and (name := content[_NAME_AT:].decode("utf-8", "replace")) != member.orig_filename:
            return name
    return None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One member to be written, stored and not packed: ``name`` in ASCII, ``size`` in bytes, ``offset`` of its local header."""

    name: bytes
    crc: int
    size: int
    offset: int


def stamp_of(raw: bytes) -> tuple[int, int]:
    """Time and date of a local header, with which ``raw`` begins."""
    if len(raw) < LOCAL_SIZE or not raw.startswith(LOCAL_MARK):
        raise zipfile.BadZipFile("no file is at its beginning")
    _, _, _, _, time, date, *_ = _LOCAL.unpack_from(raw)
    return int(time), int(date)


def is_moment(stamp: tuple[int, int]) -> bool:
    """Whether a calendar and a clock have this time and date: unpackers differ about others."""
    time, date = stamp
    try:
        datetime.datetime(
            _EPOCH.year + (date >> 9),
            date >> 5 & 15,
            date & 31,
            time >> 11,
            time >> 5 & 63,
            (time & 31) * 2,
            tzinfo=datetime.UTC,
        )
    except ValueError:
        return False
    return True


def dos_time(moment: datetime.datetime) -> tuple[int, int]:
    """Time and date as MS-DOS has them, in UTC: 1980 at the earliest, even seconds."""
    utc = max(moment.astimezone(datetime.UTC), _EPOCH)
    date = (utc.year - _EPOCH.year) << 9 | utc.month << 5 | utc.day
    return utc.hour << 11 | utc.minute << 5 | utc.second // 2, date


def local_record(each: Stored, stamp: tuple[int, int]) -> bytes:
    """What stands before the member's bytes (4.3.7); zip64 from 4 GB on."""
    large = each.size >= _MAX_32
    size = _MAX_32 if large else each.size
    extra = struct.pack("<2H2Q", _ZIP64_FIELD, 16, each.size, each.size) if large else b""
    version = _VERSION_64 if large else _VERSION
    fields = _LOCAL.pack(LOCAL_MARK, version, 0, 0, *stamp, each.crc, size, size, len(each.name), len(extra))
    return fields + each.name + extra


def central_record(each: Stored, stamp: tuple[int, int]) -> bytes:
    """The member's line in the central directory (4.3.12), zip64 where a number needs it."""
    sizes = (each.size, each.size) if each.size >= _MAX_32 else ()
    wide = (*sizes, each.offset) if each.offset >= _MAX_32 else sizes
    extra = struct.pack(f"<2H{len(wide)}Q", _ZIP64_FIELD, 8 * len(wide), *wide) if wide else b""
    version = _VERSION_64 if wide else _VERSION
    size, offset = min(each.size, _MAX_32), min(each.offset, _MAX_32)
    head = (_CENTRAL_MARK, _UNIX | version, version, 0, 0, *stamp, each.crc, size, size, len(each.name), len(extra))
    return _CENTRAL.pack(*head, 0, 0, 0, _MODE, offset) + each.name + extra


def end_records(count: int, start: int, size: int) -> bytes:
    """What ends the archive (4.3.14 to 16): ``count`` members, their directory at ``start`` with ``size`` bytes."""
    wide = b""
    if count >= _MAX_16 or start >= _MAX_32 or size >= _MAX_32:
        wide = _END_64.pack(
            _END_64_MARK, 44, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, size, start
        ) + _LOCATOR_64.pack(_LOCATOR_64_MARK, 0, start + size, 1)
    few = min(count, _MAX_16)
    return wide + _END.pack(END_MARK, 0, 0, few, few, min(size, _MAX_32), min(start, _MAX_32), 0)
