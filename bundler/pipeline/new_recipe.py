"""``bundle init``: a commented recipe, begun from what a project says of itself."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.pylock import is_valid_pylock_path

from bundler.errors import BuildError, InputError
from bundler.fetch import default_index, pip_settings, strip_credentials
from bundler.formats.pyproject_file import load_pyproject
from bundler.model.recipe_file import load_recipe
from bundler.model.recipe_schema import FILENAME, TITLE, recipe_schema_text
from bundler.resolve import LockSelection, read_project_sources, read_requirements

if TYPE_CHECKING:
    from bundler.model.target import Target

_FIRST_EMBEDDED = (3, 5, 0)
_EMBEDDED = """\
kind = "embed"                                  # python.org's embeddable package, inside the release: no admin rights
# kind      = "exe"                             # or python.org's installer, for the whole machine
# directory = 'C:\\Python'                       # exe, msi: where it puts Python"""
_INSTALLED = """\
kind = "msi"                                    # python.org's installer, for the whole machine
directory = 'C:\\Python27'                       # exe, msi: where it puts Python"""
_NO_INDEXES = (
    '# indexes     = ["https://…"]                   # none: the index that pip on this host is configured to use'
)
_COMMENTS = 48
"""The column in which the template's comments to the right begin."""


def write_recipe(
    path: Path | None,
    *,
    origin: Path | None = None,
    name: str | None = None,
    target: Target,
    force: bool = False,
    schema: bool = False,
) -> Path:
    """Write a recipe and give its path; ``origin`` is a pyproject.toml, its folder, or a requirements file.

    ``schema``: its JSON Schema is written beside it, and its first line leads editors there. Raises InputError
    (``recipe-exists``, ``origin-unreadable``, or as a recipe's own faults).
    """
    values = _Begun(origin, target)
    chosen = _name(name or (path.stem if path else values.name))
    path = path or Path(f"{chosen}.toml")
    if path.exists() and not force:
        raise InputError("recipe-exists", f"{path} is there already", hint="--force replaces it")
    beside = schema_beside(path)
    if schema and beside.exists() and TITLE not in beside.read_text(encoding="utf-8", errors="replace"):
        hint = "--no-schema writes none"
        raise InputError("recipe-exists", f"{beside} is there already and isn't the schema of a recipe", hint=hint)
    folder = path.resolve().parent
    filled = _fill(
        {
            "SCHEMA": f"#:schema ./{FILENAME}\n" if schema else "",
            "FILE": path.as_posix(),
            "NAME": _basic(chosen),
            "VERSION": _basic(values.version),
            "PYTHON": _basic(target.python),
            "PLATFORM": _basic(target.platform),
            "RUNTIME": _EMBEDDED if target.version_info >= _FIRST_EMBEDDED else _INSTALLED,
            "REQUIREMENTS": _basic(values.requirements),
            "FILES": _basic([_relative(each, folder) for each in values.files]),
            "PROJECTS": _basic([_relative(each, folder) for each in values.projects]),
            "INDEXES": f"indexes = {_indexes(values.indexes)}" if values.indexes else _NO_INDEXES,
            "PATH": f"'C:\\PythonEnvs\\{chosen}'",
            "DATA": f"'C:\\ProgramData\\{chosen}'",
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else None
    path.write_text(filled, encoding="utf-8", newline="\n")
    try:
        load_recipe(path)
    except InputError:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
        raise
    if schema:
        beside.write_text(recipe_schema_text(), encoding="utf-8", newline="\n")
    return path


def schema_beside(recipe: Path) -> Path:
    """Where the JSON Schema lies that a recipe's first line names."""
    return recipe.parent / FILENAME


class _Begun:
    """What an origin says: name, version, requirements, files, projects, indexes with what comes from each."""

    def __init__(self, origin: Path | None, target: Target) -> None:
        self._target = target
        self.indexes: list[tuple[str, tuple[str, ...]]] = []
        self.name, self.version = "example", "1.0"
        self.requirements: list[str] = []
        self.files: list[Path] = []
        self.projects: list[Path] = []
        if origin is None:
            self.requirements = ["requests"]
        elif origin.is_dir() or origin.name == "pyproject.toml":
            self._project(origin if origin.is_dir() else origin.parent)
        elif origin.suffix == ".toml" and not is_valid_pylock_path(origin):
            raise InputError(
                "origin-unreadable", f"{origin} is not a pyproject.toml, a pylock.toml or a requirements file"
            )
        else:
            self._file(origin)
            self.name = origin.resolve().parent.name or self.name

    def _file(self, path: Path) -> None:
        self.files = [path]
        try:
            found = read_requirements(path, selection=LockSelection(target=self._target))
        except InputError:
            return  # what is wrong with it is said when it is locked
        if found.extra_indexes:  # they stand before the one that is asked anyway
            usual = found.indexes[0].url if found.indexes else default_index(pip_settings(os.environ))
            urls = (*(each.requirement for each in found.extra_indexes), usual)
            self.indexes = [(strip_credentials(each), ()) for each in dict.fromkeys(urls)]

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
        self.projects = [folder, *sources.needed(folder)]
        self.indexes = [(strip_credentials(each.url), each.packages) for each in sources.pins]
        general = [(index.url, index.default) for index, _ in sources.general]
        if general and not any(default for _, default in general):  # they stand before the one that is asked anyway
            general.append((default_index(pip_settings(os.environ)), True))
        self.indexes += [(strip_credentials(url), ()) for url, _ in sorted(general, key=lambda each: each[1])]
        self.name = str(table.get("name") or folder.resolve().name)
        self.version = str(table.get("version") or "1.0")


def _name(text: str) -> str:
    """``text`` as a name that can name files everywhere."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "example"


def _basic(value: str | list[str]) -> str:
    """A value as TOML writes it; JSON's strings are TOML's basic strings."""
    return json.dumps(value, ensure_ascii=False)


def _indexes(indexes: list[tuple[str, tuple[str, ...]]]) -> str:
    lines = [
        f"    {{ url = {_basic(url)}, packages = {_basic(list(packages))} }}," if packages else f"    {_basic(url)},"
        for url, packages in indexes
    ]
    return "\n".join(["[", *lines, "]"])


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder)).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _fill(values: dict[str, str]) -> str:
    """The template with its ``@WORDS@`` replaced; comments to the right of one stay in their column where they can."""
    template = importlib.resources.files("bundler.pipeline").joinpath("new_recipe.toml").read_text(encoding="utf-8")

    def replaced(found: re.Match[str]) -> str:
        line = found["before"] + values[found["word"]] + found["after"]
        if not found["comment"]:
            return line
        return line.rstrip().ljust(_COMMENTS) + " " * (len(line.rstrip()) >= _COMMENTS) + found["comment"]

    template = template.replace("@SCHEMA@\n", values["SCHEMA"])
    line = r"^(?P<before>[^@\n]*)@(?P<word>[A-Z]+)@(?P<after>[^#\n]*)(?P<comment>#[^\n]*)?$"
    return re.sub(line, replaced, template, flags=re.MULTILINE)
