"""The Windows programs in a zip: extension modules, DLLs, executables, and the DLLs that each wants."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import IntegrityError
from bundler.formats.wheel_reader import MalformedWheelError

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

_VERSIONED = "msvcp140"
_MOST_NAMES = 200_000
"""Of DLLs that all programs of one wheel name; those of Qt, hundreds of programs, name some ten thousand."""
_SUFFIXES = (".pyd", ".dll", ".exe", ".ocx", ".drv")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One program: ``path`` inside the wheel, ``platform`` the tag of its machine; ``imports``, ``delayed`` (sorted) and ``linker`` as of
    ``Binary``. ``version``: of a C++ runtime of Microsoft's, its own.
    """

    path: str
    platform: str
    imports: tuple[str, ...]
    delayed: tuple[str, ...] = ()
    linker: tuple[int, int] = (0, 0)
    version: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The name that others import it by: that of the file, in lower case."""
        return self.path.rpartition("/")[2].lower()

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0].lower()


def programs_in(archive: zipfile.ZipFile) -> Iterator[Program]:
    """The programs of an open wheel; each is unpacked to the disk for a moment, since some have hundreds of megabytes.

    Raises MalformedWheelError where they name more DLLs than any.
    """
    members = [each for each in archive.infolist() if each.filename.lower().endswith(_SUFFIXES) and each.file_size]
    if not members:
        return
    from bundler.formats.pe.binary import read_binary  # late: what is remembered isn't read again

    names = 0
    with scratch_folder("bundle-program-") as scratch:
        file = scratch / "program"
        for each in members:
            with archive.open(each) as source, file.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            try:
                named = each.filename.rpartition("/")[2].lower().startswith(_VERSIONED)
                binary = read_binary(file, each.filename, resources=named)
            except IntegrityError:
                continue  # a pointer to a file elsewhere, test data, a DLL of DOS
            names += len(binary.imports) + len(binary.delayed)
            if names > _MOST_NAMES:
                raise MalformedWheelError(f"its programs name more than {_MOST_NAMES} DLLs")
            yield Program(
                path=each.filename,
                platform=binary.platform,
                imports=tuple(sorted(binary.imports)),
                delayed=tuple(sorted(binary.delayed - binary.imports)),
                linker=binary.linker,
                version=binary.version[:2] if binary.version is not None else None,
            )
