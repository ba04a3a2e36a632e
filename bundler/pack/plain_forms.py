"""The two forms that need no library: a zip and a folder. What is read may be anybody's."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.pack.form import Listed, damaged, expansion_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO, BinaryIO

    from bundler.pack.form import Sink

_CHUNK = 1024 * 1024
_LOCAL = struct.Struct("<4s5H3I2H")
_END_SIZE = 22  # of the record that ends a zip without a comment
_DESCRIBED_BEHIND = 0x08
_ENCRYPTED = 0x01


class ZipForm:
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
                        _pump(stream, path, limit, sink)
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


def _pump(stream: IO[bytes], path: str, limit: int, sink: Sink) -> None:
    left = limit + 1  # one more, to see that there is more
    while left > 0 and (data := stream.read(min(_CHUNK, left))):
        left -= len(data)
        sink(path, data)


class FolderForm:
    def __init__(self, root: Path) -> None:
        self._root = root
        found = [*_walk(root, "")]
        self.listed = tuple(each for each in found if isinstance(each, Listed))
        self.faults = tuple(each for each in found if isinstance(each, Fault))

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        for path, limit in limits.items():
            try:
                with (self._root / path).open("rb") as stream:
                    _pump(stream, path, limit, sink)
            except OSError as error:
                yield Fault(path, f"can't be read: {error.strerror or error}")


def _walk(folder: Path, prefix: str) -> Iterator[Listed | Fault]:
    """Everything below ``folder`` that is a file, and a fault for whatever is neither file nor folder."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda each: each.name)
    if not ordered and prefix:
        yield Fault(prefix, "is an empty folder, which no bundle has")
    for each in ordered:
        path = f"{prefix}{each.name}"
        if _reparsed(each) or not (each.is_dir() or each.is_file()):
            yield Fault(path, "is a link or a device and should be a file")
        elif each.is_dir():
            yield from _walk(folder / each.name, f"{path}/")
        else:
            yield Listed(path=path, size=each.stat().st_size)


def _reparsed(entry: os.DirEntry[str]) -> bool:
    """Whether it is a symbolic link, or on Windows a junction or anything else that stands for another place."""
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return entry.is_symlink() or bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)
