"""Bytes from a source to a sink, once, hashed on the way in threads of their own (hashlib lets go of the interpreter's lock)."""

from __future__ import annotations

import collections
import hashlib
import io
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Self

from bundler.errors import IntegrityError
from bundler.model.artifact import Checksum, Part, Seal
from bundler.plain_file import plain_opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.pack.entry import Entry

CHUNK = 1024 * 1024
"""Bytes read at once: they stay in the processor's cache until they are hashed and written. Memory is a few of these."""
_BLOCK = 256 * 1024
"""Bytes that are gathered before they are hashed and written: fewer take longer to hand over than to hash."""
_INLINE = 64 * 1024  # handing over less costs more than hashing it
_AHEAD = 3


class Digest:
    """A sha256 computed beside the caller; use it as a context manager and from one thread."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1)
        self._pending: collections.deque[Future[None]] = collections.deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def update(self, data: bytes) -> None:
        while len(self._pending) > _AHEAD or (self._pending and self._pending[0].done()):
            self._pending.popleft().result()
        if len(data) < _INLINE and not self._pending:
            self._sha256.update(data)
        else:
            self._pending.append(self._pool.submit(self._sha256.update, data))

    def take(self) -> str:
        """The hexadecimal digest of what came since the last take; begins anew."""
        while self._pending:
            self._pending.popleft().result()
        digest, self._sha256 = self._sha256.hexdigest(), hashlib.sha256()
        return digest


class HashedFile:
    """A file that is hashed as it is written, in blocks: what is small is gathered first, as members of an archive mostly are."""

    def __init__(self, file: BinaryIO, digest: Digest) -> None:
        self._file, self._digest = file, digest
        self._waiting: list[bytes] = []
        self._gathered = 0

    def write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._gathered += len(data)
        if self._gathered >= _BLOCK:
            self._pass_on()

    def take(self) -> str:
        """Write what waits; the hexadecimal digest of all of it."""
        self._pass_on()
        return self._digest.take()

    def _pass_on(self) -> None:
        block = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
        self._waiting, self._gathered = [], 0
        self._digest.update(block)
        self._file.write(block)


class Sources:
    """Where the bytes of a bundle's entries lie, opened one after the other; use it as a context manager and from one thread.

    Thousands of entries may be parts of one file, which stays open for them.
    """

    def __init__(self) -> None:
        self.digest = Digest()
        self._opened: tuple[Path, BinaryIO] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.digest.__exit__()
        self._close()

    def at(self, source: Path | Part | bytes) -> tuple[BinaryIO, int]:
        """A stream in which the source begins where that stands; raises IntegrityError (``source-changed``)."""
        if isinstance(source, bytes):
            return io.BytesIO(source), 0
        path, start = (source.path, source.start) if isinstance(source, Part) else (source, 0)
        if self._opened is None or self._opened[0] is not path:
            self._close()
            self._opened = path, _open(path)
        self._opened[1].seek(start)
        return self._opened[1], start

    def _close(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None


def checked(entry: Entry, sources: Sources, crc: int | None = None) -> Iterator[bytes]:
    """The entry's bytes; raises IntegrityError (``source-changed``) when they are not those of the layout any more.

    A file that the file system says nobody wrote to since it was hashed isn't hashed again: that would be half of a
    build's work. Where it says something else, at first or in between, the bytes decide: a parallel build or a hard link changes what
    is said of a file whose bytes stay. ``crc``: what has been written down of the entry. Hands out no more than the entry's size.
    """
    stream, start = sources.at(entry.source)
    digest = sources.digest
    left = (
        entry.source.size if isinstance(entry.source, Part) else entry.size + 1
    )  # one more, to see that there is more
    size, seen = 0, 0
    sealed = entry.seal is not None
    while left and (data := stream.read(min(CHUNK, left))):
        if sealed and not _is_sealed(entry, stream):
            # what was handed out before was right, of this part nobody can say it: hash all of it, and read this part again
            sealed = False
            stream.seek(start)
            seen = _hash_again(stream, size, digest)
            continue
        left -= len(data)
        size += len(data)
        if size > entry.size:
            break
        if not sealed:
            digest.update(data)
            seen = zlib.crc32(data, seen) if crc is not None else 0
        yield data
    right = sealed or (digest.take() == entry.sha256 and crc in (None, seen))
    if not right or size != entry.size:
        raise changed(entry)


def _hash_again(stream: BinaryIO, size: int, digest: Digest) -> int:
    """Hash the next ``size`` bytes, after which the stream stands then; gives their CRC-32."""
    crc, left = 0, size
    while left and (data := stream.read(min(CHUNK, left))):
        digest.update(data)
        crc = zlib.crc32(data, crc)
        left -= len(data)
    return crc


def _is_sealed(entry: Entry, stream: BinaryIO) -> bool:
    return Seal.of(os.fstat(stream.fileno())) == entry.seal


def _open(path: Path) -> BinaryIO:
    try:
        return io.FileIO(path, opener=plain_opener)
    except OSError as error:
        raise IntegrityError("source-changed", f"{path} can't be read any more: {error}") from None


def source_stream(source: Path | Part | bytes) -> BinaryIO:
    """Raises IntegrityError (``source-changed``)."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, Part):
        return _PartStream(_open(source.path), source)  # type: ignore[return-value]
    return _open(source)


class _PartStream(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, stream: BinaryIO, part: Part) -> None:
        super().__init__()
        self._stream, self._part = stream, part
        self._left = part.size
        stream.seek(part.start)

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(self._left if size < 0 else min(size, self._left)) or b""
        self._left -= len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence != os.SEEK_SET:
            raise io.UnsupportedOperation("from its beginning only")
        self._left = self._part.size - offset
        return self._stream.seek(self._part.start + offset)

    def fileno(self) -> int:
        return self._stream.fileno()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()


def changed(entry: Entry) -> IntegrityError:
    source = f"content of {entry.path}"
    if not isinstance(entry.source, bytes):
        source = str(entry.source.path if isinstance(entry.source, Part) else entry.source)
    return IntegrityError(
        "source-changed",
        f"{source} changed while the bundle was being written",
        context=(entry.path,),
        hint="run the build again",
    )


def crc32(source: Path | Part | bytes) -> int:
    """The checksum that a zip wants before the bytes, of what wasn't hashed in this run."""
    if isinstance(source, bytes):
        return zlib.crc32(source)
    with source_stream(source) as stream:
        return Checksum.of(stream).crc32
