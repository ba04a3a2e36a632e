"""What a new recipe begins with: all that its origin says."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.pylock import is_valid_pylock_path
from packaging.utils import canonicalize_name

from bundler.errors import BuildError, Fault, InputError
from bundler.fetch import default_index, pip_settings, strip_credentials
from bundler.formats.pyproject_file import load_pyproject
from bundler.model.recipe_faults import is_module
from bundler.model.secret_queries import without_secrets
from bundler.pipeline.conda_files import CONDA, frozen_by_conda, read_conda
from bundler.pipeline.recipe_origins import LOCKS, ToolsFile, read_lock_pins, read_pipfile
from bundler.plain_file import real_path
from bundler.resolve import LockSelection, read_project_sources, read_requirements

_DECLARATIONS = ("pyproject.toml", "setup.py", "setup.cfg")
"""Files in which a project says what it is: naming one means the project."""
_REQUIREMENTS = (".txt", ".in", ".pip", ".toml", "")

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.target import Target


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What a recipe begins with: a pyproject.toml or its folder, a requirements file, a Pipfile, a lock, conda's environment.yml; None: nothing.

    ``extras`` and ``groups`` of a project are taken too.
    """

    path: Path | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def choices(origin: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the extras and the dependency groups that a project has; none of any other origin."""
    folder = _project_folder(origin)
    if folder is None:
        return (), ()
    try:
        table = load_pyproject(folder)
    except BuildError:
        return (), ()  # it is said when it is read
    project = table.get("project")
    extras = project.get("optional-dependencies") if isinstance(project, dict) else None
    groups = table.get("dependency-groups")
    found = [tuple(sorted(each)) if isinstance(each, dict) else () for each in (extras, groups)]
    return found[0], found[1]


def _project_folder(origin: Path) -> Path | None:
    """That of the project that is meant; None: the origin is another file."""
    if origin.is_dir():
        return origin
    return origin.parent if origin.name in (*_DECLARATIONS, *LOCKS) else None


def _unknown(path: Path) -> InputError:
    return InputError(
        "origin-unreadable",
        f"{path} is not a pyproject.toml, a pylock.toml, a Pipfile, an environment.yml or a requirements file",
    )


def _shared(url: str) -> str:
    """An address for a recipe, which has no credentials."""
    return without_secrets(strip_credentials(url))


class Beginning:
    """What an origin says: name, version, requirements, files, projects with their extras and groups, indexes with what comes from each."""

    def __init__(self, origin: Origin, target: Target) -> None:
        self._target = target
        self._origin = origin
        self.indexes: list[tuple[str, tuple[str, ...]]] = []
        self.name, self.version = "example", "1.0"
        self.requirements: list[str] = []
        self.constraints: list[str] = []
        self.files: list[Path] = []
        self.projects: dict[Path, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self.imports: list[str] = []
        self.programs: list[str] = []
        self.left_out: list[Fault] = []
        path = origin.path
        folder = _project_folder(path) if path is not None else None
        if path is None:
            self.requirements = ["requests"]
        elif folder is not None:
            self._project(folder)
        elif path.suffix == ".toml" and not is_valid_pylock_path(path):
            raise _unknown(path)
        else:
            self.name = real_path(path).parent.name or self.name
            self._file(path)

    def _take(self, found: ToolsFile) -> None:
        self.name = found.name or self.name
        self.requirements += found.requirements
        self.constraints += found.constraints
        self.projects |= dict.fromkeys(found.projects, ((), ()))
        self.left_out += found.left_out
        usual = default_index(pip_settings(os.environ)).rstrip("/")
        indexes = [(_shared(url), packages) for url, packages in found.indexes]
        if [url.rstrip("/") for url, _ in indexes] != [usual]:
            self.indexes += indexes

    def _file(self, path: Path) -> None:
        if path.name in ("Pipfile", "Pipfile.lock"):
            self._take(read_pipfile(path.with_name("Pipfile")))
            return
        if path.suffix in CONDA:
            self._take(read_conda(path))
            return
        frozen = frozen_by_conda(path)
        if frozen is not None:
            self._take(frozen)
            return
        self.files = [path]
        try:
            found = read_requirements(path, selection=LockSelection(target=self._target))
        except InputError:
            if path.suffix not in _REQUIREMENTS:
                raise _unknown(path) from None
            return  # what is wrong with it is said when it is locked
        if found.extra_indexes:  # they stand before the one that is asked anyway
            usual = found.indexes[0].url if found.indexes else default_index(pip_settings(os.environ))
            urls = (*(each.requirement for each in found.extra_indexes), usual)
            self.indexes = [(_shared(each), ()) for each in dict.fromkeys(urls)]

    def _project(self, folder: Path) -> None:
        file = folder / "pyproject.toml"
        table: dict[str, Any] = {}
        if file.exists():
            try:
                table = load_pyproject(folder).get("project", {})
                table = table if isinstance(table, dict) else {}
            except BuildError as error:
                raise InputError("origin-unreadable", error.message) from None
        elif not any((folder / each).exists() for each in ("setup.py", "setup.cfg")):
            raise InputError(
                "origin-unreadable", f"{folder} is not a Python project: it has neither pyproject.toml nor setup.py"
            )
        sources = read_project_sources([folder], self._target)
        self.projects = {folder: self._parts(folder)} | dict.fromkeys(sources.needed(folder), ((), ()))
        for lock in (folder / each for each in LOCKS):
            if lock.is_file():
                self._take(read_lock_pins(lock))
        self._programs(table)
        self.indexes = [(_shared(each.url), each.packages) for each in sources.pins]
        general = [(index.url, index.default) for index, _ in sources.general]
        if general and not any(default for _, default in general):  # they stand before the one that is asked anyway
            general.append((default_index(pip_settings(os.environ)), True))
        self.indexes += [(_shared(url), ()) for url, _ in sorted(general, key=lambda each: each[1])]
        self.name = str(table.get("name") or real_path(folder).name)
        self.version = str(table.get("version") or "1.0")

    def _parts(self, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The extras and groups that are to be taken, as the project has them."""
        for kind, wanted, known in zip(
            ("extra", "group"), (self._origin.extras, self._origin.groups), choices(folder), strict=True
        ):
            there = set(map(canonicalize_name, known))
            unknown = [each for each in wanted if canonicalize_name(each) not in there]
            if unknown:
                raise InputError(
                    "arguments-wrong",
                    f"{folder} has no {kind} {', '.join(unknown)}",
                    hint=f"it has {', '.join(known) or 'none'}",
                )
        return self._origin.extras, self._origin.groups

    def _programs(self, table: Mapping[str, Any]) -> None:
        """A check of each program's module; whether a program knows ``--help`` can't be told."""
        for key in ("scripts", "gui-scripts"):
            scripts = table.get(key)
            for name, place in (scripts if isinstance(scripts, dict) else {}).items():
                module = str(place).partition(":")[0].strip()
                if is_module(module) and module not in self.imports:
                    self.imports.append(module)
                if key == "scripts":
                    self.programs.append(name)
