"""A zip (APPNOTE 6.3) of stored members, written strictly forward, so that it is hashed while it is written.

``zipfile`` goes back to each header once the data is there (or puts the sizes behind the data, where some unpackers
don't look), and what it writes besides changes with the version of Python. Here the same members give the same bytes always.
"""

from __future__ import annotations

import dataclasses
import datetime
import struct
from typing import TYPE_CHECKING, BinaryIO

from bundler.pack.copying import Digest, checked, crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.pack.layout import Entry
    from bundler.report import Track

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_MAX_32 = 0xFFFFFFFF
_MAX_16 = 0xFFFF
_VERSION, _VERSION_64 = 20, 45
_UNIX = 3 << 8
_MODE = (0o100644) << 16  # a regular file, rw-r--r--
_EPOCH = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One member as the archive's records tell of it: ``name`` in ASCII, ``size`` in bytes, ``offset`` of its local header."""

    name: bytes
    crc: int
    size: int
    offset: int


def write_zip(entries: Iterable[Entry], out: BinaryIO, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries in their order and answer the archive's sha256.

    All get the time ``mtime`` in UTC (1980 at the earliest, even seconds). Raises IntegrityError (``source-changed``).
    """
    stamp = dos_time(mtime)
    with Digest() as archive, Digest() as member:
        offset = 0

        def put(data: bytes) -> None:
            nonlocal offset
            archive.update(data)
            out.write(data)
            offset += len(data)

        done = []
        for entry in entries:
            crc = crc32(entry.source) if entry.crc32 is None else entry.crc32
            each = Stored(name=entry.path.encode("ascii"), crc=crc, size=entry.size, offset=offset)
            put(local_record(each, stamp))
            for data in checked(entry, member, each.crc):
                put(data)
                track.advance(len(data))
            done.append(each)
        start = offset
        for each in done:
            put(central_record(each, stamp))
        put(end_records(len(done), start, offset - start))
        return archive.take()


def dos_time(moment: datetime.datetime) -> tuple[int, int]:
    """Time and date as MS-DOS has them."""
    utc = max(moment.astimezone(datetime.UTC), _EPOCH)
    date = (utc.year - _EPOCH.year) << 9 | utc.month << 5 | utc.day
    return utc.hour << 11 | utc.minute << 5 | utc.second // 2, date


def local_record(each: Stored, stamp: tuple[int, int]) -> bytes:
    """What stands before the member's bytes (APPNOTE 4.3.7); zip64 from 4 GB on."""
    large = each.size >= _MAX_32
    size = _MAX_32 if large else each.size
    extra = struct.pack("<2H2Q", 1, 16, each.size, each.size) if large else b""
    version = _VERSION_64 if large else _VERSION
    fields = _LOCAL.pack(b"PK\3\4", version, 0, 0, *stamp, each.crc, size, size, len(each.name), len(extra))
    return fields + each.name + extra


def central_record(each: Stored, stamp: tuple[int, int]) -> bytes:
    """The member's line in the central directory (APPNOTE 4.3.12), zip64 where a number needs it."""
    sizes = (each.size, each.size) if each.size >= _MAX_32 else ()
    wide = (*sizes, each.offset) if each.offset >= _MAX_32 else sizes
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = _VERSION_64 if wide else _VERSION
    size, offset = min(each.size, _MAX_32), min(each.offset, _MAX_32)
    head = (b"PK\1\2", _UNIX | version, version, 0, 0, *stamp, each.crc, size, size, len(each.name), len(extra))
    return _CENTRAL.pack(*head, 0, 0, 0, _MODE, offset) + each.name + extra


def end_records(count: int, start: int, size: int) -> bytes:
    """What ends the archive (APPNOTE 4.3.14 to 16): ``count`` members, their directory at ``start`` with ``size`` bytes."""
    wide = b""
    if count >= _MAX_16 or start >= _MAX_32 or size >= _MAX_32:
        wide = _END_64.pack(
            b"PK\6\6", 44, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, size, start
        ) + _LOCATOR_64.pack(b"PK\6\7", 0, start + size, 1)
    few = min(count, _MAX_16)
    return wide + _END.pack(b"PK\5\6", 0, 0, few, few, min(size, _MAX_32), min(start, _MAX_32), 0)
