"""LZX in cabinets: frames that are stored inside LZX, made here; what is hostile ends in one kind of error."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.formats.archives.unpacking import unpack
from bundler.formats.msi.cabinet import Cabinet
from bundler.formats.msi.installed_files import walk_msi
from bundler.formats.msi.lzx import lzx_unpacker
from tests.support.msi import make_python_msi

if TYPE_CHECKING:
    from pathlib import Path

FRAME = 1 << 15


def bits(*fields: tuple[int, int]) -> bytes:
    """Numbers of so many bits, highest first, in little-endian words of 16 bits, filled up with zeros."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 16)
    return b"".join(int(text[i : i + 16], 2).to_bytes(2, "little") for i in range(0, len(text), 16))


def frames(content: bytes) -> list[tuple[bytes, int]]:
    """Each frame as one block of the uncompressed kind ([MS-PATCH] 2.5): the first one tells that no calls are translated."""
    found = []
    for start in range(0, len(content), FRAME):
        plain = content[start : start + FRAME]
        head = bits(*([] if start else [(0, 1)]), (3, 3), (len(plain), 24))
        found.append((head + struct.pack("<III", 1, 1, 1) + plain + b"\0" * (len(plain) % 2), len(plain)))
    return found


def lzx_cabinet(files: dict[str, bytes], *, window: int = 21) -> bytes:
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


def test_frames_follow_each_other(tmp_path: Path) -> None:
    files = {"python.exe": bytes(range(256)) * 300, "Lib/os.py": b"import sys\n" * 7, "Lib/x.py": b""}
    keys = {f"F{number}": content for number, content in enumerate(files.values())}
    msi = make_python_msi(tmp_path / "p.msi", files, cabinets={"python.cab": lzx_cabinet(keys)})
    unpack(msi, tmp_path / "out", reader=walk_msi)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files


@pytest.mark.parametrize("window", [0, 14, 22, 31])
def test_a_window_that_there_is_not(window: int) -> None:
    cabinet = Cabinet(lzx_cabinet({"x": b"x"}, window=window))
    with pytest.raises(ValueError, match="window"):
        cabinet.extract(lambda _: None)


def test_a_frame_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="too long"):
        lzx_unpacker(15)(b"", FRAME + 1)


@given(content=st.binary(max_size=300), size=st.integers(0, FRAME), window=st.integers(15, 17))
def test_any_bytes(content: bytes, size: int, window: int) -> None:
    try:
        found = lzx_unpacker(window)(content, size)
    except ValueError:
        return
    assert len(found) <= size
