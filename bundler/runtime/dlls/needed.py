"""Which DLLs the wheels of a bundle want that nobody provides: neither Windows, nor Python, nor a wheel, nor a prerequisite.

Whether a program needs what it names is unknown here: it may be loaded on a condition, or never. So this is advice.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.formats.pe.programs import Program
from bundler.model.dll import DllInfo
from bundler.runtime.dlls.known import Pattern, optional_part, redistributable_of, windows_condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.model.target import Target
    from bundler.runtime.dlls.provided import RuntimeDlls

_UNIVERSAL, _UNIVERSAL_SETS = "ucrtbase.dll", "api-ms-win-crt-"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A wheel by its package's name, and its programs."""

    name: str
    programs: tuple[Program, ...]


def needed_dlls(
    holders: Sequence[Holder], target: Target, *, runtime: RuntimeDlls, provided: frozenset[str] = frozenset()
) -> tuple[DllInfo, ...]:
    """What the target's server must have or get, sorted by name: first what nobody provides, then what only some Windows has.

    ``provided``: what the recipe's prerequisites bring, names in lower case; ``*`` stands for any letters. Programs for another machine than the target's are passed over: its Python can't load them.
    """
    mine = [
        Holder(name=each.name, programs=tuple(one for one in each.programs if one.platform == target.platform))
        for each in holders
    ]
    bundled = frozenset(program.name for each in mine for program in each.programs)
    inside = _Names(bundled | runtime.inside | runtime.everywhere | provided)
    alone = _Names(runtime.everywhere | provided)
    folders: dict[tuple[str, str], set[str]] = {}
    for holder in mine:
        for program in holder.programs:
            folders.setdefault((holder.name, program.folder), set()).add(program.name)
    users: dict[str, dict[str, bool]] = {}
    for holder, program in _loaded(mine):
        known = inside if _in_python(program) else alone
        beside = folders[holder.name, program.folder]
        for name, delayed in _wanted(program):
            if windows_condition(name) != "" and name not in beside and name not in known:
                place = f"{holder.name}: {program.path}"
                of = users.setdefault(_UNIVERSAL if name.startswith(_UNIVERSAL_SETS) else name, {})
                of[place] = of.get(place, True) and delayed
    found = [_info(name, wanted, target) for name, wanted in users.items()]
    return tuple(sorted(found, key=lambda each: (bool(each.condition), each.name)))


class _Names:
    """A set of names, some with ``*``."""

    def __init__(self, names: Iterable[str]) -> None:
        self._plain = frozenset(names)
        self._patterns = tuple(Pattern(each) for each in self._plain if "*" in each)

    def __contains__(self, name: str) -> bool:
        return name in self._plain or any(each.fits(name) for each in self._patterns)


def _in_python(program: Program) -> bool:
    """Whether it runs inside the runtime's Python, and finds what lies beside python.exe; an executable that isn't
    linked to Python finds what lies beside itself and what Windows has, and nothing else.
    """
    return not program.name.endswith(".exe") or any(each.startswith("python") for each in program.imports)


def _loaded(holders: Sequence[Holder]) -> Iterator[tuple[Holder, Program]]:
    """Every program but those of a redistributable that are carried along with the others of it and that nobody wants."""
    everything = [(holder, program) for holder in holders for program in holder.programs]
    carried = {program.name: program for _, program in everything if redistributable_of(program.name)}
    wanted = {
        name for _, program in everything if program.name not in carried for name in program.imports + program.delayed
    }
    queue = sorted(wanted & carried.keys())
    while queue:
        more = {name for name in carried[queue.pop()].imports if name in carried and name not in wanted}
        wanted |= more
        queue += sorted(more)
    return (each for each in everything if each[1].name not in carried or each[1].name in wanted)


def _wanted(program: Program) -> Iterator[tuple[str, bool]]:
    """What it loads, and whether only when it is first called; Microsoft's own runtimes do without what they delay."""
    yield from ((each, False) for each in program.imports)
    if redistributable_of(program.name) is None:
        yield from ((each, True) for each in program.delayed)


def _info(name: str, users: dict[str, bool], target: Target) -> DllInfo:
    condition = windows_condition(name) or ""
    source = None if condition else redistributable_of(name)
    return DllInfo(
        name=name,
        needed_by=tuple(users),
        delayed=all(users.values()),
        condition=condition,
        redistributable=source.name if source else "",
        address=(source.url.get(target.platform) or source.page) if source else "",
        silent=source.silent if source else "",
        optional=_only_optional(users),
    )


def _only_optional(users: Iterable[str]) -> str:
    """The parts that want it, if every one of them is a part that applications do without."""
    parts = [optional_part(*each.split(": ", 1)) for each in users]
    return ", ".join(dict.fromkeys(parts)) if all(parts) else ""
