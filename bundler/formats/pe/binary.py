"""What a Windows program says of itself: machine, version, the DLLs that it loads (PE format, Microsoft's specification)."""

from __future__ import annotations

import dataclasses
import mmap
import struct
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import pefile

from bundler.errors import IntegrityError
from bundler.formats.pe.pe_header import MOST_SECTIONS, platform_of, read_pe_header
from bundler.formats.pe.version_resource import version_resources
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_IMPORTS = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_IMPORT"]
_DELAYED = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT"]
_DESCRIPTOR = struct.Struct("<12xI4x")
_DELAY_DESCRIPTOR = struct.Struct("<II24x")
_RELATIVE = 1  # in a delay descriptor's attributes: its addresses count from the image's base, as all compilers since 2002 write them
_MOST_DELAYED = 1000
_MOST_AT_ONCE = 1 << 20
_MOST_IMPORTS = 1000
"""DLLs. pefile reads as many as a table has that may be the whole file, and keeps a kilobyte of each."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Binary:
    """``version`` are the four numbers of VERSIONINFO, None without it; ``product`` its name, ``company`` who made it.

    ``imports`` are the DLLs without which it isn't loaded, ``delayed`` those that it loads when it first calls them; in lower case.
    ``linker``: the version of what linked it, which for Microsoft's is that of the toolset, such as (14, 44).
    """

    machine: int
    dll: bool
    version: tuple[int, int, int, int] | None
    product: str
    imports: frozenset[str]
    delayed: frozenset[str] = frozenset()
    linker: tuple[int, int] = (0, 0)
    company: str = ""

    @property
    def platform(self) -> str:
        """The platform tag it runs on; the machine's number if there is none."""
        return platform_of(self.machine) or f"machine 0x{self.machine:x}"


def read_binary(file: Path, name: str, *, resources: bool = True) -> Binary:
    """Read an exe, DLL or pyd; ``name`` is for the error, IntegrityError (``program-malformed``).

    Without ``resources`` it has no version and no product, and takes a tenth of the time.
    """
    try:
        with open_plain(file) as stream, _Mapped(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _check_sections(stream)
            pe = _PE(data=data, fast_load=True)
            imports = frozenset(_imported(pe))
            if resources:
                _read_version(pe)
            texts = _texts(pe)
            return Binary(
                machine=pe.FILE_HEADER.Machine,
                dll=pe.is_dll(),
                version=_version(pe),
                product=texts.get("ProductName", ""),
                company=texts.get("CompanyName", ""),
                imports=imports,
                delayed=frozenset(filter(None, _delayed(pe))),
                linker=(pe.OPTIONAL_HEADER.MajorLinkerVersion, pe.OPTIONAL_HEADER.MinorLinkerVersion),
            )
    except OSError:
        raise
    except Exception as error:  # hostile bytes make decoders fail in every way there is
        raise IntegrityError(
            "program-malformed",
            f"{name} is not a Windows program: {error}",
            context=(str(file),),
            hint="it was cut or damaged on its way, or is another kind of file: fetch it again",
        ) from error


def python_version(binary: Binary) -> str | None:
    """The x.y.z that a pythonXY.dll or python.exe was built as, with ``a1``, ``b1``, ``rc1`` where it isn't final.

    CPython's resource has micro * 1000 + level * 10 + serial as its third number (PC/python_ver_rc.h).
    """
    if binary.version is None:
        return None
    major, minor, field, _ = binary.version
    micro, rest = divmod(field, 1000)
    level = {10: "a", 11: "b", 12: "rc"}.get(rest // 10)
    return f"{major}.{minor}.{micro}" + (f"{level}{rest % 10}" if level else "")


def _check_sections(stream: IO[bytes]) -> None:
    header = read_pe_header(stream)
    if header is not None and header.count > MOST_SECTIONS:
        raise ValueError(f"it has {header.count} sections")


class _Mapped(mmap.mmap):
    """Hands out no more at once than is read here: pefile keeps a copy of all that lies before the first section, which may be the whole file."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            key = slice(start, min(stop, start + _MOST_AT_ONCE), step)
        return super().__getitem__(key)


class _PE(pefile.PE):  # type: ignore[misc]
    """Mapped here and not by pefile, which ends with a garbage collection (50 ms), also where a file is no program."""

    def close(self) -> None:
        """Nothing is open."""


def _imported(pe: pefile.PE) -> Iterator[str]:
    """The names in the table of imports."""
    directories = pe.OPTIONAL_HEADER.DATA_DIRECTORY
    place = directories[_IMPORTS].VirtualAddress if len(directories) > _IMPORTS else 0
    for number in range(_MOST_IMPORTS + 1 if place else 0):
        try:
            row = pe.get_data(place + number * _DESCRIPTOR.size, _DESCRIPTOR.size)
        except pefile.PEFormatError:  # the table leads out of the file
            return
        if len(row) < _DESCRIPTOR.size or not any(row):
            return
        if number == _MOST_IMPORTS:
            raise ValueError(f"it imports more than {_MOST_IMPORTS} DLLs")
        name = pe.get_string_at_rva(_DESCRIPTOR.unpack(row)[0], pefile.MAX_DLL_LENGTH)
        if name != b"":
            yield _lower(name if pefile.is_valid_dos_filename(name) else b"*invalid*")


def _read_version(pe: pefile.PE) -> None:
    """As pefile reads VERSIONINFO, where it has looked for it among tens of thousands of other resources."""
    for place, size in version_resources(pe):
        pe.parse_version_information(SimpleNamespace(OffsetToData=place, Size=size))


def _delayed(pe: pefile.PE) -> Iterator[str]:
    """The names in the delay-load table; pefile would decode every function of it."""
    directories = pe.OPTIONAL_HEADER.DATA_DIRECTORY
    place = directories[_DELAYED].VirtualAddress if len(directories) > _DELAYED else 0
    for number in range(_MOST_DELAYED if place else 0):
        attributes, name = _DELAY_DESCRIPTOR.unpack(
            pe.get_data(place + number * _DELAY_DESCRIPTOR.size, _DELAY_DESCRIPTOR.size)
        )
        if not name:
            return
        at = name if attributes & _RELATIVE else name - pe.OPTIONAL_HEADER.ImageBase
        yield _lower(pe.get_string_at_rva(at, pefile.MAX_DLL_LENGTH))  # else of a mebibyte


def _lower(name: bytes | None) -> str:
    return (name or b"").decode("ascii", "replace").lower()


def _version(pe: pefile.PE) -> tuple[int, int, int, int] | None:
    fixed = getattr(pe, "VS_FIXEDFILEINFO", None)
    if not fixed:
        return None
    high, low = fixed[0].FileVersionMS, fixed[0].FileVersionLS
    return high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF


def _texts(pe: pefile.PE) -> dict[str, str]:
    """The texts of VERSIONINFO, by their names; of several languages the first."""
    found: dict[str, str] = {}
    for table in (
        table
        for info in getattr(pe, "FileInfo", ())
        for block in info
        if block.Key == b"StringFileInfo"
        for table in block.StringTable
    ):
        for name, value in table.entries.items():
            text = value.decode("utf-8", "replace").strip("\0").strip()
            found.setdefault(name.decode("utf-8", "replace"), text)
    return found
