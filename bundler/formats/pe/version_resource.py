"""Where a program's VERSIONINFO lies: the directory of resources is followed to the type 16 and nowhere else (PE format, "The .rsrc Section")."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

import pefile

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOURCES = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]
_RT_VERSION = 16
_TABLE = struct.Struct("<12xHH")  # named entries, numbered ones
_ENTRY = struct.Struct("<II")
_DATA = struct.Struct("<II8x")
_BELOW = 1 << 31
"""In an entry: it leads to another table, and not to data."""
_MOST_TYPES, _MOST_VERSIONS = 1000, 16
"""Entries of a table that are looked at: of the first one, and of those of names and of languages."""
_LARGEST = 16 << 10
"""Bytes of all of them together; a usual one has one or two thousand."""


def version_resources(pe: pefile.PE) -> Iterator[tuple[int, int]]:
    """Relative address and size of each, in their order; one that leads nowhere ends them."""
    directories = pe.OPTIONAL_HEADER.DATA_DIRECTORY
    base = directories[_RESOURCES].VirtualAddress if len(directories) > _RESOURCES else 0
    left = _LARGEST
    for place in itertools.islice(_places(pe, base), _MOST_VERSIONS) if base else ():
        try:
            start, size = _DATA.unpack(pe.get_data(base + place, _DATA.size))
        except (struct.error, pefile.PEFormatError):
            return
        left -= size
        if left < 0:
            return
        yield start, size


def _places(pe: pefile.PE, base: int) -> Iterator[int]:
    """Of the data of each, relative to the beginning of the resources."""
    for kind, names in _entries(pe, base, 0, _MOST_TYPES):
        if kind != _RT_VERSION or not names & _BELOW:
            continue
        for _, languages in _entries(pe, base, names & ~_BELOW, _MOST_VERSIONS):
            if languages & _BELOW:
                for _, data in _entries(pe, base, languages & ~_BELOW, _MOST_VERSIONS):
                    if not data & _BELOW:
                        yield data


def _entries(pe: pefile.PE, base: int, place: int, most: int) -> Iterator[tuple[int, int]]:
    """The entries of one table: a number, or the place of a name, and where each leads."""
    try:
        named, numbered = _TABLE.unpack(pe.get_data(base + place, _TABLE.size))
        for number in range(min(named + numbered, most)):
            at = base + place + _TABLE.size + number * _ENTRY.size
            key, leads = _ENTRY.unpack(pe.get_data(at, _ENTRY.size))
            yield key, leads
    except (struct.error, pefile.PEFormatError):
        return
