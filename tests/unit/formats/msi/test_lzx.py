"""LZX in cabinets: every kind of block and match, made here; what is hostile ends in one kind of error."""

from __future__ import annotations

import itertools
import struct
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.formats.archives.unpacking import unpack
from bundler.formats.msi.cabinet import Cabinet
from bundler.formats.msi.installed_files import walk_msi
from bundler.formats.msi.lzx import lzx_unpacker
from tests.support.lzx import FRAME, BitWriter, Kind, LzxPacker, lzx_cabinet
from tests.support.msi import make_python_msi

if TYPE_CHECKING:
    from pathlib import Path

KINDS: tuple[Kind, ...] = ("verbatim", "aligned", "uncompressed")


def frames(content: bytes) -> list[tuple[bytes, int]]:
    """Each frame as one block of the uncompressed kind."""
    packer = LzxPacker(21)
    plain = [content[start : start + FRAME] for start in range(0, len(content), FRAME)]
    return [(packer.frame(each, [("uncompressed", len(each))]), len(each)) for each in plain]


def test_frames_follow_each_other(tmp_path: Path) -> None:
    files = {"python.exe": bytes(range(256)) * 300, "Lib/os.py": b"import sys\n" * 7, "Lib/x.py": b""}
    keys = {f"F{number}": content for number, content in enumerate(files.values())}
    msi = make_python_msi(tmp_path / "p.msi", files, cabinets={"python.cab": lzx_cabinet(keys, frames, window=21)})
    unpack(msi, tmp_path / "out", reader=walk_msi)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files


@pytest.mark.parametrize("window", [0, 14, 22, 31])
def test_a_window_that_there_is_not(window: int) -> None:
    cabinet = Cabinet(lzx_cabinet({"x": b"x"}, frames, window=window))
    with pytest.raises(ValueError, match="window"):
        cabinet.extract(lambda _: None)


def test_a_frame_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="too long"):
        lzx_unpacker(15)(b"", FRAME + 1)


def test_the_example_of_the_specification() -> None:
    """[MS-PATCH] 3.1, without the size of the chunk, which a cabinet keeps elsewhere."""
    packed = bytes.fromhex("00 30 30 00  01 00 00 00  01 00 00 00  01 00 00 00  61 62 63 00")
    assert lzx_unpacker(15)(packed, 3) == b"abc"


def there_and_back(content: bytes, sizes: list[tuple[Kind, int]], window: int, calls: int = 0) -> None:
    """Pack in blocks of these kinds and sizes, again and again, none over a frame's end; unpack."""
    packer, unpack = LzxPacker(window, translated_size=calls), lzx_unpacker(window)
    turn = itertools.cycle(sizes)
    for start in range(0, len(content), FRAME):
        frame = content[start : start + FRAME]
        blocks: list[tuple[Kind, int]] = []
        left = len(frame)
        while left:
            kind, size = next(turn)
            blocks.append((kind, min(size, left)))
            left -= blocks[-1][1]
        assert unpack(packer.frame(frame, blocks), len(frame)) == frame


def text(size: int, seed: int = 1) -> bytes:
    """Words that come again, near and far, and among them bytes that don't."""
    chance = Random(seed)  # noqa: S311
    words = [chance.randbytes(chance.randint(1, 12)) for _ in range(400)]
    found = bytearray()
    while len(found) < size:
        found += chance.choice(words) * (40 if chance.random() < 0.01 else 1)  # longer than the longest match too
        if chance.random() < 0.05:
            found += chance.randbytes(chance.randint(1, 30))
        if found and chance.random() < 0.02:
            far = chance.randint(0, len(found) - 1)
            found += found[far : far + chance.randint(3, 300)]
    return bytes(found[:size])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", range(15, 22))
def test_each_kind_of_block_in_each_window(window: int, kind: Kind) -> None:
    there_and_back(text(2 * FRAME + 7777, window), [(kind, FRAME)], window)


def test_matches_reach_as_far_as_the_window() -> None:
    far = Random(7).randbytes(300)  # noqa: S311
    for window in (15, 18, 21):
        gap = (1 << window) - 3 - len(far)
        filler = (b"0123456789abcdef" * (gap // 16 + 1))[:gap]
        there_and_back(far + filler + far + b"!", [("verbatim", FRAME)], window)
        there_and_back(far + filler + far + b"!", [("aligned", FRAME)], window)


def test_blocks_of_all_kinds_within_frames() -> None:
    there_and_back(text(3 * FRAME), [("verbatim", 999), ("uncompressed", 1001), ("aligned", 5000), ("verbatim", 1)], 16)


def test_a_block_goes_on_in_the_next_frame() -> None:
    content = Random(3).randbytes(FRAME + 1001)  # noqa: S311
    packed = LzxPacker(15).frame(content[:FRAME], [("uncompressed", FRAME)])
    # the same block, said to be longer: what follows needs no head of its own
    head = int.from_bytes(packed[:2], "little") << 16 | int.from_bytes(packed[2:4], "little")
    head += (len(content) - FRAME) << 4
    longer = (head >> 16).to_bytes(2, "little") + (head & 0xFFFF).to_bytes(2, "little") + packed[4:]
    unpack = lzx_unpacker(15)
    assert unpack(longer, FRAME) == content[:FRAME]
    assert unpack(content[FRAME:] + b"\0", 1001) == content[FRAME:]


@pytest.mark.parametrize("kind", KINDS)
def test_calls_lead_to_where_they_led(kind: Kind) -> None:
    chance = Random(5)  # noqa: S311
    content = bytearray(text(2 * FRAME + 100))
    for _ in range(900):
        at = chance.randrange(len(content) - 5)
        distance = chance.choice([chance.randrange(-at - 9, 70000), chance.randrange(-(1 << 31), 1 << 31)])
        struct.pack_into("<Bi", content, at, 0xE8, distance)
    there_and_back(bytes(content), [(kind, FRAME)], 17, calls=50000)
    there_and_back(bytes(content), [(kind, FRAME)], 17, calls=0x7FFFFFFF)


def test_a_short_frame_has_no_calls() -> None:
    there_and_back(b"\xe8\1\0\0\0" * 2, [("verbatim", FRAME)], 15, calls=12_000_000)


@given(
    content=st.lists(st.sampled_from([b"a", b"bc", b"xyz" * 9, b"\xe8\0\0\0\0", bytes(300)]), max_size=60).map(
        b"".join
    ),
    sizes=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(80, 700)), min_size=1, max_size=5),
    window=st.integers(15, 21),
    calls=st.sampled_from([0, 1, 5000]),
)
def test_there_and_back(content: bytes, sizes: list[tuple[Kind, int]], window: int, calls: int) -> None:
    there_and_back(content, sizes, window, calls)


def test_damage_ends_in_one_kind_of_error() -> None:
    content = text(FRAME)
    packed = LzxPacker(15).frame(content, [("verbatim", 20000), ("uncompressed", 1001), ("aligned", FRAME - 21001)])
    chance = Random(11)  # noqa: S311
    refused = 0
    for _ in range(150):
        changed = bytearray(packed)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            found = lzx_unpacker(15)(bytes(changed), FRAME)
        except ValueError:
            refused += 1
        else:
            assert len(found) == FRAME
    assert refused


def test_what_is_cut() -> None:
    content = text(5000)
    packed = LzxPacker(15).frame(content, [("aligned", 2500), ("uncompressed", 2500)])
    for size in range(0, len(packed) - 1, 97):
        with pytest.raises(ValueError, match="truncated"):
            lzx_unpacker(15)(packed[:size], len(content))


@pytest.mark.parametrize("kind", [0, 4, 7])
def test_an_unknown_kind_of_block(kind: int) -> None:
    head = BitWriter()
    head.write(0, 1)
    head.write(kind, 3)
    head.write(5, 24)
    with pytest.raises(ValueError, match=f"unknown kind {kind}"):
        lzx_unpacker(15)(head.finish() + bytes(100), 5)


def test_a_match_before_the_first_byte() -> None:
    packed = LzxPacker(15, before=b"abcdefgh").frame(b"abcdefgh", [("verbatim", 8)])
    with pytest.raises(ValueError, match="too far"):
        lzx_unpacker(15)(packed, 8)


@given(content=st.binary(max_size=300), size=st.integers(0, FRAME), window=st.integers(15, 17))
def test_any_bytes(content: bytes, size: int, window: int) -> None:
    try:
        found = lzx_unpacker(window)(content, size)
    except ValueError:
        return
    assert len(found) == size


@given(kind=st.sampled_from([1, 2]), content=st.binary(max_size=300), size=st.integers(1, 300))
def test_any_bytes_after_the_head_of_a_block(kind: int, content: bytes, size: int) -> None:
    head = BitWriter()
    head.write(0, 1)
    head.write(kind, 3)
    head.write(size, 24)
    head.write(0, 4)
    try:
        found = lzx_unpacker(15)(head.finish() + content, size)
    except ValueError:
        return
    assert len(found) == size
