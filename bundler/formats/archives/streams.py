"""Reading zip and tar as streams: each entry is named to a visitor, which may take its bytes.

A reader holds a few hundred kilobytes at a time and believes nothing that the archive says of itself.
"""

from __future__ import annotations

import bz2
import calendar
import contextlib
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, Protocol

from bundler.formats.bounded_zip import BoundedFile, TooManyEntriesError, open_zip
from bundler.formats.zip_records import ENCRYPTED, LOCAL_SIZE, read_local
from bundler.plain_file import open_plain, plain_opener

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.formats.archives.guard import Guard

_CHUNK = 1 << 18
_XZ_MEMORY = 256 << 20
_TAR_HEADER = 1 << 18  # far more than any name needs; a pax header may claim gigabytes
_TAR_RECORDS = 1_000_000  # of pax, those for all members counted with each: tarfile looks at them and keeps them so
_TAR_BLOCK = 512
_MOST_FRAMES = 100_000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})


class Sink(Protocol):
    """Takes the bytes of one file."""

    def write(self, data: bytes, /) -> object: ...

    def close(self) -> None: ...


Visit = Callable[[str], Sink | None]
"""Called with the safe path of each file, in the archive's order; answers where its bytes go, None: nowhere."""

Link = Callable[[str, str], None]
"""Called with the safe path of each link and the path inside the archive that it leads to, be something there or not."""


def walk_zip(archive: Path, guard: Guard, visit: Visit) -> None:
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(open_zip(archive))
        except TooManyEntriesError as error:
            raise guard.fault("archive-bomb", f"can't be read: {error}") from error
        infos = opened.infolist()
        guard.expect(sum(info.file_size for info in infos))
        _refuse_overlaps(archive, opened, guard)
        for info in infos:
            folder = info.orig_filename.endswith(("/", "\\"))
            path = guard.enter(info.orig_filename, folder=folder)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise guard.fault("archive-unsafe", f"holds {path!r}, which is a link or a device")
            if info.flag_bits & ENCRYPTED:
                raise guard.fault("archive-encrypted", f"holds {path!r} encrypted")
            if info.compress_type not in _METHODS:
                raise guard.fault("archive-unreadable", f"holds {path!r} packed by method {info.compress_type}")
            guard.date(calendar.timegm((*info.date_time, 0, 0, 0)))
            if folder:
                continue
            with opened.open(info) as source:  # it may fail: before there is a sink to close
                if sink := visit(path):
                    copy_to(source, sink, guard)


def _refuse_overlaps(archive: Path, opened: zipfile.ZipFile, guard: Guard) -> None:
    """Entries that share bytes unpack to far more than the archive holds, and readers disagree about them."""
    end = 0
    with BoundedFile(archive, opener=plain_opener) as stream:
        for info in sorted(opened.infolist(), key=lambda each: each.header_offset):
            if info.header_offset < end:
                raise guard.fault("archive-unsafe", f"holds {info.filename!r} over another entry")
            stream.seek(info.header_offset)
            end = info.header_offset + read_local(stream.read(LOCAL_SIZE), info.filename) + info.compress_size
    if end > opened.start_dir:
        raise guard.fault("archive-unsafe", "holds an entry over its own directory")


def walk_tar(
    archive: Path,
    guard: Guard,
    visit: Visit,
    *,
    unpack: Callable[[IO[bytes]], IO[bytes]] | None,
    link: Link | None = None,
) -> None:
    """``link`` gets the links, which are refused where it is None."""
    with open_plain(archive) as stream:
        metered = _Metered(unpack(stream) if unpack else stream, guard)
        records = 0
        with tarfile.open(fileobj=metered, mode="r|") as opened:
            while True:
                metered.allowance = _TAR_HEADER
                member = opened.next()
                if member is None:
                    break
                opened.members.clear()  # type: ignore[attr-defined]  # or all would be kept
                records += len(member.pax_headers)
                if records > _TAR_RECORDS:
                    raise guard.fault("archive-bomb", f"has more than {_TAR_RECORDS} records in its headers")
                guard.date(member.mtime)
                if link is not None and (member.issym() or member.islnk()):
                    path = guard.enter(member.name, folder=False)
                    link(path, _led_to(path, member, guard))
                else:
                    _tar_member(opened, member, metered, guard, visit)
        metered.drain()


def _tar_member(
    opened: tarfile.TarFile, member: tarfile.TarInfo, metered: _Metered, guard: Guard, visit: Visit
) -> None:
    path = guard.enter(member.name, folder=member.isdir())
    if member.isdir():
        return
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise guard.fault("archive-unsafe", f"holds {path!r}, which is a link or a device")
    source = opened.extractfile(member)
    if source is None:
        raise tarfile.ReadError(f"no bytes of {path!r}")
    metered.allowance = None
    copy_to(source, visit(path) or Nowhere())


def _led_to(path: str, member: tarfile.TarInfo, guard: Guard) -> str:
    """A symbolic link is read from its own folder, a hard one from the archive's root."""
    parts = path.split("/")[:-1] if member.issym() else []
    for each in member.linkname.split("/"):
        if each == "..":
            parts[-1:] = [] if parts else [each]
        elif each not in ("", "."):
            parts.append(each)
    if member.linkname.startswith("/") or ".." in parts:
        raise guard.fault("archive-unsafe", f"holds {path!r}, a link that leads out of it")
    return "/".join(parts)


class _Metered(io.RawIOBase):
    """The unpacked stream of a tar, counted; ``allowance`` bytes may be read for a header, None: no such bound."""

    def __init__(self, source: IO[bytes], guard: Guard) -> None:
        super().__init__()
        self._source = source
        self._guard = guard
        self._last = b""
        self.allowance: int | None = _TAR_HEADER  # opening it reads the first one

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(_CHUNK if size < 0 else min(size, _CHUNK))
        self._guard.grow(len(data))
        if self.allowance is not None:
            self.allowance -= len(data)
            if self.allowance < 0:
                raise self._guard.fault("archive-bomb", f"has a header of more than {_TAR_HEADER >> 10} KiB")
        self._last = (self._last + data)[-_TAR_BLOCK:]
        return data

    def drain(self) -> None:
        """Read on to the end, where the packed stream has its checksum and every tar has a block of zeros."""
        self.allowance = None
        while self.read(_CHUNK):
            pass
        if self._last != bytes(_TAR_BLOCK):
            raise EOFError("the end is missing")


class Nowhere:
    """A sink for what nobody wants."""

    def write(self, data: bytes, /) -> None:
        pass

    def close(self) -> None:
        pass


def gzipped(stream: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(gzip.GzipFile(fileobj=stream))


def bzipped(stream: IO[bytes]) -> IO[bytes]:
    return bz2.BZ2File(stream)


def xzipped(stream: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(_Xz(stream))


class _Xz(io.RawIOBase):
    """One xz stream with a bound on its memory, which ``lzma.LZMAFile`` hasn't."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while not self._decompressor.eof:
            fed = self._source.read(_CHUNK) if self._decompressor.needs_input else b""
            if self._decompressor.needs_input and not fed:
                raise EOFError("the end of the xz stream is missing")
            data = self._decompressor.decompress(fed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0


class Zst(io.RawIOBase):
    """Zstandard in at most ``_MOST_FRAMES``, each of which costs a decompressor: files that compress by many threads have thousands, and one may
    have eight bytes and nothing in it. ``new`` makes a decompressor.
    """

    def __init__(self, source: IO[bytes], new: Callable[[], Any], guard: Guard) -> None:
        super().__init__()
        self._source, self._new, self._guard = source, new, guard
        self._decompressor, self._frames = new(), 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while True:
            if self._decompressor.eof:
                fed = self._decompressor.unused_data or self._source.read(_CHUNK)
                if not fed:
                    return 0
                self._frames += 1
                if self._frames > _MOST_FRAMES:
                    raise self._guard.fault("archive-bomb", f"is packed in more than {_MOST_FRAMES} parts")
                self._decompressor = self._new()
            else:
                fed = self._source.read(_CHUNK) if self._decompressor.needs_input else b""
                if self._decompressor.needs_input and not fed:
                    raise EOFError("the end of the zstd stream is missing")
            data = self._decompressor.decompress(fed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)


def copy_to(source: IO[bytes], sink: Sink, guard: Guard | None = None) -> None:
    """All bytes of ``source``, counted by ``guard``; the sink is closed, whatever comes."""
    try:
        while data := source.read(_CHUNK):
            if guard is not None:
                guard.grow(len(data))
            sink.write(data)
    finally:
        sink.close()
