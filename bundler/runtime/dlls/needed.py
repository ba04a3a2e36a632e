"""Which DLLs the wheels of a bundle want that the loader of Windows won't find for them.

A program finds what lies in its own folder as it is installed, what every program finds, and, inside Python, what lies beside python.exe
and what lies in the folders of its own distribution, which adds them to the search. A DLL that another distribution has is found only once
that is imported: a name that is loaded already isn't looked for. Whether a program needs what it names is unknown here: it may be
loaded on a condition, or never. So this is advice.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.formats.pe.programs import Program
from bundler.formats.wheel_reader import placed_in
from bundler.model.dll import DllInfo
from bundler.model.platforms import demand_platform
from bundler.runtime.dlls.known import Pattern, optional_part, redistributable_of, windows_condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.model.target import Target
    from bundler.runtime.dlls.provided import RuntimeDlls

PYTHON = "Python itself"
"""In ``DllInfo.brought_by``: what lies in Python's folder DLLs is found as another distribution's is."""
_TOOL = "a program of its own, which no import needs"
_LIBRARY = "lib/site-packages"
_UNIVERSAL, _UNIVERSAL_SETS = "ucrtbase.dll", "api-ms-win-crt-"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A wheel by its package's name, and its programs; ``requires``: all packages that it requires, and these in turn."""

    name: str
    programs: tuple[Program, ...]
    requires: frozenset[str] = frozenset()


def needed_dlls(
    holders: Sequence[Holder], target: Target, *, runtime: RuntimeDlls, provided: frozenset[str] = frozenset()
) -> tuple[DllInfo, ...]:
    """What isn't found by some program, sorted by name: first what only the server can have, or others for themselves, then what only some Windows has.

    ``provided``: what the recipe's prerequisites bring, names in lower case; ``*`` stands for any letters. Programs for another machine than the target's are passed over: its Python can't load them.
    """
    mine = [
        dataclasses.replace(each, programs=tuple(one for one in each.programs if one.platform == target.platform))
        for each in holders
    ]
    finding = _Finding(mine, target, runtime, provided)
    users: dict[tuple[str, tuple[str, ...], bool], dict[str, bool]] = {}
    for holder, program in _loaded(mine):
        search = finding.search(holder, program)
        for name, delayed in _wanted(program):
            if windows_condition(name) == "" or search.finds(name):
                continue
            others = finding.others(holder, name) if search.python else ()
            required = not holder.requires.isdisjoint(others) or PYTHON in others
            shown = _UNIVERSAL if name.startswith(_UNIVERSAL_SETS) else name
            of = users.setdefault((shown, others, required), {})
            place = f"{holder.name}: {program.path}"
            of[place] = of.get(place, True) and delayed
    tools = {f"{holder.name}: {each.path}" for holder in mine for each in holder.programs if not in_python(each)}
    found = [
        dataclasses.replace(_info(name, wanted, target, tools), brought_by=others, required=required)
        for (name, others, required), wanted in users.items()
    ]
    return tuple(sorted(found, key=lambda each: (bool(each.condition), each.name, each.brought_by, each.required)))


class _Finding:
    """Where the loader looks for a DLL that a program names."""

    def __init__(
        self, holders: Sequence[Holder], target: Target, runtime: RuntimeDlls, provided: frozenset[str]
    ) -> None:
        self._scripts = demand_platform(target.platform).programs.folder
        self._inside = _Names(runtime.inside | runtime.everywhere | provided)
        self._alone = _Names(runtime.everywhere | provided)
        self._apart = _Names(runtime.apart)
        self._folders: dict[str, set[str]] = {}
        self._beside: dict[str, set[str]] = {}
        self._holders: dict[str, set[str]] = {}
        for holder in holders:
            for program in holder.programs:
                self._folders.setdefault(holder.name, set()).add(self._folder(program))
                self._beside.setdefault(self._folder(program), set()).add(program.name)
                self._holders.setdefault(program.name, set()).add(holder.name)

        self._own: dict[str, set[str]] = {}

    def search(self, holder: Holder, program: Program) -> _Search:
        """Where the loader looks for what a program names, whatever else is loaded."""
        if not in_python(program):
            return _Search(python=False, beside=self._beside[self._folder(program)], known=self._alone)
        if holder.name not in self._own:  # once: a distribution may have as many folders as files
            self._own[holder.name] = set().union(*(self._beside[each] for each in self._folders[holder.name]))
        return _Search(python=True, beside=self._own[holder.name], known=self._inside)

    def others(self, holder: Holder, name: str) -> tuple[str, ...]:
        """Who else has a DLL that isn't found inside Python, and could have loaded it before."""
        of_python = {PYTHON} if name in self._apart else set()
        return tuple(sorted(of_python or self._holders.get(name, set()) - {holder.name}))

    def _folder(self, program: Program) -> str:
        """The program's folder as it is installed, seen from the environment, in small letters."""
        scheme, path = placed_in(program.path)
        root = {"scripts": f"{self._scripts}/", "data": ""}.get(scheme, f"{_LIBRARY}/")
        return f"{root}{path}".rpartition("/")[0].lower()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    """``python``: the program runs inside Python; ``beside``: names of the folders that are searched."""

    python: bool
    beside: set[str]
    known: _Names

    def finds(self, name: str) -> bool:
        return name in self.beside or name in self.known


class _Names:
    """A set of names, some with ``*``."""

    def __init__(self, names: Iterable[str]) -> None:
        self._plain = frozenset(names)
        self._patterns = tuple(Pattern(each) for each in self._plain if "*" in each)

    def __contains__(self, name: str) -> bool:
        return name in self._plain or any(each.fits(name) for each in self._patterns)


def in_python(program: Program) -> bool:
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


def _info(name: str, users: dict[str, bool], target: Target, tools: set[str]) -> DllInfo:
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
        optional=_only_optional(users, tools),
    )


def _only_optional(users: Iterable[str], tools: set[str]) -> str:
    """The parts that want it, if every one of them is a part that applications do without; ``tools``: programs that run apart from Python."""
    parts = [optional_part(*each.split(": ", 1)) or (_TOOL if each in tools else "") for each in users]
    return ", ".join(dict.fromkeys(parts)) if all(parts) else ""
