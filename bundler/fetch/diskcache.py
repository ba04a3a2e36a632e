"""Small derived data on disk: one file an entry, checked when it is read; whatever is wrong with one is a miss."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
from typing import TYPE_CHECKING

from bundler.plain_file import plain_opener

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"bundle-cache-1\n"
_DIGEST = 16
_LARGEST = 1 << 28
"""Bytes of an entry: a multiple of the largest page that is read. It is read as a whole."""


class DiskCache:
    """``bundler.model.ports.Cache`` under ``root/cache``; safe with several threads and processes. Never fails: it forgets."""

    def __init__(self, root: Path) -> None:
        self._root = str(root / "cache")

    def load(self, kind: str, key: str) -> bytes | None:
        """What was saved under ``key``, None if nothing (whole) is there."""
        try:
            with open(self._path(kind, key), "rb", opener=plain_opener) as file:
                state = os.fstat(file.fileno())
                if os.name != "nt" and state.st_mode & stat.S_IWOTH:
                    return None  # made where a umask let everybody write
                if state.st_size > _LARGEST:
                    return None
                data = file.read()
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST
        value = data[start:]
        if data[:start] != _MAGIC + _checksum(key, value):
            return None
        return value

    def save(self, kind: str, key: str, value: bytes) -> None:
        """Keep ``value`` under ``key``; a full disk or one that can't be written to is no error here."""
        path = self._path(kind, key)
        if len(value) > _LARGEST - len(_MAGIC) - _DIGEST:
            return
        with contextlib.suppress(OSError):
            self._write(path, _MAGIC + _checksum(key, value) + value)

    def _write(self, path: str, data: bytes) -> None:
        temporary = f"{path}.{os.getpid()}-{threading.get_ident()}.tmp"
        try:
            try:
                _put(temporary, data)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as above
                _put(temporary, data)
            os.replace(temporary, path)  # noqa: PTH105 - as above
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 - as above
            raise

    def _path(self, kind: str, key: str) -> str:
        # one flat folder a kind: making a tree of folders takes longer than finding a name among thousands
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return os.path.join(self._root, kind, name)  # noqa: PTH118 - as above


def _put(path: str, data: bytes) -> None:
    with open(path, "wb") as file:  # noqa: PTH123 - as above
        file.write(data)


def _checksum(key: str, value: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode() + b"\0", digest_size=_DIGEST)
    digest.update(value)
    return digest.digest()
