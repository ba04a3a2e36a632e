"""Bytes from a source to a sink, once, hashed on the way in threads of their own (hashlib lets go of the interpreter's lock)."""

from __future__ import annotations

import collections
import hashlib
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from bundler.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.pack.layout import Entry

CHUNK = 4 * 1024 * 1024
"""Bytes read at once. Memory stays at a few of these, whatever the bundle's size."""
_INLINE = 64 * 1024  # handing over less costs more than hashing it
_AHEAD = 3


class Digest:
    """A sha256 computed beside the caller; use it as a context manager and from one thread."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1)
        self._pending: collections.deque[Future[None]] = collections.deque()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def update(self, data: bytes) -> None:
        self.size += len(data)
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
        digest = self._sha256.hexdigest()
        self._sha256 = hashlib.sha256()
        self.size = 0
        return digest


def chunks(source: Path | bytes) -> Iterator[bytes]:
    """The source's bytes, some at a time; raises IntegrityError (``source-changed``) when it can't be read any more."""
    if isinstance(source, bytes):
        yield source
        return
    try:
        stream = source.open("rb", buffering=0)
    except OSError as error:
        raise IntegrityError("source-changed", f"{source} can't be read any more: {error}") from None
    with stream:
        while data := stream.read(CHUNK):
            yield data


def checked(entry: Entry, digest: Digest) -> Iterator[bytes]:
    """The entry's bytes; raises IntegrityError (``source-changed``) when they are not those of the layout any more.

    Stops before it hands out more than the entry's size.
    """
    for data in chunks(entry.source):
        digest.update(data)
        if digest.size > entry.size:
            break
        yield data
    size = digest.size
    if digest.take() != entry.sha256 or size != entry.size:
        raise changed(entry)


def changed(entry: Entry) -> IntegrityError:
    source = f"content of {entry.path}" if isinstance(entry.source, bytes) else str(entry.source)
    return IntegrityError(
        "source-changed",
        f"{source} changed while the bundle was being written",
        context=(entry.path,),
        hint="run the build again",
    )


def crc32(source: Path | bytes) -> int:
    """The checksum that a zip wants before the bytes; far cheaper than reading them, which warms the cache for the copy."""
    value = 0
    for data in chunks(source):
        value = zlib.crc32(data, value)
    return value
