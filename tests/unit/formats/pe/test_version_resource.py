from __future__ import annotations

import struct

import pefile
import pytest

from bundler.formats.pe.version_resource import version_resources
from tests.support.programs import make_program

TABLE = struct.Struct("<12xHH")


def opened(content: bytes) -> pefile.PE:
    return pefile.PE(data=content, fast_load=True)


def resources(*, kinds: int = 1, names: int = 1, languages: int = 1, size: int = 100) -> bytes:
    """A program whose directory has so many entries in each table, VERSIONINFO the last kind; all lead to the same data."""
    whole = make_program(version=None, imports=(), filler=bytes(0x2000))
    pe = opened(whole)
    place = pe.sections[0].PointerToRawData
    base = pe.sections[0].VirtualAddress
    below = [0]
    for count in (kinds, names, languages):
        below.append(below[-1] + TABLE.size + 8 * count)
    tables = b""
    for depth, count in enumerate((kinds, names, languages)):
        keys = range(17 - count, 17) if not depth else range(count)
        leads = below[depth + 1] | (depth < 2) << 31
        tables += TABLE.pack(0, count) + b"".join(struct.pack("<II", max(key, 0), leads) for key in keys)
    tables += struct.pack("<II8x", base + 0x100, size)
    whole = whole[:place] + tables + whole[place + len(tables) :]
    at = pe.OPTIONAL_HEADER.DATA_DIRECTORY[2].get_file_offset()
    return whole[:at] + struct.pack("<II", base, len(tables)) + whole[at + 8 :]


def test_where_it_lies() -> None:
    pe = opened(make_program(version=(1, 2, 3, 4)))
    ((place, size),) = version_resources(pe)
    assert "VS_VERSION_INFO".encode("utf-16-le") in pe.get_data(place, size)


def test_a_program_without_one() -> None:
    assert not list(version_resources(opened(make_program(version=None))))


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ({"kinds": 3}, 1),
        ({"names": 2, "languages": 3}, 6),
        ({"names": 100, "languages": 100}, 16),
        ({"kinds": 900}, 1),
        ({"size": 16 << 10}, 1),
        ({"size": (16 << 10) + 1}, 0),
        ({"size": 6000, "languages": 5}, 2),
    ],
    ids=str,
)
def test_what_is_looked_at_has_bounds(shape: dict[str, int], found: int) -> None:
    assert len(list(version_resources(opened(resources(**shape))))) == found


def test_a_directory_that_leads_nowhere() -> None:
    whole = make_program()
    at = opened(whole).OPTIONAL_HEADER.DATA_DIRECTORY[2].get_file_offset()
    for place in (0x7FFFFFFF, 1):
        assert not list(version_resources(opened(whole[:at] + struct.pack("<I", place) + whole[at + 4 :])))
