"""``bundle init``: a commented recipe, begun from what a project says of itself."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import write_whole
from bundler.errors import Fault, InputError, reason_of
from bundler.foreign import TooLargeError, read_file
from bundler.model.recipe_file import load_recipe
from bundler.model.recipe_schema import FILENAME, TITLE, recipe_schema_text
from bundler.pipeline.recipe_beginning import Beginning, Origin
from bundler.plain_file import real_path

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
_NO_CONSTRAINTS = '# constraints = ["urllib3<3"]                   # allowed versions of what something else asks for'
_COMMENTS = 48
"""The column in which the template's comments to the right begin."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NewRecipe:
    """``left_out``: what its origin says and the recipe doesn't, each with its place."""

    path: Path
    left_out: tuple[Fault, ...] = ()


def write_recipe(
    path: Path | None,
    *,
    origin: Origin | None = None,
    name: str | None = None,
    target: Target,
    force: bool = False,
    schema: bool = False,
) -> NewRecipe:
    """Write a recipe; ``origin``: what it begins with.

    ``schema``: its JSON Schema is written beside it, and its first line leads editors there. Raises InputError
    (``recipe-exists``, ``origin-unreadable``, ``arguments-wrong``, or as a recipe's own faults).
    """
    values = Beginning(origin or Origin(), target)
    chosen = _name(name or (path.stem if path else values.name))
    path = path or Path(f"{chosen}.toml")
    if os.path.lexists(path) and not force:
        raise InputError("recipe-exists", f"{path} is there already", hint="--force replaces it")
    beside = schema_beside(path)
    before = _there(path)
    if schema and TITLE.encode() not in (_there(beside) or TITLE.encode()):
        hint = "--no-schema writes none"
        raise InputError("recipe-exists", f"{beside} is there already and isn't the schema of a recipe", hint=hint)
    folder = real_path(path).parent
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
            "PROJECTS": _projects([(_relative(each, folder), *parts) for each, parts in values.projects.items()]),
            "CONSTRAINTS": f"constraints = {_lines(values.constraints)}" if values.constraints else _NO_CONSTRAINTS,
            "IMPORTS": _basic(values.imports),
            "PROGRAMS": _programs(values.programs),
            "INDEXES": f"indexes = {_indexes(values.indexes)}" if values.indexes else _NO_INDEXES,
            "PATH": f"'C:\\PythonEnvs\\{chosen}'",
            "DATA": f"'C:\\ProgramData\\{chosen}'",
        }
    )
    try:
        content = filled.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(
            "arguments-wrong",
            f"{path} or a file that it begins with has a name that isn't text, which no recipe can hold",
        ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    try:
        load_recipe(path)
    except InputError:
        if before is None:
            path.unlink()
        else:
            write_whole(path, before)
        raise
    if schema:
        write_whole(beside, recipe_schema_text())
    return NewRecipe(path=path, left_out=tuple(values.left_out))


def _there(path: Path) -> bytes | None:
    """What a file that is replaced holds; None: there is none. Raises InputError (``recipe-exists``)."""
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
    except (OSError, TooLargeError) as error:
        raise InputError(
            "recipe-exists", f"{path} is there already and can't be replaced: {reason_of(error)}"
        ) from None


def schema_beside(recipe: Path) -> Path:
    """Where the JSON Schema lies that a recipe's first line names."""
    return recipe.parent / FILENAME


def _name(text: str) -> str:
    """``text`` as a name that can name files everywhere."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "example"


def _basic(value: str | list[str]) -> str:
    """A value as TOML writes it; JSON's strings are TOML's basic strings. What can't be seen, or turns a line round, is escaped."""
    return "".join(
        each if each.isprintable() or "\ud800" <= each <= "\udfff" else f"\\U{ord(each):08x}"
        for each in json.dumps(value, ensure_ascii=False)
    )


def _indexes(indexes: list[tuple[str, tuple[str, ...]]]) -> str:
    lines = [
        f"    {{ url = {_basic(url)}, packages = {_basic(list(packages))} }}," if packages else f"    {_basic(url)},"
        for url, packages in indexes
    ]
    return "\n".join(["[", *lines, "]"])


def _projects(projects: list[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> str:
    entries = []
    for path, extras, groups in projects:
        parts = [f"path = {_basic(path)}"]
        parts += [f"{key} = {_basic(list(names))}" for key, names in (("extras", extras), ("groups", groups)) if names]
        entries.append(_basic(path) if len(parts) == 1 else f"{{ {', '.join(parts)} }}")
    return f"[{', '.join(entries)}]"


def _lines(texts: list[str]) -> str:
    return "\n".join(["[", *(f"    {_basic(each)}," for each in texts), "]"])


def _programs(programs: list[str]) -> str:
    if not programs:
        return "commands = []"
    proposed = ", ".join(_basic([each, "--help"]) for each in programs)
    return f"# commands = [{proposed}]    # those that end by themselves when they are asked so\ncommands = []"


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(real_path(path), folder)).as_posix()
    except ValueError:  # another drive
        return real_path(path).as_posix()


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
