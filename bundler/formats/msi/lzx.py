"""LZX, by which the cabinets of python.org's MSIs are packed.

Source: [MS-PATCH] (trees, blocks, matches, calls) for the sizes of window that cabinets have; [MS-CAB] (one frame in each block of a cabinet).
Where the texts differ from what Microsoft's packer writes, such as the order of the trees, the packer counts.

A frame is at most 32 KiB unpacked and begins on a new word of 16 bits; matches reach back into the frames before it and end
with their own. A bit's place in the frame is one number: the 64 bits from each word on are made beforehand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SMALLEST, _LARGEST = 15, 21
_FRAME = 1 << 15
_VERBATIM, _ALIGNED, _UNCOMPRESSED = 1, 2, 3
_LEAST_OF_A_BLOCK, _SPARE_BLOCKS = 4096, 256
"""Unpacked bytes on average, and how many blocks may have fewer; packers begin one where the content changes. Microsoft's makes none of fewer than 4096
symbols but for a folder's last ones, and each symbol is a byte or more.
"""
_DEEPEST = 16  # bits of the longest code of a tree
_LITERALS = 256
_LENGTHS = 249
_LAST_TRANSLATED = 32768  # frames of one gigabyte
_TAIL = 10  # bytes at a frame's end in which no call is translated
_CALL = 0xE8


def _slots(window: int) -> tuple[tuple[int, int], ...]:
    """For each position slot of a window of 2**``window`` bytes, the first offset and how many bits are added to it."""
    found: list[tuple[int, int]] = []
    first = 0
    while first < 1 << window:
        bits = min(17, max(0, len(found) // 2 - 1))
        found.append((first, bits))
        first += 1 << bits
    return tuple(found)


_SLOTS = {window: _slots(window) for window in range(_SMALLEST, _LARGEST + 1)}


def lzx_unpacker(window: int) -> Callable[[bytes, int], bytes]:
    """A function that unpacks the blocks of one folder, in their order: packed bytes and unpacked size -> bytes.

    ``window``: the history's size as a power of two, 15 to 21; up to twice that is held. Raises ValueError for what isn't valid LZX.
    """
    if window not in _SLOTS:
        raise ValueError(f"its cabinet is packed by LZX with a window of 2**{window} bytes")
    return _Folder(window).unpack


class _Bits:
    """The bits of one frame: words of 16 bits, the lower byte first, the highest bit first; ``place`` counts bits."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.limit = 8 * len(content)
        self.place = 0
        even = content + bytes(10 + len(content) % 2)  # what is read beyond the end is zeros, and found out afterwards
        swapped = bytearray(len(even))
        swapped[0::2], swapped[1::2] = even[1::2], even[0::2]
        words = len(even) // 2 - 3
        self.windows = [0] * words
        """The 64 bits from each word on."""
        for shift in range(4):
            count = (words - shift + 3) // 4
            self.windows[shift::4] = struct.unpack_from(f">{count}Q", swapped, 2 * shift)

    def read(self, count: int) -> int:
        """The next bits, at most 24."""
        if self.place + count > self.limit:
            raise _cut()
        found = self.windows[self.place >> 4] >> (64 - count - (self.place & 15)) & ((1 << count) - 1)
        self.place += count
        return found

    def symbol(self, table: Sequence[int]) -> int:
        """The next symbol of a tree with codes of up to 16 bits."""
        code = self.windows[self.place >> 4] >> (48 - (self.place & 15)) & 0xFFFF
        if self.place >= self.limit or code >= len(table):
            raise _cut()
        entry = table[code]
        self.place += entry & 31
        return entry >> 5

    def take(self, size: int) -> bytes:
        """Whole bytes from a place that is one."""
        start = self.place >> 3
        if start + size > len(self.content):
            raise _cut()
        self.place += 8 * size
        return self.content[start : start + size]


class _Folder:
    """The state that goes from frame to frame."""

    def __init__(self, window: int) -> None:
        self._reach = 1 << window
        self._slots = _SLOTS[window]
        self._history = bytearray()
        self._repeats = (1, 1, 1)
        self._main_lengths = [0] * (_LITERALS + 8 * len(self._slots))
        self._length_lengths = [0] * _LENGTHS
        self._main: list[int] = []
        self._lengths: list[int] = []
        self._aligned: list[int] | None = None
        self._kind = self._left = 0  # of the block that goes on
        self._is_odd = False
        self._frames = self._blocks = self._unpacked = 0
        self._translated_size = 0

    def unpack(self, content: bytes, size: int) -> bytes:
        if size > _FRAME:
            raise ValueError("a block of its cabinet is too long")
        bits = _Bits(content)
        if not self._frames and bits.read(1):
            self._translated_size = bits.read(16) << 16 | bits.read(16)
        history = self._history
        if len(history) > 2 * self._reach:
            del history[: len(history) - self._reach]
        start = len(history)
        while (missing := start + size - len(history)) > 0:
            if not self._left:
                self._blocks += 1
                # each has trees of its own, which take a thousand times as long as its bits
                if self._blocks > _SPARE_BLOCKS + self._unpacked // _LEAST_OF_A_BLOCK:
                    raise ValueError("a block of its cabinet has more of LZX's own blocks in it than any packer makes")
                self._begin_block(bits)
            wanted = min(missing, self._left)
            if self._kind == _UNCOMPRESSED:
                history += bits.take(wanted)
            else:
                self._unpack_symbols(bits, wanted)
            self._left -= wanted
            if not self._left and self._is_odd:  # a filler, which is cut off with the last frame
                bits.place += 8
        if bits.place > bits.limit + (8 if self._is_odd else 0):
            raise _cut()
        found = bytes(history[start:])
        self._frames += 1
        self._unpacked += size
        if self._translated_size and self._frames <= _LAST_TRANSLATED:
            return _with_calls(found, (self._frames - 1) * _FRAME, self._translated_size)
        return found

    def _begin_block(self, bits: _Bits) -> None:
        self._kind, self._left = bits.read(3), bits.read(24)
        self._is_odd = False
        if self._kind == _UNCOMPRESSED:
            bits.place += 16 - bits.place % 16  # a whole word where it ends on one already
            self._repeats = struct.unpack("<III", bits.take(12))
            self._is_odd = bool(self._left % 2)
        elif self._kind in (_VERBATIM, _ALIGNED):
            self._read_trees(bits)
        else:
            raise ValueError(f"a block of its cabinet has LZX of the unknown kind {self._kind}")

    def _read_trees(self, bits: _Bits) -> None:
        self._aligned = None
        if self._kind == _ALIGNED:
            self._aligned = _table([bits.read(3) for _ in range(8)])
        _read_lengths(bits, self._main_lengths, 0, _LITERALS)
        _read_lengths(bits, self._main_lengths, _LITERALS, len(self._main_lengths))
        self._main = _table(self._main_lengths)
        _read_lengths(bits, self._length_lengths, 0, _LENGTHS)
        self._lengths = _table(self._length_lengths)

    def _unpack_symbols(self, bits: _Bits, wanted: int) -> None:  # noqa: PLR0915 - a call for each byte takes longer than all of this
        """Literals and matches that make ``wanted`` bytes. The one loop that each byte goes through: written for speed."""
        history, windows, main, lengths, aligned = self._history, bits.windows, self._main, self._lengths, self._aligned
        slots, append = self._slots, history.append
        first, second, third = self._repeats
        place = bits.place
        at = len(history)
        end = at + wanted
        reach = self._reach
        try:
            while at < end:
                entry = main[windows[place >> 4] >> (48 - (place & 15)) & 0xFFFF]
                place += entry & 31
                if entry < 8192:  # noqa: PLR2004 - 256 << 5: a literal
                    append(entry >> 5)
                    at += 1
                    continue
                header = (entry >> 5) - 256
                size = (header & 7) + 2
                if size == 9:  # noqa: PLR2004
                    entry = lengths[windows[place >> 4] >> (48 - (place & 15)) & 0xFFFF]
                    place += entry & 31
                    size += entry >> 5
                slot = header >> 3
                if slot > 2:  # noqa: PLR2004
                    offset, extra = slots[slot]
                    offset -= 2
                    if aligned is not None and extra > 2:  # noqa: PLR2004
                        part = extra - 3
                        offset += (windows[place >> 4] >> (64 - part - (place & 15)) & ((1 << part) - 1)) << 3
                        place += part
                        entry = aligned[windows[place >> 4] >> (48 - (place & 15)) & 0xFFFF]
                        place += entry & 31
                        offset += entry >> 5
                    elif extra:
                        offset += windows[place >> 4] >> (64 - extra - (place & 15)) & ((1 << extra) - 1)
                        place += extra
                    first, second, third = offset, first, second
                elif slot == 1:
                    first, second = second, first
                elif slot:
                    first, third = third, first
                source = at - first
                at += size
                if source < 0 or first > reach or not first or at > end:
                    raise ValueError("a match in its cabinet reaches too far")
                if first >= size:
                    history += history[source : source + size]
                else:  # it repeats what it has just written
                    history += (history[source:] * (size // first + 1))[:size]
        except IndexError:  # beyond the last word, or a code that no symbol has
            raise _cut() from None
        bits.place = place
        self._repeats = (first, second, third)


def _read_lengths(bits: _Bits, lengths: list[int], start: int, end: int) -> None:
    """The lengths of the codes of a tree's symbols from ``start`` to ``end``: packed by a tree of their own, as differences from before."""
    pretree = _table([bits.read(4) for _ in range(20)])
    at = start
    while at < end:
        symbol = bits.symbol(pretree)
        if symbol < 17:  # noqa: PLR2004
            lengths[at] = (lengths[at] - symbol) % 17
            at += 1
            continue
        if symbol == 19:  # noqa: PLR2004 - the same length several times
            run = 4 + bits.read(1)
            symbol = bits.symbol(pretree)
            if symbol >= 17 or at >= end:  # noqa: PLR2004
                raise _wrong_tree()
            length = (lengths[at] - symbol) % 17
        else:
            run = 4 + bits.read(4) if symbol == 17 else 20 + bits.read(5)  # noqa: PLR2004
            length = 0
        if at + run > end:
            raise _wrong_tree()
        lengths[at : at + run] = [length] * run
        at += run


def _table(lengths: Sequence[int]) -> list[int]:
    """For each 16 bits, the symbol whose code they begin with and the code's length: symbol << 5 | length.

    Shorter than 2**16 entries where codes are unused: one of those is an IndexError, as it is for a tree without symbols.
    """
    found: list[int] = []
    by_length: list[list[int]] = [[] for _ in range(_DEEPEST + 1)]
    for symbol, length in enumerate(lengths):
        by_length[length].append(symbol)
    for length in range(1, _DEEPEST + 1):
        for symbol in by_length[length]:
            found += [symbol << 5 | length] * (1 << (_DEEPEST - length))
    if len(found) > 1 << _DEEPEST:
        raise _wrong_tree()
    return found


def _with_calls(frame: bytes, position: int, size: int) -> bytes:
    """Calls (E8) lead to distances again and not to places in a file of ``size``, which pack better; ``position``: where the frame begins."""
    if len(frame) <= _TAIL or _CALL not in frame:
        return frame
    found = bytearray(frame)
    at, last = 0, len(frame) - _TAIL
    while (at := frame.find(_CALL, at, last)) >= 0:
        (target,) = struct.unpack_from("<i", frame, at + 1)
        here = position + at
        if -here <= target < size:
            distance = target - here if target >= 0 else target + size
            struct.pack_into("<I", found, at + 1, distance & 0xFFFFFFFF)
        at += 5
    return bytes(found)


def _cut() -> ValueError:
    return ValueError("a block of its cabinet is truncated or isn't valid LZX")


def _wrong_tree() -> ValueError:
    return ValueError("a block of its cabinet has an invalid tree")
