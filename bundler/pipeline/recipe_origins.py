"""What the files of Pipenv, uv, Poetry and PDM say that a recipe can begin with.

None of them says all that a recipe needs, and a recipe can't say all that they do: what is left out is named, with file and line.
"""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.errors import Fault, InputError, reason_of
from bundler.foreign import (
    MalformedJsonError,
    MalformedTomlError,
    TooLargeError,
    UndecodableTextError,
    read_json,
    read_requirement,
    read_text,
    read_toml,
    read_version,
)
from bundler.formats.pyproject_file import table_in, tables_in
from bundler.resolve import repository_address

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
"""Locks that lie beside a project's pyproject.toml."""
PYTHON_ELSEWHERE = "the recipe's target names the Python"
_MARKERS = frozenset(
    {
        "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release", "platform_system",
        "platform_version", "python_version", "python_full_version", "implementation_name", "implementation_version",
    }
)  # fmt: skip
_PDM = ("path", "url", "git")
"""Keys of a package in pdm.lock that comes from no index."""
_VCS = ("hg", "svn", "bzr")
_ABOUT = re.compile(
    r"""(?:name\s*=\s*["']?(?P<named>[^"'=:,\s]+)["']?\s*,?|["']?(?P<name>[^"'=:,\s]+)["']?\s*(?:[=:].*|,)?)""",
    re.IGNORECASE,
)
"""A line with the name of a package in a lock, or with a key."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ToolsFile:
    """``indexes``: (address, packages that come from there only); ``projects``: folders; ``left_out``: place and reason."""

    name: str = ""
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    indexes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    projects: tuple[Path, ...] = ()
    left_out: tuple[Fault, ...] = ()


def read_lock_pins(path: Path) -> ToolsFile:
    """Pins of uv.lock, poetry.lock, pdm.lock and Pipfile.lock as constraints. Raises InputError (``origin-unreadable``)."""
    text = text_of(path)
    constraints: list[str] = []
    left_out: list[Fault] = []
    places = _Places(path, text)
    packages = _pipenv_packages(text, path) if path.name == "Pipfile.lock" else _locked_packages(text, path)
    versions: dict[str, set[str]] = {}
    for name, version, _ in packages:
        versions.setdefault(name, set()).add(version)
    for name, version, elsewhere in packages:
        if why := elsewhere or _no_pin(name, version, versions[name]):
            left_out.append(Fault(places.of(name), why))
        else:
            constraints.append(f"{name}=={version}")
    return ToolsFile(constraints=tuple(sorted(set(constraints))), left_out=tuple(dict.fromkeys(left_out)))


def _no_pin(name: str, version: str, versions: set[str]) -> str:
    """Why a version can't become a constraint; empty: it can."""
    if len(versions) > 1:
        return f"{name} has several versions there, by platform or Python"
    try:
        read_version(version)
    except InvalidVersion:
        return f"{name} has the version {version!r}, which is not a valid version"
    return ""


def _locked_packages(text: str, path: Path) -> list[tuple[str, str, str]]:
    """Of each package its normalized name, its version, and why it is none of an index; empty: it is. The project itself isn't among them."""
    found: list[tuple[str, str, str]] = []
    for each in tables_in(_toml(text, path).get("package")):
        name, source = str(each.get("name", "")), table_in(each.get("source"))
        if {"editable", "virtual"} & source.keys():
            continue  # the project, and others of its workspace
        of_pdm = next((key for key in _PDM if key in each), "")
        kind = of_pdm or str(source.get("type", next(iter(source), "")))  # Poetry's, else uv's
        why = "" if kind in ("", "registry", "legacy") else f"{name} comes from no index there ({kind})"
        found.append((canonicalize_name(name), str(each.get("version", "")), why))
    return found


def _pipenv_packages(text: str, path: Path) -> list[tuple[str, str, str]]:
    try:
        default = table_in(table_in(read_json(text)).get("default"))
    except MalformedJsonError as error:
        raise unreadable(path, str(error)) from None
    found: list[tuple[str, str, str]] = []
    for name, each in default.items():
        version = str(table_in(each).get("version", "")).removeprefix("==")
        found.append((canonicalize_name(name), version, "" if version else f"{name} comes from no index there"))
    return found


def read_pipfile(path: Path) -> ToolsFile:
    """A Pipfile, with the pins of the Pipfile.lock beside it. Raises InputError (``origin-unreadable``)."""
    text = text_of(path)
    table = _toml(text, path)
    sources = {str(each.get("name", "")): str(each.get("url", "")) for each in tables_in(table.get("source"))}
    requirements, projects, left_out = [], [], []
    places = _Places(path, text)
    pins: dict[str, list[str]] = {}
    for name, entry in table_in(table.get("packages")).items():
        where = places.of(name)
        said = {"version": entry} if isinstance(entry, str) else table_in(entry)
        place = path.parent / str(said["path"]) if "path" in said else None
        why = _not_taken(name, said, place)
        if why:
            left_out.append(Fault(where, why))
        elif place is not None:
            projects.append(place)
        else:
            requirements.append(_pipfile_requirement(name, said))
            if said.get("index") in sources:
                pins.setdefault(sources[str(said["index"])], []).append(canonicalize_name(name))
    others = [key for key in table if key not in ("packages", "source", "requires", "pipenv", "scripts")]
    left_out += [Fault(places.of_table(key), f"the packages of [{key}]") for key in others]
    pythons = [each for each in ("python_version", "python_full_version") if each in table_in(table.get("requires"))]
    left_out += [Fault(places.of(each), f"{each}: {PYTHON_ELSEWHERE}") for each in pythons]
    lock = path.with_name("Pipfile.lock")
    pinned = read_lock_pins(lock) if lock.is_file() else ToolsFile()
    general = [(url, ()) for url in sources.values() if url not in pins]
    indexes = [(url, tuple(names)) for url, names in pins.items()]
    return ToolsFile(
        requirements=tuple(requirements),
        constraints=pinned.constraints,
        indexes=(*indexes, *general) if indexes or len(general) > 1 else tuple(general),
        projects=tuple(projects),
        left_out=(*left_out, *pinned.left_out),
    )


def _not_taken(name: str, said: Mapping[str, Any], place: Path | None) -> str:
    """Why an entry of a Pipfile can't be taken; empty: it can."""
    if any(each in said for each in _VCS):
        return f"{name} comes from version control other than git"
    if place is not None and not os.path.isdir(place):  # noqa: PTH112 - a name may be longer than any
        return f"{name} comes from {said['path']}, which is no folder"
    try:
        read_requirement(_pipfile_requirement(name, said))
    except InvalidRequirement:
        return f"{name}: what it asks for can't be read"
    return ""


def _pipfile_requirement(name: str, said: Mapping[str, Any]) -> str:
    version = str(said.get("version", "*"))
    extras = f"[{','.join(map(str, said.get('extras', ())))}]" if said.get("extras") else ""
    if "git" in said:
        return f"{name}{extras} @ {repository_address(said)}"
    if "file" in said:
        return f"{name}{extras} @ {said['file']}"
    markers = [str(said[key]) for key in ("markers",) if key in said]
    markers += [f"{key} {said[key]}" for key in sorted(_MARKERS & said.keys())]
    condition = " and ".join(f"({each})" if len(markers) > 1 else each for each in markers)
    return f"{name}{extras}" + ("" if version == "*" else version) + (f" ; {condition}" if condition else "")


def text_of(path: Path) -> str:
    """The file's text; raises InputError (``origin-unreadable``)."""
    try:
        return read_text(path)
    except OSError as error:
        raise unreadable(path, reason_of(error)) from None
    except (UndecodableTextError, TooLargeError) as error:
        raise unreadable(path, str(error)) from None


def _toml(text: str, path: Path) -> Mapping[str, Any]:
    try:
        return read_toml(text)
    except (MalformedTomlError, TooLargeError) as error:
        raise unreadable(path, str(error)) from None


def unreadable(path: Path, why: str) -> InputError:
    """The error of a file that a recipe can't begin with."""
    return InputError("origin-unreadable", f"{path} can't be read: {why}")


class _Places:
    """``FILE:LINE`` of what a text is about, its lines read once: it may have as many packages as lines."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._names: dict[str, int] = {}
        self._tables: dict[str, int] = {}
        for number, line in enumerate(map(str.strip, text.splitlines()), 1):
            self._tables.setdefault(line, number)
            if found := _ABOUT.fullmatch(line):
                self._names.setdefault(_plain(found["named"] or found["name"]), number)

    def of(self, name: str) -> str:
        """The first line that is about the package, or has the key ``name``."""
        return f"{self._path.name}:{self._names.get(_plain(name), 1)}"

    def of_table(self, name: str) -> str:
        return f"{self._path.name}:{self._tables.get(f'[{name}]', 1)}"


def _plain(name: str) -> str:
    return re.sub("[-_.]", "-", name).lower()
