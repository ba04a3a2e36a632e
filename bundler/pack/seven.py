"""Reading a bundle that is a 7z."""

from __future__ import annotations

import lzma
import struct
from typing import TYPE_CHECKING

import py7zr
from py7zr.exceptions import ArchiveError, PasswordRequired
from py7zr.io import NullIO, Py7zIO, WriterFactory

from bundler.errors import Fault
from bundler.pack.form import Listed, damaged, expansion_fault
from bundler.pack.names import path_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.form import Sink

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


class SevenForm:
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
            raise damaged(path, (Fault("", f"is no whole 7z, it may have been cut short: {error}"),)) from None

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
        return _Member(filename, self._limits.get(filename, -1), self._sink)


class _Member(NullIO):
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
