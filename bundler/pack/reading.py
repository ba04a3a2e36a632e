"""Opening a bundle in any of its three forms: what it lists, the manifest, and a digest of each file. Nothing is unpacked.

What is read may be anybody's: sizes are bounded before the reading, names are checked before they are used.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bundler.errors import Fault, InputError, IntegrityError
from bundler.model.manifest import MANIFEST, Manifest, decode_manifest
from bundler.pack.writing import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO, BinaryIO

    Sink = Callable[[str, bytes], None]

LARGEST_CONTRACT = 64 * 1024 * 1024
"""Bytes that a manifest or the sums may have: a hundred times what a large bundle's have."""
_CHUNK = 1024 * 1024
_MOST_EXPANSION = 50  # what LZMA or deflate make of real programs stays far below
_LOCAL = struct.Struct("<4s5H3I2H")
_END_SIZE = 22  # of the record that ends a zip without a comment
_DESCRIBED_BEHIND = 0x08
_ENCRYPTED = 0x01


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One file as the archive or folder lists it; ``size`` in bytes once unpacked."""

    path: str
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was really there: bytes read, never more than asked for plus one chunk, and their sha256."""

    size: int
    sha256: str


class _Form(Protocol):
    """One of the forms. ``faults``: what is wrong with the form itself, found without reading any content."""

    listed: tuple[Listed, ...]
    faults: tuple[Fault, ...]

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        """Hand the content of the files in ``limits`` to ``sink``, stopping each once it has more bytes than its limit."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that can be read."""

    path: Path
    format: Format
    form: _Form

    def read(self, name: str, limit: int = LARGEST_CONTRACT) -> bytes:
        """One file's content; raises IntegrityError (``bundle-damaged``) if it isn't there, unreadable or larger than ``limit``."""
        parts: list[bytes] = []
        if not any(each.path == name for each in self.form.listed):
            raise damaged(self.path, (*self.form.faults, Fault(name, "is missing")))
        faults = tuple(self.form.stream({name: limit}, lambda _, data: parts.append(data)))
        content = b"".join(parts)
        if len(content) > limit:
            faults = (*faults, Fault(name, f"is larger than {limit:,} bytes"))
        if faults:
            raise damaged(self.path, faults)
        return content

    @functools.cached_property
    def manifest(self) -> Manifest:
        """Decoded, and proven to fit its bytes only by ``verify_bundle``."""
        return decode_manifest(self.read(MANIFEST))

    def digests(self, limits: Mapping[str, int], advance: Callable[[int], None]) -> tuple[dict[str, Seen], list[Fault]]:
        """Hash the files in ``limits``, none further than its limit; ``advance`` hears of bytes."""
        hashes = {path: hashlib.sha256() for path in limits}
        sizes = dict.fromkeys(limits, 0)

        def sink(path: str, data: bytes) -> None:
            hashes[path].update(data)
            sizes[path] += len(data)
            advance(len(data))

        faults = list(self.form.stream(limits, sink))
        return {path: Seen(size=sizes[path], sha256=hashes[path].hexdigest()) for path in limits}, faults


def open_bundle(path: Path) -> Bundle:
    """Look what form ``path`` has; raises InputError (``bundle-unreadable``), IntegrityError (``bundle-damaged``)."""
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            raise InputError("bundle-unreadable", f"the folder {path} is no bundle: it has no {MANIFEST}")
        return Bundle(path=path, format="dir", form=FolderForm(path))
    try:
        with path.open("rb") as stream:
            head = stream.read(6)
    except OSError as error:
        raise InputError("bundle-unreadable", f"{path} can't be read: {error.strerror or error}") from None
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        from bundler.pack.seven import SevenForm

        return Bundle(path=path, format="7z", form=SevenForm(path))
    if not head.startswith(b"PK"):
        raise InputError(
            "bundle-unreadable", f"{path} is neither a zip nor a 7z", hint="name the archive or its folder"
        )
    return Bundle(path=path, format="zip", form=ZipForm(path))


def damaged(path: Path, faults: tuple[Fault, ...]) -> IntegrityError:
    """The one error for a bundle that isn't what it should be, with all that is wrong."""
    return IntegrityError(
        "bundle-damaged",
        f"{path} is damaged or was changed: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}",
        context=tuple(str(each) for each in faults),
        hint="take it from its source again, or build it again; don't install it",
    )


def expansion_fault(path: Path, listed: tuple[Listed, ...]) -> Iterator[Fault]:
    """A file that says it unpacks to far more than programs do is made to fill a disk."""
    total, packed = sum(each.size for each in listed), path.stat().st_size
    if total > packed * _MOST_EXPANSION + LARGEST_CONTRACT:
        yield Fault("", f"says that its {packed:,} bytes unpack to {total:,}")


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
