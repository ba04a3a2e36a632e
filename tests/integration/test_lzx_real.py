"""LZX as Microsoft's packer writes it: the help file of pywin32, whose content is packed as cabinets are, begun anew every few frames."""

from __future__ import annotations

import itertools
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.formats.msi.lzx import lzx_unpacker
from tests.support.real_files import fetch_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.network

WHEEL = "pywin32==306/pywin32-306-cp311-cp311-win_amd64.whl"
FRAME = 1 << 15
Listing = dict[str, tuple[int, int, int]]  # section, offset, length


def packed_number(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the highest first, the last byte below 128; and where it ends."""
    found = 0
    while True:
        found = found << 7 | data[at] & 127
        at += 1
        if data[at - 1] < 128:
            return found, at


def listing(data: bytes) -> Listing:
    """The files of a compiled help file by name, read from its directory's leaves."""
    (start,) = struct.unpack_from("<Q", data, 0x48)
    head, _, size = struct.unpack_from("<III", data, start + 8)
    (count,) = struct.unpack_from("<I", data, start + 0x2C)
    found: Listing = {}
    for number in range(count):
        leaf = start + head + number * size
        if data[leaf : leaf + 4] != b"PMGL":
            continue
        at, end = leaf + 0x14, leaf + size - struct.unpack_from("<I", data, leaf + 4)[0]
        while at < end:
            length, at = packed_number(data, at)
            name = data[at : at + length].decode()
            section, at = packed_number(data, at + length)
            offset, at = packed_number(data, at)
            length, at = packed_number(data, at)
            found[name] = (section, offset, length)
    return found


def unpacked(data: bytes, files: Listing) -> Iterator[bytes]:
    """The frames of the packed section."""
    (start,) = struct.unpack_from("<Q", data, 0x58)

    def part(ending: str) -> bytes:
        _, offset, length = next(place for name, place in files.items() if name.endswith(ending))
        return data[start + offset : start + offset + length]

    version, interval, window = struct.unpack_from("<III", part("/ControlData"), 8)
    scale = FRAME if version == 2 else 1
    table, content = part("/ResetTable"), part("/MSCompressed/Content")
    _, count, _, begin, size, end, _ = struct.unpack_from("<IIIIQQQ", table)
    places = (*struct.unpack_from(f"<{count}Q", table, begin), end)
    unpack = lzx_unpacker((window * scale).bit_length() - 1)
    for number, (place, after) in enumerate(itertools.pairwise(places)):
        if number * FRAME % (interval * scale) == 0:
            unpack = lzx_unpacker((window * scale).bit_length() - 1)
        yield unpack(content[place:after], min(FRAME, size - number * FRAME))


def lines(page: bytes) -> bytes:
    return page.replace(b"\r\n", b"\n").strip(b"\0 \n")


def test_every_page_of_a_help_file(tmp_path: Path) -> None:
    (wheel,) = fetch_files(tmp_path, WHEEL)
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read("PyWin32.chm")
        demos = {
            each.lower(): lines(archive.read(each))
            for each in archive.namelist()
            if each.lower().endswith((".htm", ".html"))
        }
    files = listing(data)
    content = b"".join(unpacked(data, files))
    packed = {name: place for name, place in files.items() if place[0] == 1}
    assert len(content) >= max(offset + length for _, offset, length in packed.values())
    pages, same = 0, set()
    for name, (_, offset, length) in packed.items():
        page = lines(content[offset : offset + length])
        beside = name.lower().removeprefix("/html/").removeprefix("com/")
        if beside in demos:  # lies in the wheel as it is, too
            assert page == demos[beside]
            same.add(beside)
        elif name.lower().endswith(".html"):
            assert page.lower().startswith(b"<"), name
            assert page.lower().endswith(b"</html>"), name
            pages += 1
    assert pages > 1000
    assert len(same) > 2
