"""What a screen shows: X window dumps (X11/XWDFile.h, version 7) in, PNG (RFC 2083) out."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from bundler.formats.png import SIGNATURE

_VERSION, _Z_PIXMAP = 7, 2
_HEADER = struct.Struct(">25I")
_COLOUR = 12  # bytes of an entry of the colour map, which lies before the pixels
_DEEP = 32
_LARGEST = 8192
_TRUE_COLOUR = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Pixels:
    """``rows``: three bytes a pixel: red, green, blue."""

    width: int
    rows: tuple[bytes, ...]

    @property
    def is_blank(self) -> bool:
        """Whether all pixels are black."""
        return not any(map(any, self.rows))


def read_dump(content: bytes) -> Pixels:
    """A dump of 32 bits a pixel, as Xvfb writes it. Raises ValueError for anything else."""
    if len(content) < _HEADER.size:
        raise ValueError("an X window dump is cut short")
    header = _HEADER.unpack_from(content)
    size, version, form, _, width, height, _, order = header[:8]
    bits, line, colours = header[11], header[12], header[19]
    if (version, form, bits) != (_VERSION, _Z_PIXMAP, _DEEP):
        raise ValueError(f"an X window dump of version {version}, format {form}, {bits} bits a pixel")
    begin = size + colours * _COLOUR
    if (
        not (0 < width <= _LARGEST and 0 < height <= _LARGEST)
        or line < width * 4
        or len(content) < begin + height * line
    ):
        raise ValueError("an X window dump is cut short")
    red, green, blue = (1, 2, 3) if order else (2, 1, 0)
    rows = []
    for start in range(begin, begin + height * line, line):
        raw = content[start : start + width * 4]
        row = bytearray(width * 3)
        row[0::3], row[1::3], row[2::3] = raw[red::4], raw[green::4], raw[blue::4]
        rows.append(bytes(row))
    return Pixels(width=width, rows=tuple(rows))


def as_png(pixels: Pixels) -> bytes:
    """True colour, no filters."""
    head = struct.pack(">IIBBBBB", pixels.width, len(pixels.rows), 8, _TRUE_COLOUR, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in pixels.rows))
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
