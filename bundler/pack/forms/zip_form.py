"""A bundle as a zip (APPNOTE 6.3) of stored members, written strictly forward, so that it is hashed while it is written.

``zipfile`` goes back to each header once the data is there (or puts the sizes behind the data, where some unpackers
don't look), and what it writes besides changes with the version of Python. Here the same members give the same bytes always.
What is read may be anybody's: it is taken apart and put together again here, and each byte of its records compared.
"""

from __future__ import annotations

import os
import struct
import zipfile
from typing import IO, TYPE_CHECKING

from bundler.errors import Fault, reason_of
from bundler.formats.zip_records import (
    END_SIZE,
    LOCAL_SIZE,
    Stored,
    central_record,
    dos_time,
    end_records,
    find_directory,
    is_moment,
    local_record,
    read_directory,
    stamp_of,
)
from bundler.pack.copying import Digest, HashedFile, Sources, checked, crc32
from bundler.pack.forms.bundle_form import (
    LARGEST_CONTRACT,
    BundleForm,
    Listed,
    Placed,
    damaged,
    packed_otherwise,
    refuse_other_formats,
    stream_placed,
)
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.entry import Entry
    from bundler.pack.forms.bundle_form import Sink
    from bundler.report import Track

_BUFFER = 1024 * 1024


def write_zip(entries: Iterable[Entry], path: Path, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries in their order and answer the archive's sha256.

    All get the time ``mtime`` in UTC (1980 at the earliest, even seconds). Raises IntegrityError (``source-changed``).
    """
    stamp = dos_time(mtime)
    with path.open("xb", buffering=_BUFFER) as raw, Digest() as digest, Sources() as sources:
        out, offset, done = HashedFile(raw, digest), 0, []
        for entry in entries:
            crc = crc32(entry.source) if entry.crc32 is None else entry.crc32
            each = Stored(name=entry.path.encode("ascii"), crc=crc, size=entry.size, offset=offset)
            header = local_record(each, stamp)
            out.write(header)
            for data in checked(entry, sources, crc):
                out.write(data)
                track.advance(len(data))
            offset += len(header) + entry.size
            done.append(each)
        directory = b"".join(central_record(each, stamp) for each in done)
        out.write(directory)
        out.write(end_records(len(done), offset, len(directory)))
        return out.take()


class ZipReader:
    """A zip that has, to the byte, the form that ``write_zip`` gives it.

    Of any other, unpackers may write different files: they differ on names said twice, on fields, on bytes that no member owns.
    """

    faults: tuple[Fault, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with open_plain(path) as stream:
                self._members, self._stamp = _read_members(stream, path)
                refuse_other_formats(stream, path)
        except OSError as error:
            raise damaged(path, (Fault("", f"can't be read: {reason_of(error)}"),)) from None
        except (zipfile.BadZipFile, struct.error) as error:
            raise damaged(path, (Fault("", f"is not a complete zip archive, it may be truncated: {error}"),)) from None
        self.listed = tuple(Listed(path=each.name.decode("ascii"), size=each.size) for each in self._members)

    def pieces(self) -> Iterator[bytes | str]:
        at = 0
        for each, listed in zip(self._members, self.listed, strict=True):
            yield (header := local_record(each, self._stamp))
            yield listed.path
            at += len(header) + each.size
        yield _ending(self._members, self._stamp, at)

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        places = {
            listed.path: Placed(start=each.offset + len(local_record(each, self._stamp)), size=each.size, crc=each.crc)
            for each, listed in zip(self._members, self.listed, strict=True)
            if listed.path in limits
        }
        return stream_placed(self._path, places, limits, sink)


def _read_members(stream: IO[bytes], path: Path) -> tuple[tuple[Stored, ...], tuple[int, int]]:
    """The members and the time that all have, once every byte around them is the one that ``write_zip`` puts there."""
    size = stream.seek(0, os.SEEK_END)

    def read(at: int, length: int) -> bytes:
        stream.seek(at)
        return stream.read(length)

    start, length = find_directory(read, size, END_SIZE)
    if start + length > size or length > LARGEST_CONTRACT:
        raise packed_otherwise(path, "", "its directory lies elsewhere, or is too large")
    entries = tuple(read_directory(read(start, length)))
    if strange := next((each for each in entries if not each.name.isascii()), None):
        raise packed_otherwise(path, strange.name, "is not plain ASCII")
    members = tuple(
        Stored(name=each.name.encode("ascii"), crc=each.crc, size=each.size, offset=each.offset) for each in entries
    )
    stamp = stamp_of(read(0, LOCAL_SIZE))
    if not is_moment(stamp):
        raise packed_otherwise(path, "", "its files have a time that no clock shows")
    at = 0
    for member in members:
        header, name = local_record(member, stamp), member.name.decode("ascii")
        if member.offset != at:
            raise packed_otherwise(path, name, "overlaps another file, or has hidden bytes before it")
        if read(at, len(header)) != header:
            raise packed_otherwise(path, name, "has another header: another method, a time of its own, flags or fields")
        at += len(header) + member.size
    ending = _ending(members, stamp, at)
    if start != at or size != at + len(ending) or read(at, len(ending)) != ending:
        raise packed_otherwise(path, "", "has another directory: fields, comments, rights, or hidden bytes around it")
    return members, stamp


def _ending(members: tuple[Stored, ...], stamp: tuple[int, int], at: int) -> bytes:
    """What stands behind the last file, which ends ``at``."""
    directory = b"".join(central_record(member, stamp) for member in members)
    return directory + end_records(len(members), at, len(directory))


FORM = BundleForm(write=write_zip, read=ZipReader)
