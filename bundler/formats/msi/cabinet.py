"""Cabinets: stored or MSZIP, as distutils' msilib writes them, or LZX ([MS-CAB], [MS-MCI]). Everything is checked: order, lengths, checksums.

Own code, since a build host has no unpacker for them that could be relied on, and deflate is in the standard library.
"""

from __future__ import annotations

import array
import dataclasses
import functools
import itertools
import operator
import struct
import sys
import zlib
from typing import TYPE_CHECKING

from bundler.formats.msi.lzx import lzx_unpacker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bundler.formats.archives.streams import Sink

_HEAD = struct.Struct("<4s4xI4xI4xBBHHHHH")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")
_BLOCK = struct.Struct("<IHH")
_HAS_PREVIOUS, _HAS_NEXT, _HAS_RESERVE = 1, 2, 4
_STORED, _MSZIP, _LZX = 0, 1, 3
_MOST = 32768
_NAME_IS_UTF8 = 0x80


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CabinetFile:
    """``start`` and ``size`` in the unpacked bytes of the folder with the number ``folder``."""

    name: str
    folder: int
    start: int
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Folder:
    start: int
    end: int
    blocks: int
    method: int
    window: int


class Cabinet:
    """One cabinet in memory; raises ValueError, struct.error or zlib.error where it isn't whole."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        magic, size, place, _, _, folders, files, flags, _, _ = _HEAD.unpack_from(data)
        if magic != b"MSCF" or size > len(data):
            raise ValueError("its cabinet is truncated or invalid")
        if flags & (_HAS_PREVIOUS | _HAS_NEXT):
            raise ValueError("its cabinet goes on in another file")
        start, reserve, self._block_reserve = _HEAD.size, 0, 0
        if flags & _HAS_RESERVE:
            own, reserve, self._block_reserve = struct.unpack_from("<HBB", data, start)
            start += 4 + own
        rows = [_FOLDER.unpack_from(data, start + each * (_FOLDER.size + reserve)) for each in range(folders)]
        self._folders = tuple(_folders(rows, len(data)))
        self.files = tuple(self._files(place, files))

    def _files(self, place: int, count: int) -> Iterator[CabinetFile]:
        for _ in range(count):
            size, start, folder, _, _, attributes = _FILE.unpack_from(self._data, place)
            end = self._data.index(b"\0", place + _FILE.size, place + _FILE.size + 257)
            name = self._data[place + _FILE.size : end]
            if folder >= len(self._folders):
                raise ValueError(f"its cabinet has no folder {folder}")
            yield CabinetFile(
                name=name.decode("utf-8" if attributes & _NAME_IS_UTF8 else "latin-1"),
                folder=folder,
                start=start,
                size=size,
            )
            place = end + 1

    def extract(self, visit: Callable[[CabinetFile], Sink | None]) -> None:
        """Give each file's bytes to the sink that ``visit`` answers with, in their order."""
        held: dict[int, list[CabinetFile]] = {}
        for each in sorted(self.files, key=lambda each: (each.start, each.size)):
            held.setdefault(each.folder, []).append(each)
        for number, files in sorted(held.items()):
            stream = self._blocks(self._folders[number])
            rest, place = memoryview(b""), 0
            for each in files:
                if each.start != place:
                    raise ValueError(f"its cabinet has {each.name} over another file, or a gap before it")
                sink = visit(each)
                try:
                    left = each.size
                    while left:
                        if not rest:
                            rest = memoryview(next(stream, b""))
                            if not rest:
                                raise ValueError(f"its cabinet ends within {each.name}")
                        taken = rest[:left]
                        if sink is not None:
                            sink.write(bytes(taken))
                        left -= len(taken)
                        rest = rest[len(taken) :]
                finally:
                    if sink is not None:
                        sink.close()
                place += each.size

    def _blocks(self, folder: _Folder) -> Iterator[bytes]:
        if folder.method not in (_STORED, _MSZIP, _LZX):
            raise ValueError(f"its cabinet is packed by method {folder.method}, which nothing reads")
        place, window = folder.start, b""
        lzx = lzx_unpacker(folder.window) if folder.method == _LZX else None
        for _ in range(folder.blocks):
            checksum, packed, size = _BLOCK.unpack_from(self._data, place)
            begin = place + _BLOCK.size + self._block_reserve
            content = self._data[begin : begin + packed]
            if len(content) < packed or not 0 < size <= _MOST:
                raise ValueError("a block of its cabinet is cut or too long")
            if begin + packed > folder.end:
                raise ValueError("a block of its cabinet reaches into another folder")
            if checksum and checksum != _checksum(self._data[place + 4 : begin], _checksum(content)):
                raise ValueError("a block of its cabinet has another checksum")
            place = begin + packed
            if lzx is not None:
                window = lzx(content, size)
            else:
                window = content if folder.method == _STORED else _inflated(content, size, window)
            if len(window) != size:
                raise ValueError("a block of its cabinet unpacks to another length")
            yield window


def _folders(rows: Sequence[tuple[int, int, int]], size: int) -> Iterator[_Folder]:
    """Out of a cabinet of ``size`` bytes. Folders that share blocks would unpack to far more than it holds."""
    starts = sorted(start for start, blocks, _ in rows if blocks)
    ends = dict(itertools.pairwise([*starts, size]))
    if len(ends) < len(starts):
        raise ValueError("its cabinet has several folders of the same blocks")
    for start, blocks, method in rows:
        end = ends.get(start, size)
        yield _Folder(start=start, end=end, blocks=blocks, method=method & 0x0F, window=method >> 8 & 0x1F)


def _inflated(content: bytes, size: int, window: bytes) -> bytes:
    """One MSZIP block: deflate that may refer back into the block before it."""
    if not content.startswith(b"CK"):
        raise ValueError("a block of its cabinet is not valid MSZIP")
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS, zdict=window) if window else zlib.decompressobj(-zlib.MAX_WBITS)
    return decompressor.decompress(content[2:], size + 1)


def _checksum(data: bytes, seed: int = 0) -> int:
    """The exclusive or of little-endian words; the last one to three bytes count in reverse."""
    whole = len(data) // 4 * 4
    words = array.array("I", data[:whole])
    if sys.byteorder == "big":
        words.byteswap()
    return functools.reduce(operator.xor, words, seed) ^ int.from_bytes(data[whole:], "big")
