"""The few facts of a Windows program that telling installers apart needs, read without believing its tables."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bundler.formats.pe import MACHINES

if TYPE_CHECKING:
    from pathlib import Path

_SECTION = struct.Struct("<8sIIII16x")
_MOST_SECTIONS = 96


def machine_platform(file: Path) -> str | None:
    """The platform tag of the machine that a program is for; None: it is no program, or for none that a tag names."""
    header = _header(file)
    return next((tag for tag, machine in MACHINES.items() if header and machine == header[0]), None)


def sections(file: Path) -> tuple[tuple[str, int], ...] | None:
    """Name and end (offset in the file) of each section; None: it is no Windows program."""
    header = _header(file)
    if header is None:
        return None
    _, count, place = header
    found = []
    with file.open("rb") as stream:
        stream.seek(place)
        for _ in range(min(count, _MOST_SECTIONS)):
            raw = stream.read(_SECTION.size)
            if len(raw) < _SECTION.size:
                break
            name, _, _, size, start = _SECTION.unpack(raw)
            found.append((name.rstrip(b"\0").decode("latin-1"), start + size))
    return tuple(found)


def _header(file: Path) -> tuple[int, int, int] | None:
    """Machine, number of sections, and where their table begins."""
    with file.open("rb") as stream:
        head = stream.read(64)
        if len(head) < 64 or not head.startswith(b"MZ"):  # noqa: PLR2004
            return None
        place = int.from_bytes(head[60:64], "little")
        stream.seek(place)
        coff = stream.read(24)
    if len(coff) < 24 or coff[:4] != b"PE\0\0":  # noqa: PLR2004
        return None
    machine, count = struct.unpack_from("<HH", coff, 4)
    (optional,) = struct.unpack_from("<H", coff, 20)
    return machine, count, place + 24 + optional
