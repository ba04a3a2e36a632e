"""An icon of Windows (``.ico``): a folder of up to some pictures, each a PNG or a bitmap without its file header ("Icons", Microsoft).

Nothing is decoded here: only what says how long and how large each picture is, is compared with the file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.formats.png import SIGNATURE, is_png

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 4 << 20
"""Bytes of a whole file; one of all usual sizes without compression has half a million."""
_MOST_PICTURES = 64
_HEAD = struct.Struct("<HHH")  # reserved, 1 for an icon, number of pictures
_ENTRY = struct.Struct("<BBBxHHII")  # width, height (0 for 256), colours, planes, bits, length, place
_ICON = 1
_PNG_HEADER = struct.Struct(">I4sII")  # length of IHDR, its name, width, height
_BITMAP = struct.Struct("<IiiHHI")  # size of the header, width, twice the height, planes, bits, compression
_BITMAP_HEADER = 40
_BITS = (1, 4, 8, 24, 32)
_PALETTES = 8
"""Bits up to which a bitmap has a table of colours."""
_WIDEST = 1024


def check_icon(content: bytes, where: str) -> None:
    """Raises InputError (``icon-unfit``) with all faults; ``where`` is the recipe's key."""
    faults = tuple(Fault(where, each) for each in _faults(content))
    if faults:
        raise InputError(
            "icon-unfit",
            "the icon isn't one that Windows shows",
            faults=faults,
            hint="save it as a Windows icon (.ico): a PNG or a bitmap of another name isn't one",
        )


def _faults(content: bytes) -> Iterator[str]:
    if len(content) > LARGEST:
        yield f"has {len(content):,} bytes, and may have {LARGEST:,}"
        return
    if len(content) < _HEAD.size or content[:4] != _HEAD.pack(0, _ICON, 0)[:4]:
        yield "is not a Windows icon (.ico)"
        return
    _, _, count = _HEAD.unpack_from(content)
    end = _HEAD.size + count * _ENTRY.size
    if not 1 <= count <= _MOST_PICTURES:
        yield f"has {count} pictures, and may have 1 to {_MOST_PICTURES}"
    elif end > len(content):
        yield "is cut short"
    else:
        for number in range(count):
            *_, length, place = _ENTRY.unpack_from(content, _HEAD.size + number * _ENTRY.size)
            if place < end or place + length > len(content):
                yield f"picture {number + 1} lies outside of the file"
            elif fault := _picture_fault(content[place : place + length]):
                yield f"picture {number + 1} {fault}"


def _picture_fault(picture: bytes) -> str:
    """Empty: none."""
    if is_png(picture):
        if len(picture) < len(SIGNATURE) + _PNG_HEADER.size:
            return "is cut short"
        _, name, width, height = _PNG_HEADER.unpack_from(picture, len(SIGNATURE))
        return _size_fault(width, height) if name == b"IHDR" else "is a damaged PNG"
    if len(picture) < _BITMAP_HEADER:
        return "is neither a PNG nor a bitmap"
    header, width, doubled, planes, bits, compression = _BITMAP.unpack_from(picture)
    if header != _BITMAP_HEADER or planes != 1 or bits not in _BITS or compression:
        return "is neither a PNG nor a bitmap"
    height = doubled // 2
    if fault := _size_fault(width, height):
        return fault
    colours = 4 << bits if bits <= _PALETTES else 0
    # each line has whole words of four bytes; below the picture lies its mask, of one bit
    rows = ((width * bits + 31) // 32 + (width + 31) // 32) * 4
    return "" if len(picture) >= _BITMAP_HEADER + colours + rows * height else "is cut short"


def _size_fault(width: int, height: int) -> str:
    if 1 <= width <= _WIDEST and 1 <= height <= _WIDEST:
        return ""
    return f"would be {width:,} by {height:,} dots large"
