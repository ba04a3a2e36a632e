"""A packer of LZX, for tests of the unpacker: every kind of block and match, no effort to pack well. Source: [MS-PATCH]."""

from __future__ import annotations

import dataclasses
import heapq
import struct
from collections import Counter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FRAME = 1 << 15
Kind = Literal["verbatim", "aligned", "uncompressed"]
_NUMBER: dict[Kind, int] = {"verbatim": 1, "aligned": 2, "uncompressed": 3}
_LONGEST, _SHORTEST = 257, 3


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Match:
    size: int
    slot: int
    footer: int
    extra: int


class BitWriter:
    """Bits in little-endian words of 16 bits, the highest bit first."""

    def __init__(self) -> None:
        self._bits: list[str] = []
        self._done = bytearray()

    def write(self, value: int, count: int) -> None:
        if count:
            self._bits.append(f"{value:0{count}b}")

    def align(self, *, whole: bool = False) -> None:
        """Fill the word up; ``whole``: a word of zeros if there is nothing to fill."""
        text = "".join(self._bits)
        self._bits.clear()
        text += "0" * (-len(text) % 16 or (16 if whole else 0))
        for at in range(0, len(text), 16):
            self._done += int(text[at : at + 16], 2).to_bytes(2, "little")

    def raw(self, content: bytes) -> None:
        self._done += content

    def finish(self) -> bytes:
        self.align()
        return bytes(self._done)


def position_slots(window: int) -> list[tuple[int, int]]:
    """(first offset, added bits) for each slot, written out as in the specification's table."""
    bits = [0, 0, 0, 0, *(n for n in range(1, 17) for _ in range(2)), *[17] * 14]
    count = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}[window]
    firsts = [0]
    for each in bits:
        firsts.append(firsts[-1] + (1 << each))
    return list(zip(firsts, bits, strict=False))[:count]


class LzxPacker:
    """Packs one folder frame by frame. ``before``: bytes that matches may reach as if they had been packed already."""

    def __init__(self, window: int, *, translated_size: int = 0, before: bytes = b"") -> None:
        self._slots = position_slots(window)
        self._reach = (1 << window) - 3
        self._history = before
        self._known = {before[at : at + _SHORTEST]: at for at in range(len(before))}
        self._repeats = [1, 1, 1]
        self._main = [0] * (256 + 8 * len(self._slots))
        self._lengths = [0] * 249
        self._translated = translated_size
        self._first = True

    def frame(self, content: bytes, blocks: Sequence[tuple[Kind, int]]) -> bytes:
        """``content``, at most a frame, in blocks of those kinds and sizes, which together are as long."""
        assert len(content) <= FRAME
        assert sum(size for _, size in blocks) == len(content)
        if self._translated:
            content = with_places(content, len(self._history), self._translated)
        bits = BitWriter()
        if self._first:
            bits.write(int(bool(self._translated)), 1)
            if self._translated:
                bits.write(self._translated >> 16, 16)
                bits.write(self._translated & 0xFFFF, 16)
        self._first = False
        at = 0
        for kind, size in blocks:
            self._block(bits, kind, content[at : at + size])
            at += size
        return bits.finish()

    def _block(self, bits: BitWriter, kind: Kind, content: bytes) -> None:
        bits.write(_NUMBER[kind], 3)
        bits.write(len(content), 24)
        if kind == "uncompressed":
            bits.align(whole=True)
            bits.raw(struct.pack("<III", *self._repeats) + content + b"\0" * (len(content) % 2))
            for place in range(len(content)):
                self._known[content[place : place + _SHORTEST]] = len(self._history) + place
            self._history += content
            return
        tokens = list(self._tokens(content))
        aligned = Counter(each.footer & 7 for each in tokens if isinstance(each, _Match) and each.extra > 2)
        aligned_lengths = code_lengths(aligned, 8, 7)
        if kind == "aligned":
            for length in aligned_lengths:
                bits.write(length, 3)
        main = code_lengths(Counter(map(_symbol, tokens)), len(self._main), 16)
        lengths = code_lengths(
            Counter(each.size - 9 for each in tokens if isinstance(each, _Match) and each.size > 8), 249, 16
        )
        _write_lengths(bits, self._main[:256], main[:256])
        _write_lengths(bits, self._main[256:], main[256:])
        _write_lengths(bits, self._lengths, lengths)
        self._main, self._lengths = main, lengths
        codes, length_codes, aligned_codes = _codes(main), _codes(lengths), _codes(aligned_lengths)
        for each in tokens:
            bits.write(*codes[_symbol(each)])
            if isinstance(each, int):
                continue
            if each.size > 8:
                bits.write(*length_codes[each.size - 9])
            if kind == "aligned" and each.extra > 2:
                bits.write(each.footer >> 3, each.extra - 3)
                bits.write(*aligned_codes[each.footer & 7])
            else:
                bits.write(each.footer, each.extra)

    def _tokens(self, content: bytes) -> Iterator[int | _Match]:
        """Literals and matches, the nearest or a repeated one, none over the block's end."""
        whole = self._history + content
        known, at = self._known, len(self._history)
        while at < len(whole):
            places = [at - each for each in self._repeats if each <= min(at, self._reach)]
            nearest = known.get(whole[at : at + _SHORTEST])
            if nearest is not None and at - nearest <= self._reach:
                places.append(nearest)
            size, source = max(((_common(whole, place, at), place) for place in places), default=(0, 0))
            if size < (2 if at - source in self._repeats else _SHORTEST):
                known[whole[at : at + _SHORTEST]] = at
                yield whole[at]
                at += 1
                continue
            yield self._match(size, at - source)
            for place in range(at, at + size):
                known[whole[place : place + _SHORTEST]] = place
            at += size
        self._history = whole

    def _match(self, size: int, offset: int) -> _Match:
        repeats = self._repeats
        if offset in repeats:
            slot = repeats.index(offset)
            repeats[0], repeats[slot] = repeats[slot], repeats[0]
            return _Match(size=size, slot=slot, footer=0, extra=0)
        self._repeats = [offset, *repeats[:2]]
        slot = max(number for number, (first, _) in enumerate(self._slots) if first <= offset + 2)
        first, extra = self._slots[slot]
        return _Match(size=size, slot=slot, footer=offset + 2 - first, extra=extra)


def _symbol(token: int | _Match) -> int:
    return token if isinstance(token, int) else 256 + 8 * token.slot + min(7, token.size - 2)


def _common(whole: bytes, source: int, at: int) -> int:
    size = 0
    while size < _LONGEST and at + size < len(whole) and whole[source + size] == whole[at + size]:
        size += 1
    return size


def code_lengths(counts: Counter[int], symbols: int, deepest: int) -> list[int]:
    """Huffman's lengths of codes, none longer than ``deepest``; a lone symbol gets a second one beside it."""
    if not counts:
        return [0] * symbols
    if len(counts) == 1:
        counts = counts + Counter({(next(iter(counts)) + 1) % symbols: 1})
    while True:
        heap: list[tuple[int, int, tuple[int, ...]]] = [(count, each, (each,)) for each, count in counts.items()]
        heapq.heapify(heap)
        found = [0] * symbols
        while len(heap) > 1:
            one, other = heapq.heappop(heap), heapq.heappop(heap)
            for each in (*one[2], *other[2]):
                found[each] += 1
            heapq.heappush(heap, (one[0] + other[0], one[1], one[2] + other[2]))
        if max(found) <= deepest:
            return found
        counts = Counter({each: count // 2 + 1 for each, count in counts.items()})


def _codes(lengths: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each symbol its code and that one's length, the shorter codes and the lower symbols first."""
    found, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        found[symbol], before = (code, length), length
        code += 1
    return found


def _write_lengths(bits: BitWriter, before: Sequence[int], lengths: Sequence[int]) -> None:
    """Differences from ``before``, runs of zeros (17, 18) and of one length (19), by a tree of their own."""
    steps: list[tuple[tuple[int, int], ...]] = []
    at = 0
    while at < len(lengths):
        run = 1
        while at + run < len(lengths) and lengths[at + run] == lengths[at]:
            run += 1
        difference = (before[at] - lengths[at]) % 17
        if not lengths[at] and run >= 20:
            run = min(run, 51)
            steps.append(((18, 0), (run - 20, 5)))
        elif not lengths[at] and run >= 4:
            run = min(run, 19)
            steps.append(((17, 0), (run - 4, 4)))
        elif run >= 4:
            run = min(run, 5)
            steps.append(((19, 0), (run - 4, 1), (difference, 0)))
        else:
            run = 1
            steps.append(((difference, 0),))
        at += run
    pretree = code_lengths(Counter(value for step in steps for value, count in step if not count), 20, 15)
    codes = _codes(pretree)
    for length in pretree:
        bits.write(length, 4)
    for step in steps:
        for value, count in step:
            bits.write(*((value, count) if count else codes[value]))


def with_places(frame: bytes, position: int, size: int) -> bytes:
    """Calls (E8) lead to places in a file of ``size``: what the unpacker takes back."""
    found = bytearray(frame)
    at = 0
    while at < len(frame) - 10:
        if found[at] != 0xE8:
            at += 1
            continue
        distance = struct.unpack_from("<i", found, at + 1)[0]
        here = position + at
        if -here <= distance < size - here:
            struct.pack_into("<i", found, at + 1, distance + here)
        elif size - here <= distance < size:
            struct.pack_into("<i", found, at + 1, distance - size)
        at += 5
    return bytes(found)


def lzx_cabinet(
    files: dict[str, bytes], frames: Callable[[bytes], Sequence[tuple[bytes, int]]], *, window: int
) -> bytes:
    """A cabinet of one folder. ``frames``: cuts and packs what all files hold, and says how long each piece was."""
    blocks = frames(b"".join(files.values()))
    table, place = b"", 0
    for name, content in files.items():
        table += struct.pack("<IIHHHH", len(content), place, 0, 0, 0, 0x20) + name.encode() + b"\0"
        place += len(content)
    data = b"".join(struct.pack("<IHH", 0, len(packed), size) + packed for packed, size in blocks)
    start = 36 + 8
    folder = struct.pack("<IHH", start + len(table), len(blocks), 3 | window << 8)
    total = start + len(table) + len(data)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, total, 0, start, 0, 3, 1, 1, len(files), 0, 0, 0)
    return head + folder + table + data
