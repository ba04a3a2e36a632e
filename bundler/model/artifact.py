"""A file that is known by its hash, wherever it comes from."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import zlib
from pathlib import Path
from typing import BinaryIO, Literal

from packaging.utils import canonicalize_name

from bundler.plain_file import open_plain

SHA256 = re.compile(r"[0-9a-f]{64}")
"""As it stands in all that is written for machines."""
_BLOCK = 1024 * 1024


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """One file to fetch. Exactly one of ``url`` (no credentials, no fragment) and ``path`` (absolute) is set.

    ``size`` is in bytes, None if nobody said it; ``sha256`` is 64 lower-case hex digits, None only before the first sight.
    """

    filename: str
    url: str | None = None
    path: str | None = None
    size: int | None = None
    sha256: str | None = None

    @property
    def origin(self) -> str:
        """Where it comes from, for people."""
        return self.url or self.path or self.filename


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Seal:
    """What the file system said of a file when it was hashed: as long as it says the same, nobody has written to it.

    Where it says something else, the bytes may still be the same, and are to be hashed again: a further link changes it too.
    ``changed`` is what nobody can set back (on Windows it is the time of creation, which says nothing here).
    """

    size: int
    modified: int
    changed: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> Seal:
        return cls(
            size=status.st_size,
            modified=status.st_mtime_ns,
            changed=status.st_ctime_ns,
            inode=status.st_ino,
            device=status.st_dev,
        )


class Checksum:
    """What becomes known of bytes as they pass by: their sha256, the CRC-32 that a zip wants, their number."""

    __slots__ = ("_sha256", "crc32", "size")

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.crc32 = 0
        self.size = 0

    @classmethod
    def of(cls, stream: BinaryIO) -> Checksum:
        """That of everything from here to the end of the stream, read with constant memory."""
        found, buffer = cls(), memoryview(bytearray(_BLOCK))
        while length := stream.readinto(buffer):  # type: ignore[attr-defined]
            found.update(buffer[:length])
        return found

    def update(self, block: bytes | memoryview) -> None:
        self._sha256.update(block)
        self.crc32 = zlib.crc32(block, self.crc32)
        self.size += len(block)

    @property
    def sha256(self) -> str:
        """In lower-case hex."""
        return self._sha256.hexdigest()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file that was checked: its bytes had this hash when it was handed out. The path stays valid for the whole run.

    ``seal`` was taken when it was hashed; None: whoever uses the file later hashes it again. ``crc32`` is from the same reading.
    """

    path: Path
    sha256: str
    size: int
    seal: Seal | None = dataclasses.field(default=None, compare=False)
    crc32: int | None = dataclasses.field(default=None, compare=False)

    @classmethod
    def of(cls, path: Path) -> StoredFile:
        """A file that this run itself made, hashed."""
        with open_plain(path) as stream:
            seal = Seal.of(os.fstat(stream.fileno()))
            found = Checksum.of(stream)
        return cls(path=path, sha256=found.sha256, size=seal.size, seal=seal, crc32=found.crc32)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelFile:
    """A wheel for the target, ready to be packed. ``filename`` is a valid wheel name (PEP 427).

    ``origin``: where it came from, for people and without credentials; ``made_from``: what this host built it from,
    None: it came as a wheel, ``wheel``: as one whose programs were signed here, by ``signed_by``, empty: none were. ``requested``: the recipe
    itself asks for the package.
    """

    filename: str
    file: StoredFile
    origin: str
    made_from: Literal["sdist", "project", "legacy", "wheel"] | None = None
    requested: bool = False
    signed_by: str = ""

    @property
    def package(self) -> str:
        """The name of its package, normalized."""
        return canonicalize_name(self.filename.partition("-")[0])


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of a file of this host: ``size`` bytes from ``start`` on."""

    path: Path
    start: int
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TreeFile:
    """One file of a tree: ``path`` with ``/``, in ASCII; ``start``: where its ``size`` bytes begin in the tree's content."""

    path: str
    start: int
    size: int
    sha256: str
    crc32: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """Files of a Python that runs where it lies, one behind the other in ``content``; ``files`` sorted by their paths.

    ``python`` is the path of python.exe.
    """

    content: StoredFile
    python: str
    files: tuple[TreeFile, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.files)

    @property
    def has_venv(self) -> bool:
        """Whether ``python -m venv`` works with it: the module, and the launchers that it copies from beside itself.

        Inside a zip the module couldn't find them; without them an environment gets a copy of python.exe with no DLL.
        """
        there = {path.lower() for path in self.paths}
        return "lib/venv/__init__.py" in there and any(
            path.startswith("lib/venv/scripts/nt/") and path.endswith(".exe") for path in there
        )

    @property
    def installed_size(self) -> int:
        """In bytes."""
        return sum(each.size for each in self.files)

    def part(self, file: TreeFile) -> Part:
        return Part(path=self.content.path, start=file.start, size=file.size)
