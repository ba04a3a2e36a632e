"""A bundle as a zip (APPNOTE 6.3) of stored members, written strictly forward, so that it is hashed while it is written.

``zipfile`` goes back to each header once the data is there (or puts the sizes behind the data, where some unpackers
don't look), and what it writes besides changes with the version of Python. Here the same members give the same bytes always.
What is read may be anybody's.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.formats.zip_records import (
    DESCRIBED_BEHIND,
    ENCRYPTED,
    END_MARK,
    END_SIZE,
    LOCAL_SIZE,
    Stored,
    central_record,
    descriptor_size,
    dos_time,
    end_records,
    local_record,
    read_local,
)
from bundler.model.manifest import MANIFEST
from bundler.pack.copying import Digest, checked, crc32
from bundler.pack.forms.bundle_form import BundleForm, Listed, damaged, expansion_fault, pump

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.forms.bundle_form import Sink
    from bundler.pack.layout import Entry
    from bundler.report import Track

_BUFFER = 1024 * 1024


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
            raise damaged(path, (Fault("", f"is not a complete zip archive, it may be truncated: {error}"),)) from None

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
        if not (each.filename.endswith("/") and each.filename in parents and not each.file_size):
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
        if each.flag_bits & ENCRYPTED:
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
            header = read_local(stream.read(LOCAL_SIZE), each.filename)
            if each.header_offset != at:
                kind = "overlaps the file before it" if each.header_offset < at else "has hidden bytes before it"
                yield Fault(each.filename, kind)
            at = each.header_offset + header + each.compress_size
            if each.flag_bits & DESCRIBED_BEHIND:
                at += descriptor_size(stream, at)
        stream.seek(-END_SIZE, os.SEEK_END)
        if archive.start_dir != at or stream.read(4) != END_MARK:
            yield Fault("", "has hidden bytes behind its files")


def read_zip(path: Path) -> ZipReader:
    """Open one; raises IntegrityError (``bundle-damaged``)."""
    found = ZipReader(path)
    if not any(each.path == MANIFEST for each in found.listed):
        # of a zip that was cut, readers find the directory of a wheel inside: its names would only confuse
        raise damaged(path, (Fault("", f"has no {MANIFEST}: it was cut short, or is another zip"),))
    return found


FORM = BundleForm(write=write_zip, read=read_zip)
