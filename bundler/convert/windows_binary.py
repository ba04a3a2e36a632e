"""What a Windows program says of itself: machine, version, the DLLs that it loads (PE format, Microsoft's specification)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pefile

from bundler.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
"""The machine in the file header of what runs on a platform."""

_RESOURCES = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]
_IMPORTS = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_IMPORT"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Binary:
    """``version`` are the four numbers of VERSIONINFO, None without it; ``product`` its name; ``imports`` in lower case."""

    machine: int
    dll: bool
    version: tuple[int, int, int, int] | None
    product: str
    imports: frozenset[str]

    @property
    def platform(self) -> str:
        """The platform tag it runs on; the machine's number if there is none."""
        return next(
            (tag for tag, machine in MACHINES.items() if machine == self.machine), f"machine 0x{self.machine:x}"
        )


def read_binary(file: Path, name: str) -> Binary:
    """Read an exe, DLL or pyd; ``name`` is for the error, IntegrityError (``program-malformed``)."""
    try:
        with pefile.PE(str(file), fast_load=True) as pe:
            pe.parse_data_directories([_RESOURCES, _IMPORTS])
            return Binary(
                machine=pe.FILE_HEADER.Machine,
                dll=pe.is_dll(),
                version=_version(pe),
                product=_product(pe),
                imports=frozenset(
                    entry.dll.decode("ascii", "replace").lower() for entry in getattr(pe, "DIRECTORY_ENTRY_IMPORT", ())
                ),
            )
    except OSError:
        raise
    except Exception as error:  # hostile bytes make decoders fail in every way there is
        raise IntegrityError(
            "program-malformed",
            f"{name} is no Windows program: {error}",
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


def _version(pe: pefile.PE) -> tuple[int, int, int, int] | None:
    fixed = getattr(pe, "VS_FIXEDFILEINFO", None)
    if not fixed:
        return None
    high, low = fixed[0].FileVersionMS, fixed[0].FileVersionLS
    return high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF


def _product(pe: pefile.PE) -> str:
    for table in (
        table
        for info in getattr(pe, "FileInfo", ())
        for block in info
        if block.Key == b"StringFileInfo"
        for table in block.StringTable
    ):
        if b"ProductName" in table.entries:
            return str(table.entries[b"ProductName"].decode("utf-8", "replace"))
    return ""
