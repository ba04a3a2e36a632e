"""Small derived data on disk: one file an entry, checked when it is read; whatever is wrong with one is a miss."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

_MAGIC = b"bundle-cache-1\n"
_DIGEST = 16


class DiskCache:
    """``bundler.model.ports.Cache`` under ``root/cache``; safe with several threads and processes. Never fails: it forgets."""

    def __init__(self, root: Path) -> None:
        self._root = str(root / "cache")

    def load(self, kind: str, key: str) -> bytes | None:
        """What was saved under ``key``, None if nothing (whole) is there."""
        try:
            with open(self._path(kind, key), "rb") as file:  # noqa: PTH123 - hundreds a run; a Path takes thrice as long
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
        with contextlib.suppress(OSError):
            self._write(path, _MAGIC + _checksum(key, value) + value)

    def _write(self, path: str, data: bytes) -> None:
        folder = os.path.dirname(path)  # noqa: PTH120 - as above
        try:
            handle, temporary = tempfile.mkstemp(".tmp", "", folder)
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as above
            handle, temporary = tempfile.mkstemp(".tmp", "", folder)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(data)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise

    def _path(self, kind: str, key: str) -> str:
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return os.path.join(self._root, kind, name[:2], name)  # noqa: PTH118 - as above


def _checksum(key: str, value: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode() + b"\0", digest_size=_DIGEST)
    digest.update(value)
    return digest.digest()
