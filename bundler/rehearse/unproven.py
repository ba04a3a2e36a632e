"""What an engine can't prove of a bundle: facts of ``unproven.toml``, each said where the bundle uses what it is about."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import tomllib
from typing import TYPE_CHECKING, ClassVar

from packaging.utils import canonicalize_name
from pydantic import ConfigDict

from bundler.model.codec import KEBAB, decode
from bundler.model.platforms import platform_of
from bundler.model.policy import admin_reasons
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.rehearse.results import EngineName
from bundler.report import some_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bundler.model.manifest import Manifest

_MOST = 6
_LONG_PATH = 200
"""Characters of a path on the target, from which on the limit of 260 is near: programs make files beside their own."""
_DATABASES = frozenset({"pyodbc", "aioodbc", "turbodbc", "mssql-django", "cx-oracle", "oracledb", "pymssql", "ibm-db"})
_DEVICES = frozenset({"pyserial", "pyserial-asyncio", "pyusb", "hidapi", "pyvisa", "pymodbus", "bleak", "python-can"})
_SYSTEM = frozenset({"pywin32", "comtypes", "wmi", "pywinauto", "pythonnet", "winrt-runtime", "xlwings", "pycaw"})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """``when``: a key of ``USED``; ``words``: a sentence, ``{found}`` in it stands for what that found."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    engine: EngineName
    when: str
    words: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Facts:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    fact: tuple[Fact, ...]


@functools.cache
def facts() -> tuple[Fact, ...]:
    """All of them, in their order in reports."""
    text = importlib.resources.files("bundler.rehearse").joinpath("unproven.toml").read_text(encoding="utf-8")
    return decode(_Facts, tomllib.loads(text)).fact


def unproven(manifest: Manifest, engine: str) -> tuple[str, ...]:
    """A sentence for each thing of this bundle that ``engine`` can't prove; names in it are the bundle's words."""
    return tuple(
        fact.words.replace("{found}", ", ".join(some_lines(found, _MOST)))
        for fact in facts()
        if fact.engine == engine and (found := list(dict.fromkeys(USED[fact.when](manifest))))
    )


def _anything(_: Manifest) -> Iterable[str]:
    yield "anything"


def _lowest_windows(manifest: Manifest) -> Iterable[str]:
    system = platform_of(manifest.target.platform)
    yield system.version_name(manifest.target.windows) if system else ".".join(map(str, manifest.target.windows))


def _missing_dlls(manifest: Manifest) -> Iterable[str]:
    return (each.name for each in manifest.dlls if not (each.optional or each.brought_by))


def _no_admin_rights(manifest: Manifest) -> Iterable[str]:
    return () if any(admin_reasons(manifest)) else ("none",)


def _service_accounts(manifest: Manifest) -> Iterable[str]:
    return (f"{each.name} as {each.account}" for each in manifest.services)


def _passwords(manifest: Manifest) -> Iterable[str]:
    return (each.account for each in manifest.services if each.password is not None or each.account.endswith("$"))


def _recovery(manifest: Manifest) -> Iterable[str]:
    return (each.name for each in manifest.services if each.restart)


def _start_types(manifest: Manifest) -> Iterable[str]:
    return (f"{each.name}: {each.start}" for each in manifest.services)


def _foreign_services(manifest: Manifest) -> Iterable[str]:
    own = {each.name.casefold() for each in manifest.services}
    return (name for each in manifest.services for name in each.dependencies if name.casefold() not in own)


def _health(manifest: Manifest) -> Iterable[str]:
    return (each.name for each in manifest.services if each.health and each.health.owner)


def _permissions(manifest: Manifest) -> Iterable[str]:
    return (f"{each.account}: {each.rights} in {each.path}" for each in manifest.permissions)


def _secrets(manifest: Manifest) -> Iterable[str]:
    return (each.name for each in manifest.site if each.secret)


def _python_installer(manifest: Manifest) -> Iterable[str]:
    return (manifest.runtime.kind,) if manifest.runtime.file is not None else ()


def _path_variable(manifest: Manifest) -> Iterable[str]:
    return ("PATH",) if manifest.runtime.prepend_path else ()


def _present_python(manifest: Manifest) -> Iterable[str]:
    return (manifest.target.python,) if RUNTIME_KINDS[manifest.runtime.kind].present else ()


def _prerequisites(manifest: Manifest) -> Iterable[str]:
    return (each.name for each in manifest.prerequisites)


def _post_install(manifest: Manifest) -> Iterable[str]:
    return (" ".join(each.command) for each in manifest.post_install)


def _long_paths(manifest: Manifest) -> Iterable[str]:
    room = len(manifest.environment.path) + len("\\releases\\") + len(manifest.bundle.release) + 1
    longest = room + max((each.longest_path for each in manifest.packages), default=0)
    return (f"the longest has {longest} characters",) if longest >= _LONG_PATH else ()


def _windows_shown(manifest: Manifest) -> Iterable[str]:
    return (each.command[0] for each in manifest.rehearse.commands if each.window)


def _pages_shown(manifest: Manifest) -> Iterable[str]:
    return (each.url for each in manifest.rehearse.requests if each.screenshot)


def _packages(names: frozenset[str]) -> Callable[[Manifest], Iterable[str]]:
    return lambda manifest: (each.name for each in manifest.packages if canonicalize_name(each.name) in names)


USED: dict[str, Callable[[Manifest], Iterable[str]]] = {
    "anything": _anything,
    "lowest_windows": _lowest_windows,
    "missing_dlls": _missing_dlls,
    "admin_rights": admin_reasons,
    "no_admin_rights": _no_admin_rights,
    "service_accounts": _service_accounts,
    "passwords": _passwords,
    "recovery": _recovery,
    "start_types": _start_types,
    "foreign_services": _foreign_services,
    "health": _health,
    "permissions": _permissions,
    "secrets": _secrets,
    "python_installer": _python_installer,
    "path_variable": _path_variable,
    "present_python": _present_python,
    "prerequisites": _prerequisites,
    "post_install": _post_install,
    "long_paths": _long_paths,
    "windows_shown": _windows_shown,
    "pages_shown": _pages_shown,
    "databases": _packages(_DATABASES),
    "devices": _packages(_DEVICES),
    "system_calls": _packages(_SYSTEM),
}
"""What a bundle uses that a fact may be about: its name in ``unproven.toml``, and what of it there is in a manifest."""
