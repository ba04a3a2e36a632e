"""The Windows programs of a wheel: extension modules, DLLs, executables, and the DLLs that each wants."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.artifact import WheelFile
    from bundler.model.ports import Cache

_CACHED = "programs-1"
_SUFFIXES = (".pyd", ".dll", ".exe", ".ocx", ".drv")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One program: ``path`` inside the wheel, ``platform`` the tag of its machine, ``imports`` and ``delayed`` as of ``Binary``, sorted."""

    path: str
    platform: str
    imports: tuple[str, ...]
    delayed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that others import it by: that of the file, in lower case."""
        return self.path.rpartition("/")[2].lower()

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0].lower()


def wheel_programs(wheel: WheelFile, cache: Cache) -> tuple[Program, ...]:
    """All programs of a wheel, in its order; remembered by its hash. What only calls itself a program isn't one.

    Raises IntegrityError (``wheel-malformed``) for a wheel that can't be read.
    """
    known = cache.load(_CACHED, wheel.file.sha256)
    if known is not None:
        return _decode(known)
    try:
        with zipfile.ZipFile(wheel.file.path) as archive:
            found = tuple(programs_in(archive))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is no sound wheel: {error}") from None
    cache.save(_CACHED, wheel.file.sha256, _encode(found))
    return found


def programs_in(archive: zipfile.ZipFile) -> Iterator[Program]:
    """The programs of an open wheel; each is unpacked to the disk for a moment, since some have hundreds of megabytes."""
    members = [each for each in archive.infolist() if each.filename.lower().endswith(_SUFFIXES) and each.file_size]
    if not members:
        return
    from bundler.convert.windows_binary import read_binary  # late: what is remembered isn't read again

    with tempfile.TemporaryDirectory(prefix="bundle-program-", ignore_cleanup_errors=True) as scratch:
        file = Path(scratch) / "program"
        for each in members:
            with archive.open(each) as source, file.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            try:
                binary = read_binary(file, each.filename, resources=False)
            except IntegrityError:
                continue  # a pointer to a file elsewhere, test data, a DLL of DOS
            yield Program(
                path=each.filename,
                platform=binary.platform,
                imports=tuple(sorted(binary.imports)),
                delayed=tuple(sorted(binary.delayed - binary.imports)),
            )


def _encode(programs: tuple[Program, ...]) -> bytes:
    return json.dumps([[each.path, each.platform, each.imports, each.delayed] for each in programs]).encode()


def _decode(content: bytes) -> tuple[Program, ...]:
    return tuple(
        Program(path=path, platform=platform, imports=tuple(imports), delayed=tuple(delayed))
        for path, platform, imports, delayed in json.loads(content)
    )
