"""What is known of DLLs by their names: which ones Windows Server has, and what brings the others.

The tables are the product's own, and every build reads them: they are taken as they are, and tests look at them.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from typing import Any

_SET = "api-ms-win-"
_SETS = (_SET, "ext-ms-win-")
_C_RUNTIME = "api-ms-win-crt-"
_KEY = 2


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Redistributable:
    """What has certain DLLs: ``url`` by the target's platform is its installer, ``silent`` the installer's arguments; ``redistributables.toml`` says the rest."""

    name: str
    page: str
    silent: str
    url: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """A name with at most one ``*``, which stands for any letters: quicker to ask than a regular expression is to make."""

    text: str

    def fits(self, dll: str) -> bool:
        head, star, tail = self.text.partition("*")
        if not star:
            return dll == head
        return len(dll) >= len(head) + len(tail) and dll.startswith(head) and dll.endswith(tail)


def windows_condition(dll: str) -> str | None:
    """When Windows Server has ``dll`` (lower case): empty is always, None never; otherwise what fits after "Windows Server has it"."""
    if dll.startswith(_SETS) and not dll.startswith(_C_RUNTIME):
        return _sets().get(dll.removesuffix(".dll"), "")
    return _windows().get(dll if "." in dll else f"{dll}.dll")


@functools.cache
def redistributable_of(dll: str) -> Redistributable | None:
    """What brings ``dll`` (lower case); None: nobody known."""
    return next((found for pattern, found in _redistributables().get(dll[:_KEY], ()) if pattern.fits(dll)), None)


def optional_part(package: str, path: str) -> str:
    """The part of ``package`` (normalized name) that a program at ``path`` belongs to, if applications do without it; empty: no such one."""
    found = (what for pattern, what in _optional().get(package, ()) if pattern.fits(path.lower()))
    return next(found, "")


@functools.cache
def _optional() -> Mapping[str, list[tuple[Pattern, str]]]:
    found: dict[str, list[tuple[Pattern, str]]] = {}
    for each in _read("optional.toml")["part"]:
        found.setdefault(each["package"], []).append((Pattern(each["path"]), each["what"]))
    return found


@functools.cache
def _windows() -> Mapping[str, str]:
    table = _read("windows.toml")
    found = dict.fromkeys(table["core"].split(), "")
    found |= dict.fromkeys(table["desktop"].split(), "with the Desktop Experience only")
    for each in table["feature"]:
        found |= dict.fromkeys(each["dlls"].split(), f"where the feature {each['name']} was added")
    for each in table["since"]:
        found |= dict.fromkeys(each["dlls"].split(), f"since {each['server']}")
    return found


@functools.cache
def _sets() -> Mapping[str, str]:
    """The sets of functions that not every server has. Of others nothing is known against them: what is newer than the table isn't in it."""
    return {
        _SET + name: f"since {each['server']}"
        for each in _read("api_sets.toml")["since"]
        for name in each["sets"].split()
    }


@functools.cache
def _redistributables() -> Mapping[str, list[tuple[Pattern, Redistributable]]]:
    """The patterns in their order, by the first two letters."""
    found: dict[str, list[tuple[Pattern, Redistributable]]] = {}
    for each in _read("redistributables.toml")["redistributable"]:
        made = Redistributable(
            name=each["name"], page=each["page"], silent=each.get("silent", ""), url=each.get("url", {})
        )
        for pattern in each["dlls"]:
            found.setdefault(pattern[:_KEY], []).append((Pattern(pattern), made))
    return found


def _read(name: str) -> dict[str, Any]:
    text = importlib.resources.files("bundler.runtime.dlls").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
