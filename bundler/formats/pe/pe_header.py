"""The header of a Windows program, read without believing its tables, and what stands in it by number (PE format, "File Headers")."""

from __future__ import annotations

import dataclasses
import struct
from typing import IO, TYPE_CHECKING

from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"MZ"
"""How every Windows program begins."""
MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
"""The machine in the file header of what runs on a platform, by its tag."""

_SIGNATURE = b"PE\0\0"
_DOS_SIZE = 64
_PLACE_AT = 60  # in the DOS header: where the real one lies
_FILE_HEADER = struct.Struct("<4sHH12xH2x")  # signature, machine, number of sections, size of the optional header
_SECTION = struct.Struct("<8sIIII16x")
MOST_SECTIONS = 96
"""As many as Windows' loader takes (PE format, "File Headers")."""
_PE32_PLUS = 0x20B
_DIRECTORIES, _DIRECTORIES_PLUS = 96, 112  # where the optional header's table of directories begins
_SECURITY = 4  # IMAGE_DIRECTORY_ENTRY_SECURITY


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PeHeader:
    """``optional`` and ``sections``: where the optional header and the table of sections begin, in bytes; ``count`` sections."""

    machine: int
    optional: int
    sections: int
    count: int


def platform_of(machine: int) -> str | None:
    """The platform tag of a machine; None: no tag names it."""
    return next((tag for tag, number in MACHINES.items() if number == machine), None)


def read_pe_header(stream: IO[bytes]) -> PeHeader | None:
    """The header of the program that ``stream`` holds from its beginning; None: it is not a valid one."""
    stream.seek(0)
    head = stream.read(_DOS_SIZE)
    if len(head) < _DOS_SIZE or not head.startswith(MAGIC):
        return None
    place = int.from_bytes(head[_PLACE_AT:], "little")
    stream.seek(place)
    raw = stream.read(_FILE_HEADER.size)
    if len(raw) < _FILE_HEADER.size or not raw.startswith(_SIGNATURE):
        return None
    _, machine, count, length = _FILE_HEADER.unpack(raw)
    optional = place + _FILE_HEADER.size
    return PeHeader(machine=machine, optional=optional, sections=optional + length, count=count)


def is_program(head: bytes) -> bool:
    """Whether a file that begins with ``head``, some thousand bytes, is a Windows program."""
    place = int.from_bytes(head[_PLACE_AT:_DOS_SIZE], "little")
    return head.startswith(MAGIC) and head[place : place + len(_SIGNATURE)] == _SIGNATURE


def machine_platform(file: Path) -> str | None:
    """The platform tag of the machine that a program is for; None: not a valid program, or for a machine that no tag names."""
    with open_plain(file) as stream:
        header = read_pe_header(stream)
    return platform_of(header.machine) if header else None


def sections(file: Path) -> tuple[tuple[str, int], ...] | None:
    """Name and end (offset in the file) of each section; None: not a valid program."""
    with open_plain(file) as stream:
        header = read_pe_header(stream)
        if header is None:
            return None
        found = []
        stream.seek(header.sections)
        for _ in range(min(header.count, MOST_SECTIONS)):
            raw = stream.read(_SECTION.size)
            if len(raw) < _SECTION.size:
                break
            name, _, _, size, start = _SECTION.unpack(raw)
            found.append((name.rstrip(b"\0").decode("latin-1"), start + size))
    return tuple(found)


def signature_size(file: Path) -> int:
    """The bytes of signatures that a program's header says it has; 0: none, not a valid program, or no whole header."""
    with open_plain(file) as stream:
        header = read_pe_header(stream)
        if header is None:
            return 0
        stream.seek(header.optional)
        raw = stream.read(256)
    try:
        plus = struct.unpack_from("<H", raw)[0] == _PE32_PLUS
        table = _DIRECTORIES_PLUS if plus else _DIRECTORIES
        count = struct.unpack_from("<I", raw, table - 4)[0]  # how long the table is stands right before it
        return int(struct.unpack_from("<II", raw, table + 8 * _SECURITY)[1]) if count > _SECURITY else 0
    except struct.error:
        return 0
