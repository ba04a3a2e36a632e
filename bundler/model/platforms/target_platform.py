"""What the build host must know of a system that bundles are installed on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """``machine``: what ``platform.machine()`` says there; ``bits``: the width of a pointer, 32 or 64."""

    machine: str
    bits: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PathRules:
    """How places on the target are written, in recipes.

    ``separator``: between folders. ``absolute_fault``: why a text is no absolute path, None if it is one. ``part_faults``: what the system would read as something
    else than what is written; ``slips``: what nobody means who writes it. ``is_inside``: whether a text begins with ``{release}`` or ``{data}`` and stays inside; ``file_faults``: why a
    file can't have such a place.
    ``is_place``: whether a text is an absolute path or begins with a folder in braces, and doesn't lead upwards. ``folded``: a path as
    the system compares it; ``is_below``: of two folded ones, whether the first lies inside the second. ``file_name``: its last part. ``folder_room``: by
    how many characters the limit for folders' paths is lower than that for files', ``path_limit``: the latter, in characters.
    """

    separator: str
    absolute_fault: Callable[[str], str | None]
    part_faults: Callable[[str], Iterator[str]]
    slips: Callable[[str], Iterator[str]]
    is_inside: Callable[[str], bool]
    file_faults: Callable[[str], Iterator[str]]
    is_place: Callable[[str], bool]
    folded: Callable[[str], str]
    is_below: Callable[[str, str], bool]
    file_name: Callable[[str], str]
    folder_room: int
    path_limit: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ProgramRules:
    """Programs of an environment.

    ``folder``: where they lie, seen from the environment. ``endings``: in which a command's first word may leave its program's name.
    ``launcher``: the ending of what is made for an entry point. ``of_environment``: those that every environment has, in small letters.
    """

    folder: str
    endings: tuple[str, ...]
    launcher: str
    of_environment: frozenset[str]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ShippedPrograms:
    """What every bundle carries of ourselves besides Python modules.

    ``starter``: the script that an operator runs, with ``line_end``; ``kept_starter``: what starts the kept copy, whichever it is; ``launchers`` and ``service_host``: compiled, one for each platform
    tag.
    """

    starter: str
    kept_starter: str
    line_end: bytes
    launchers: tuple[str, ...]
    service_host: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """One system.

    ``architectures``: by platform tag. ``markers``: the environment markers (PEP 508) that are the same for all of them.
    ``lowest_version``: of the lowest version that a CPython runs on, as its branch says it, that of the bundle, as the system counts;
    ``version_name``: its name for people; ``updates_needed``: what a CPython needs of its maker besides, in words. ``audits_dlls``:
    libraries are found by name when a program starts, and the ones that nothing brings are looked for. ``classifier``: how packages say
    that they run on it (``Operating System :: …``), in its general form. ``lacking_modules``: of the standard library, which its Python
    hasn't.
    """

    name: str
    architectures: Mapping[str, Architecture]
    markers: Mapping[str, str]
    paths: PathRules
    programs: ProgramRules
    shipped: ShippedPrograms
    lowest_version: Callable[[str], tuple[int, int, int]]
    version_name: Callable[[tuple[int, ...]], str]
    updates_needed: Callable[[str, tuple[int, ...]], tuple[str, ...]]
    audits_dlls: bool
    classifier: str
    lacking_modules: frozenset[str]
