"""Pictures of a machine, and what is different between two of them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bundler.rehearse.results import Left

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "folder"
"""What stands for a folder where a file has a fingerprint."""
_SERVICES = re.compile(r"HKLM\\System\\CurrentControlSet\\Services\\([^\\|]+)", re.IGNORECASE)
_PATH = re.compile(
    r"(HKLM\\System\\CurrentControlSet\\Control\\Session Manager|HKCU)\\Environment\|path", re.IGNORECASE
)
_TASKS = re.compile(r"C:\\Windows\\System32\\Tasks\\(.+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """``files``: a fingerprint by path, FOLDER for a folder; ``registry``: data by ``KEY|VALUE``, an empty text for a key itself."""

    files: Mapping[str, str]
    registry: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is different: ``how`` is "new", "changed" or "gone"."""

    kind: str  # as in Left
    name: str
    how: str


def changes(before: Picture, after: Picture) -> tuple[Change, ...]:
    """What is different, sorted; folders only where they are new or gone."""
    found = [
        *_different(before.files, after.files, _file_kind),
        *_different(before.registry, after.registry, _registry_kind),
    ]
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def left(before: Picture, after: Picture, declared: tuple[str, ...]) -> tuple[Left, ...]:
    """What is new or changed; ``declared``: patterns of names that the documentation says stay.

    Of a folder that is new as a whole only itself is told, and of a service or a registry key the same. Of one that may stay, and not with all that
    is in it, that is told too: the folder above the data.
    """
    fits = _fitting(declared)
    found: dict[tuple[str, str], Left] = {}
    tops: set[str] = set()
    for each in changes(before, after):
        name = each.name.lower()
        if each.how == "gone" or not tops.isdisjoint(_above(each.kind, name)):
            continue
        may_stay = fits(name)
        whole = each.kind == "registry" or (each.kind == "file" and (not may_stay or fits(f"{name}\\")))
        if each.how == "new" and whole:
            tops.add(name)
        found[each.kind, each.name] = Left(kind=each.kind, name=each.name, declared=may_stay)
    return tuple(found.values())


def _fitting(declared: tuple[str, ...]) -> Callable[[str], bool]:
    patterns = [pattern.lower() for pattern in declared]
    return lambda name: any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _above(kind: str, name: str) -> Iterator[str]:
    """The folders or keys that it lies in; a value lies in its key."""
    if kind == "registry":
        name, bar, _ = name.partition("|")
        if bar:
            yield name
    while name := name.rpartition("\\")[0]:
        yield name


def _different(before: Mapping[str, str], after: Mapping[str, str], kind_of: _KindOf) -> Iterator[Change]:
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        how = "new" if old is None else "gone" if new is None else "changed"
        kind, shown = kind_of(name)
        yield Change(kind=kind, name=shown, how=how)


if TYPE_CHECKING:
    from collections.abc import Callable

    _KindOf = Callable[[str], tuple[str, str]]


def _file_kind(name: str) -> tuple[str, str]:
    task = _TASKS.fullmatch(name)
    return ("task", task[1]) if task else ("file", name)


def _registry_kind(name: str) -> tuple[str, str]:
    service = _SERVICES.match(name)
    if service:
        return "service", service[1]
    return ("path", name.partition("|")[0]) if _PATH.fullmatch(name) else ("registry", name)
