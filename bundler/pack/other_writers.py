"""The other two forms of a bundle: a 7z without compression, and a plain folder."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, BinaryIO

from bundler.pack.copying import CHUNK, Digest, checked

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bundler.pack.layout import Entry
    from bundler.report import Track

# what 7z's own programs write on POSIX: an archived file whose upper half is the mode, rw-r--r--
_ATTRIBUTES = 0o100644 << 16 | 0x8000 | 0x20


def write_7z(entries: Iterable[Entry], out: BinaryIO, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries, copied and not compressed, and answer the archive's sha256. ``out`` can be read too.

    Wheels are compressed already, and LZMA2 takes more memory than a build may. The hash takes a second
    reading: the format's first bytes are known last.
    """
    import py7zr  # late: slow to import, and few builds want it
    from py7zr.helpers import ArchiveTimestamp

    stamp = ArchiveTimestamp.from_datetime(mtime.timestamp())
    with Digest() as digest:
        with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
            # the header is kept plain: compressed, it would depend on this host's liblzma
            archive.set_encoded_header_mode(False)
            for entry in entries:
                archive.writef(_Member(entry, digest, track), entry.path)
            for info in archive.header.files_info.files:
                info.update(creationtime=stamp, lastwritetime=stamp, lastaccesstime=stamp, attributes=_ATTRIBUTES)
        out.seek(0)
        while data := out.read(CHUNK):
            digest.update(data)
        return digest.take()


class _Member(io.BufferedIOBase):
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


def write_folder(entries: Iterable[Entry], root: Path, mtime: datetime.datetime, track: Track) -> None:
    """Write the entries below ``root``, which exists and is empty; files and folders get the time ``mtime``."""
    seconds = mtime.timestamp()
    with Digest() as digest:
        for entry in entries:
            path = root / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                for data in checked(entry, digest):
                    out.write(data)
                    track.advance(len(data))
            path.chmod(0o644)
            os.utime(path, (seconds, seconds))
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):  # Windows sets no time on a folder
            os.utime(folder, (seconds, seconds))
