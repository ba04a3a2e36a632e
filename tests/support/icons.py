"""Icons of Windows, made by hand: right by default."""

from __future__ import annotations

import struct
import zlib

PICTURE_AT = 22
"""Where the picture of an icon with one begins."""


def make_icon(*pictures: bytes, kind: int = 1) -> bytes:
    """One of the given pictures, else of a small bitmap."""
    pictures = pictures or (make_bitmap(),)
    place = 6 + 16 * len(pictures)
    head, body = struct.pack("<HHH", 0, kind, len(pictures)), b""
    for each in pictures:
        head += struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(each), place + len(body))
        body += each
    return head + body


def make_bitmap(width: int = 16, height: int = 16, bits: int = 32, *, lines: int | None = None) -> bytes:
    """Without a file's header, with its mask; ``lines``: how many of them are there in truth."""
    row = ((width * bits + 31) // 32 + (width + 31) // 32) * 4
    header = struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, bits, 0, 0, 0, 0, 0, 0)
    return header + bytes(4 << bits if bits <= 8 else 0) + b"\x7f" * (row * (height if lines is None else lines))


def make_png(width: int = 256, height: int = 256) -> bytes:
    """Its header and its end."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
