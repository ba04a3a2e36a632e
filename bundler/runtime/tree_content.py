"""The files of a tree in one file: read out of an archive, and laid out on the disk again where programs must lie in folders.

A Python has thousands of files, and making each of them takes longer than all else that is done with them.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, BinaryIO

from bundler.atomic import scratch_folder
from bundler.model.artifact import Checksum, Tree, TreeFile
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bundler.model.artifact import StoredFile
    from bundler.model.ports import Shelf

_BLOCK = 1024 * 1024


class Gathered:
    """Takes the files of an archive as ``walk`` names them, and writes them to ``stream`` one behind the other.

    ``places``: where each begins, and its size.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.places: dict[str, tuple[int, int]] = {}

    def visit(self, path: str) -> _GatheredFile:
        return _GatheredFile(self, path)


class _GatheredFile:
    """The sink of one file; the archive's readers hand out one after the other."""

    def __init__(self, gathered: Gathered, path: str) -> None:
        self._gathered, self._path = gathered, path
        self._start = gathered.stream.tell()
        self._size = 0

    def write(self, data: bytes, /) -> None:
        self._gathered.stream.write(data)
        self._size += len(data)

    def close(self) -> None:
        if self._gathered.stream.tell() != self._start + self._size:
            raise ValueError(f"{self._path} is not in one piece")
        self._gathered.places[self._path] = (self._start, self._size)


def keep(stream: BinaryIO, places: Mapping[str, tuple[int, int]], shelf: Shelf) -> tuple[StoredFile, list[TreeFile]]:
    """Put the files that lie in ``stream`` at ``places`` onto the shelf as one, in the order of their paths; and say what they are."""
    joined = _Joined(stream, sorted((path, *place) for path, place in places.items()))
    return shelf.add(io.BufferedReader(joined, _BLOCK)), joined.files


class _Joined(io.RawIOBase):
    """Pieces of a stream as one, each with its checksum once all is read."""

    def __init__(self, stream: BinaryIO, pieces: Sequence[tuple[str, int, int]]) -> None:
        super().__init__()
        self._blocks = self._read(stream, pieces)
        self._left = memoryview(b"")
        self.files: list[TreeFile] = []

    def _read(self, stream: BinaryIO, pieces: Sequence[tuple[str, int, int]]) -> Iterator[bytes]:
        at = 0
        for path, start, size in pieces:
            found = Checksum()
            stream.seek(start)
            while found.size < size:
                block = stream.read(min(_BLOCK, size - found.size))
                if not block:
                    raise EOFError(f"the end of {path} is missing")
                found.update(block)
                yield block
            self.files.append(TreeFile(path=path, start=at, size=size, sha256=found.sha256, crc32=found.crc32))
            at += size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken


def spread(tree: Tree, folder: Path, wanted: Callable[[str], bool] = lambda _: True) -> None:
    """Lay the files of a tree whose paths are ``wanted`` out below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_plain(tree.content.path) as content:
        for each in tree.files:
            if wanted(each.path):
                path = folder / each.path
                path.parent.mkdir(parents=True, exist_ok=True)
                content.seek(each.start)
                with path.open("wb") as file:
                    _copy(content, file, each.size)


def _copy(source: BinaryIO, file: BinaryIO, size: int) -> None:
    while size and (block := source.read(min(_BLOCK, size))):
        file.write(block)
        size -= len(block)


@contextlib.contextmanager
def spread_out(tree: Tree, wanted: Iterable[str], work: Path) -> Iterator[Path]:
    """A temporary folder, below ``work``, with some files of a tree."""
    work.mkdir(parents=True, exist_ok=True)
    with scratch_folder("tree-", work) as folder:
        spread(tree, folder, frozenset(wanted).__contains__)
        yield folder
