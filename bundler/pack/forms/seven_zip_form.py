"""A bundle as a 7z without compression. What is read may be anybody's."""

from __future__ import annotations

import io
import lzma
import os
import struct
from typing import TYPE_CHECKING

import py7zr
from py7zr.exceptions import ArchiveError, PasswordRequired
from py7zr.helpers import ArchiveTimestamp
from py7zr.io import NullIO, Py7zIO, WriterFactory

from bundler.errors import Fault
from bundler.pack.copying import CHUNK, Digest, checked
from bundler.pack.forms.bundle_form import BundleForm, Listed, damaged, expansion_fault
from bundler.pack.names import path_fault

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.forms.bundle_form import Sink
    from bundler.pack.layout import Entry
    from bundler.report import Track

# py7zr's own errors, and what its parser stumbles over where bytes are no archive
_BROKEN = (
    ArchiveError,
    PasswordRequired,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    MemoryError,
    OverflowError,
)
# what 7z's own programs write on POSIX: an archived file whose upper half is the mode, rw-r--r--
_ATTRIBUTES = 0o100644 << 16 | 0x8000 | 0x20
_BUFFER = 1024 * 1024


def write_7z(entries: Iterable[Entry], path: Path, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries, copied and not compressed, and answer the archive's sha256.

    Wheels are compressed already, and LZMA2 takes more memory than a build may. The hash takes a second
    reading: the format's first bytes are known last.
    """
    stamp = ArchiveTimestamp.from_datetime(mtime.timestamp())
    with path.open("x+b", buffering=_BUFFER) as out, Digest() as digest:
        with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
            # the header is kept plain: compressed, it would depend on this host's liblzma
            archive.set_encoded_header_mode(False)
            for entry in entries:
                archive.writef(_Source(entry, digest, track), entry.path)
            for info in archive.header.files_info.files:
                info.update(creationtime=stamp, lastwritetime=stamp, lastaccesstime=stamp, attributes=_ATTRIBUTES)
        out.seek(0)
        while data := out.read(CHUNK):
            digest.update(data)
        return digest.take()


class _Source(io.BufferedIOBase):
    """An entry as py7zr wants it: it asks for the size by seeking, and then reads to the end."""

    def __init__(self, entry: Entry, digest: Digest, track: Track) -> None:
        super().__init__()
        self._size = entry.size
        self._chunks = self._reading(entry, digest, track)
        self._rest = b""
        self._at = 0

    @staticmethod
    def _reading(entry: Entry, digest: Digest, track: Track) -> Iterator[bytes]:
        for data in checked(entry, digest):
            yield data
            track.advance(len(data))

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (self._size if whence == os.SEEK_END else 0)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        size = len(self._rest) if size is None or size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


class SevenZipReader:
    """All members are decompressed one after the other and handed on: nothing is unpacked to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as stream, py7zr.SevenZipFile(stream) as archive:
                files = list(archive.files)
                self.listed = tuple(
                    Listed(path=each.filename, size=each.uncompressed) for each in files if not each.is_directory
                )
                self.faults = (
                    *(
                        Fault(each.filename, "is a link or a device and should be a file")
                        for each in files
                        if each.is_symlink or each.is_junction or each.is_socket
                    ),
                    *_stray_folders(files),
                    *expansion_fault(path, self.listed),
                )
        except _BROKEN as error:
            raise damaged(path, (Fault("", f"is not a complete 7z archive, it may be truncated: {error}"),)) from None

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        sane = {path: limit for path, limit in limits.items() if path_fault(path) is None}
        try:
            with self._path.open("rb") as stream, py7zr.SevenZipFile(stream) as archive:
                for info in archive.files.files_list:
                    # one wrong CRC would end the reading; whoever hashes the bytes knows better anyhow
                    info.pop("digest", None)
                archive.extract(targets=set(sane), factory=_Sinks(sane, sink))
        except _BROKEN as error:
            yield Fault("", f"can't be read to its end: {error}")


def _stray_folders(files: list[py7zr.py7zr.ArchiveFile]) -> Iterator[Fault]:
    """Folders that hold none of the files."""
    for each in files:
        inside = f"{each.filename.rstrip('/')}/"
        if each.is_directory and not any(f.filename.startswith(inside) and not f.is_directory for f in files):
            yield Fault(inside, "is an empty folder, which no bundle has")


class _Sinks(WriterFactory):
    def __init__(self, limits: Mapping[str, int], sink: Sink) -> None:
        self._limits = limits
        self._sink = sink

    def create(self, filename: str) -> Py7zIO:
        return _Target(filename, self._limits.get(filename, -1), self._sink)


class _Target(NullIO):
    """Where py7zr writes one member; passes on what the limit allows and one byte more, to show that there is more."""

    def __init__(self, path: str, limit: int, sink: Callable[[str, bytes], None]) -> None:
        self._path = path
        self._left = limit + 1
        self._sink = sink

    def write(self, s: bytes | bytearray) -> int:
        if self._left > 0:
            part = bytes(s[: self._left])
            self._left -= len(part)
            self._sink(self._path, part)
        return len(s)


FORM = BundleForm(write=write_7z, read=SevenZipReader)
