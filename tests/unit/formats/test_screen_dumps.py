"""X window dumps in, PNG out."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.formats.png import is_png
from bundler.formats.screen_dumps import Pixels, as_png, read_dump

BLUE, RED = (0, 0, 255), (255, 0, 0)


def dump(*rows: list[tuple[int, int, int]], big: bool = False, padding: int = 0, colours: int = 3) -> bytes:
    """As Xvfb writes it: a header, the screen's name, a colour map, four bytes a pixel."""
    width, height = len(rows[0]), len(rows)
    name = b"Xvfb\0"
    line = width * 4 + padding
    header = [100 + len(name), 7, 2, 24, width, height, 0, int(big), 32, 0, 32, 32, line, 4, 0, 0, 0, 8, 256, colours]
    header += [width, height, 0, 0, 0]
    pixels = b""
    for row in rows:
        for red, green, blue in row:
            pixels += bytes((0, red, green, blue)) if big else bytes((blue, green, red, 0))
        pixels += b"\xff" * padding
    return struct.pack(">25I", *header) + name + b"\xaa" * 12 * colours + pixels


@pytest.mark.parametrize("big", [False, True])
def test_a_dump_is_read(big: bool) -> None:
    pixels = read_dump(dump([BLUE, RED], [RED, RED], big=big, padding=8))
    assert pixels == Pixels(width=2, rows=(bytes(BLUE + RED), bytes(RED + RED)))
    assert not pixels.is_blank
    assert read_dump(dump([(0, 0, 0)])).is_blank


@given(st.binary(max_size=300))
def test_what_is_none_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="an X window dump"):
        read_dump(content)


@given(st.integers(min_value=0, max_value=24), st.integers(min_value=0, max_value=0xFFFFFFFF))
def test_a_wrong_header_reads_nothing_that_is_not_there(field: int, value: int) -> None:
    content = bytearray(dump([BLUE, RED], [RED, RED]))
    content[field * 4 : field * 4 + 4] = struct.pack(">I", value)
    try:
        pixels = read_dump(bytes(content))
    except ValueError:
        return
    assert {len(row) for row in pixels.rows} == {pixels.width * 3}


def test_a_picture_is_what_the_format_says() -> None:
    content = as_png(Pixels(width=2, rows=(bytes(BLUE + RED), bytes(RED + RED))))
    assert is_png(content)
    assert not is_png(b"GIF89a")
    chunks, at = {}, 8
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", content, at + 8 + size) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (2, 2, 8, 2, 0, 0, 0)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0" + bytes(BLUE + RED) + b"\0" + bytes(RED + RED)
