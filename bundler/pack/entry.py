"""One file of a bundle before it is written."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from bundler.model.artifact import Part, Seal, StoredFile


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file of the bundle: ``source`` is a file of this host, a part of one, or the content itself; ``sha256`` and ``size`` are what it must be.

    ``seal``: what the file system said of the source's file when it was hashed; ``crc32`` is from the same reading.
    """

    path: str
    source: Path | Part | bytes
    size: int
    sha256: str
    seal: Seal | None = None
    crc32: int | None = None


def stored_entry(path: str, file: StoredFile) -> Entry:
    return Entry(path=path, source=file.path, size=file.size, sha256=file.sha256, seal=file.seal, crc32=file.crc32)


def bytes_entry(path: str, content: bytes) -> Entry:
    return Entry(path=path, source=content, size=len(content), sha256=hashlib.sha256(content).hexdigest())
