"""Reading 7z as a stream, as ``streams`` does zip and tar. A module of its own: py7zr is slow to import, and few builds need it."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO, TYPE_CHECKING

import py7zr
from py7zr.io import NullIO, Py7zIO, WriterFactory

from bundler.formats.archives.streams import Nowhere
from bundler.formats.bounded_zip import MOST_ENTRIES
from bundler.formats.seven_zip_counts import EncryptedHeaderError, TooManyFilesError, check_counts
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Sink, Visit


def walk_7z(archive: Path, guard: Guard, visit: Visit) -> None:
    # an open file and not its path: py7zr would start a thread for each block
    with open_plain(archive) as stream:
        try:
            check_counts(stream, MOST_ENTRIES)
        except TooManyFilesError as error:
            raise guard.fault("archive-bomb", f"can't be read: {error}") from error
        except EncryptedHeaderError as error:
            raise guard.fault("archive-encrypted", "is encrypted") from error
        stream.seek(0)
        _walk(stream, guard, visit)


def _walk(archive: IO[bytes], guard: Guard, visit: Visit) -> None:
    with py7zr.SevenZipFile(archive) as opened:
        if opened.needs_password():
            raise guard.fault("archive-encrypted", "is encrypted")
        guard.expect(sum(info.uncompressed or 0 for info in opened.files))
        paths: dict[str, str] = {}
        names: list[str] = []
        for info in opened.files:
            path = guard.enter(info.filename, folder=info.is_directory)
            if info.is_directory:
                continue
            if not info.is_file:
                raise guard.fault("archive-unsafe", f"holds {path!r}, which is a link or a device")
            names.append(info.filename)
            paths[PurePath(info.filename).as_posix()] = path  # as py7zr asks for it
        if names:
            sinks = _Sinks(guard, visit, paths)
            try:
                opened.extract(targets=names, factory=sinks)
            finally:
                sinks.close()


class _Sinks(WriterFactory):
    """Hands each file of a 7z its sink when its turn comes."""

    def __init__(self, guard: Guard, visit: Visit, paths: dict[str, str]) -> None:
        self._guard = guard
        self._visit = visit
        self._paths = paths
        self._last: Sink = Nowhere()

    def create(self, filename: str) -> Py7zIO:
        self._last = self._visit(self._paths[filename]) or Nowhere()
        return _SevenZipSink(self._last, self._guard)

    def close(self) -> None:
        """Close the sink that a failure left open."""
        self._last.close()


class _SevenZipSink(NullIO):
    def __init__(self, sink: Sink, guard: Guard) -> None:
        self._sink = sink
        self._guard = guard
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        self._guard.grow(len(s))
        self._sink.write(bytes(s))
        self._size += len(s)
        return len(s)

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        self._sink.close()
