"""What is known of DLLs by their names: which ones Windows Server has, and what brings the others."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import importlib.resources
import tomllib
from typing import ClassVar

from pydantic import ConfigDict

from bundler.model.codec import KEBAB, decode

_SETS = ("api-ms-win-", "ext-ms-win-")
_C_RUNTIME = "api-ms-win-crt-"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Redistributable:
    """What has certain DLLs: ``url`` by the target's platform is its installer, ``silent`` the installer's arguments; ``redistributables.toml`` says the rest."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    dlls: tuple[str, ...]
    page: str
    silent: str = ""
    url: dict[str, str] = dataclasses.field(default_factory=dict)

    def has(self, dll: str) -> bool:
        return any(fnmatch.fnmatchcase(dll, each) for each in self.dlls)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Feature:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    dlls: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Since:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    server: str
    dlls: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Windows:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    core: str
    desktop: str
    feature: tuple[_Feature, ...]
    since: tuple[_Since, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Redistributables:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    redistributable: tuple[Redistributable, ...]


def windows_condition(dll: str) -> str | None:
    """When Windows Server has ``dll`` (lower case): empty is always, None never; otherwise what fits after "Windows Server has it"."""
    if dll.startswith(_SETS) and not dll.startswith(_C_RUNTIME):
        return ""
    return _windows().get(dll if "." in dll else f"{dll}.dll")


def redistributable_of(dll: str) -> Redistributable | None:
    """What brings ``dll`` (lower case); None: nobody known."""
    return next((each for each in _redistributables() if each.has(dll)), None)


@functools.cache
def _windows() -> dict[str, str]:
    table = decode(_Windows, _read("windows.toml"))
    found = dict.fromkeys(table.core.split(), "")
    found |= dict.fromkeys(table.desktop.split(), "with the Desktop Experience only")
    for feature in table.feature:
        found |= dict.fromkeys(feature.dlls.split(), f"where the feature {feature.name} was added")
    for since in table.since:
        found |= dict.fromkeys(since.dlls.split(), f"since {since.server}")
    return found


@functools.cache
def _redistributables() -> tuple[Redistributable, ...]:
    return decode(_Redistributables, _read("redistributables.toml")).redistributable


def _read(name: str) -> dict[str, object]:
    text = importlib.resources.files("bundler.convert.dlls").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
