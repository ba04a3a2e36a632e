"""A bundle as a zip (APPNOTE 6.3) of stored members, written strictly forward, so that it is hashed while it is written.

``zipfile`` goes back to each header once the data is there (or puts the sizes behind the data, where some unpackers
don't look), and what it writes besides changes with the version of Python. Here the same members give the same bytes always.
What is read may be anybody's.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.model.manifest import MANIFEST
from bundler.pack.copying import Digest, checked, crc32
from bundler.pack.forms.bundle_form import BundleForm, Listed, damaged, expansion_fault, pump

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from bundler.pack.forms.bundle_form import Sink
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
_BUFFER = 1024 * 1024
_END_SIZE = 22  # of the record that ends a zip without a comment
_DESCRIBED_BEHIND = 0x08
_ENCRYPTED = 0x01


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One member as the archive's records tell of it: ``name`` in ASCII, ``size`` in bytes, ``offset`` of its local header."""

    name: bytes
    crc: int
    size: int
    offset: int


def write_zip(entries: Iterable[Entry], path: Path, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries in their order and answer the archive's sha256.

    All get the time ``mtime`` in UTC (1980 at the earliest, even seconds). Raises IntegrityError (``source-changed``).
    """
    stamp = dos_time(mtime)
    with path.open("xb", buffering=_BUFFER) as out, Digest() as archive, Digest() as member:
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


class ZipReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
                self.listed = tuple(_zip_listed(infos))
                self.faults = (
                    *_zip_faults(infos),
                    *_hidden_bytes(archive, infos, path),
                    *expansion_fault(path, self.listed),
                )
        except (zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, ValueError, OSError) as error:
            raise damaged(path, (Fault("", f"is no whole zip, it may have been cut short: {error}"),)) from None

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        with zipfile.ZipFile(self._path) as archive:
            for path, limit in limits.items():
                try:
                    with archive.open(path) as stream:
                        pump(stream, path, limit, sink)
                except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError) as error:
                    yield Fault(path, f"can't be read: {error}")


def _zip_listed(infos: list[zipfile.ZipInfo]) -> Iterator[Listed]:
    parents = {parent for each in infos for parent in _parents(each.filename)}
    for each in infos:
        if not (each.is_dir() and each.filename in parents and not each.file_size):
            yield Listed(path=each.filename, size=each.file_size)


def _parents(path: str) -> Iterator[str]:
    for i, letter in enumerate(path[:-1]):
        if letter == "/":
            yield path[: i + 1]


def _zip_faults(infos: list[zipfile.ZipInfo]) -> Iterator[Fault]:
    for each in infos:
        mode = each.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield Fault(each.filename, "is a link or a device and should be a file")
        if each.flag_bits & _ENCRYPTED:
            yield Fault(each.filename, "is encrypted")
        if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield Fault(each.filename, f"has the compression method {each.compress_type}")


def _hidden_bytes(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], path: Path) -> Iterator[Fault]:
    """Bytes that no member owns: between members, before the first, behind the last. Unpackers differ on what they see there."""
    if archive.comment:
        yield Fault("", "has a comment, which no bundle has")
    at = 0
    with path.open("rb") as stream:
        for each in sorted(infos, key=lambda each: each.header_offset):
            stream.seek(each.header_offset)
            fields = _LOCAL.unpack(stream.read(_LOCAL.size))
            if each.header_offset != at:
                kind = "overlaps the file before it" if each.header_offset < at else "has hidden bytes before it"
                yield Fault(each.filename, kind)
            at = each.header_offset + _LOCAL.size + fields[9] + fields[10] + each.compress_size
            if each.flag_bits & _DESCRIBED_BEHIND:
                at += _descriptor_size(stream, at)
        stream.seek(-_END_SIZE, os.SEEK_END)
        if archive.start_dir != at or stream.read(4) != b"PK\5\6":
            yield Fault("", "has hidden bytes behind its files")


def _descriptor_size(stream: BinaryIO, at: int) -> int:
    """Of the sizes behind a member (APPNOTE 4.3.9), which a repacker may have written: 12 to 24 bytes, with or without a mark."""
    stream.seek(at)
    ahead = stream.read(28)
    sizes = (size for size in (12, 16, 20, 24) if ahead[size : size + 4] in (b"PK\3\4", b"PK\1\2"))
    return next(sizes, 0)


def read_zip(path: Path) -> ZipReader:
    """Open one; raises IntegrityError (``bundle-damaged``)."""
    found = ZipReader(path)
    if not any(each.path == MANIFEST for each in found.listed):
        # of a zip that was cut, readers find the directory of a wheel inside: its names would only confuse
        raise damaged(path, (Fault("", f"has no {MANIFEST}: it was cut short, or is another zip"),))
    return found


FORM = BundleForm(write=write_zip, read=read_zip)
