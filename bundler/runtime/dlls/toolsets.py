"""Which version of Microsoft's C++ runtime a bundle's programs want: at least that of the newest toolset that made one of them.

Microsoft, "C++ binary compatibility between Visual Studio versions" (July 2026, read in November 2026): the redistributable must be at least
as new as the newest build tools of any part. What 14.40 and later made crashes in ``std::mutex`` with an older msvcp140.dll (the STL's
changelog, Visual Studio 2022 17.10).
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.model.target import Target
    from bundler.runtime.dlls.needed import Holder

_RUNTIME = re.compile(r"(?:msvcp140|concrt140|vccorlib140|vcomp140|mfcm?140)(?:_\w+|u)?\.dll")
"""By its own names: what a wheel carries under a name with a hash is its own business. vcruntime140.dll lies beside every python.exe."""
_MAJOR = 14


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NeededToolset:
    """``version`` as (14, 44); ``user``: ``package: path in its wheel`` of one that wants it, ``dll`` what it loads."""

    version: tuple[int, int]
    user: str
    dll: str

    @property
    def text(self) -> str:
        return f"{self.version[0]}.{self.version[1]:02}"


def needed_toolset(holders: Iterable[Holder], target: Target) -> NeededToolset | None:
    """The newest one whose runtime a program finds nowhere but in Windows; None: no program wants it."""
    found: NeededToolset | None = None
    for holder in holders:
        beside = {(each.folder, each.name) for each in holder.programs}
        for program in holder.programs:
            if program.platform != target.platform or program.linker[0] != _MAJOR:
                continue
            wanted = [
                each for each in program.imports if _RUNTIME.fullmatch(each) and (program.folder, each) not in beside
            ]
            if wanted and (found is None or program.linker > found.version):
                found = NeededToolset(version=program.linker, user=f"{holder.name}: {program.path}", dll=wanted[0])
    return found


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OlderCopy:
    """``carrier`` (``package: path``) is of an older ``version`` than the toolset that made the user of ``needed``."""

    carrier: str
    version: tuple[int, int]
    needed: NeededToolset


def older_copies(holders: Iterable[Holder], target: Target) -> Iterator[OlderCopy]:
    """Runtimes that wheels carry under their own names and that are too old for programs of other wheels: the first that a process loads
    is for all that follow.
    """
    every = list(holders)
    for carrier in every:
        others = [each for each in every if each.name != carrier.name]
        for program in carrier.programs:
            if program.platform != target.platform or program.version is None or not _RUNTIME.fullmatch(program.name):
                continue
            needed = needed_toolset(others, target)
            if needed is not None and program.version < needed.version:
                yield OlderCopy(carrier=f"{carrier.name}: {program.path}", version=program.version, needed=needed)


def is_runtime(dll: str) -> bool:
    """Whether a name (``*`` stands for any letters), or a path's end, is of this runtime."""
    name = dll.lower().replace("/", "\\").rpartition("\\")[2].replace("*", "")
    return bool(_RUNTIME.fullmatch(name) or re.fullmatch(r"vcruntime140(?:_1)?\.dll", name))
