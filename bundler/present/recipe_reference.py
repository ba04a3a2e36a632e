"""The documentation's page of all keys of a recipe, made from the dataclasses that read it."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any

from bundler.model.fields import DESCRIPTION
from bundler.model.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# The recipe

A recipe is a TOML file in UTF-8. Unknown keys, wrong types and missing values are errors; all are reported at once, each
with its key. `bundle init` writes a commented recipe to start from, and `bundle schema` prints the JSON Schema with which
an editor completes and checks keys.

Paths of this host are relative to the recipe. Windows paths stand in single quotes: `'C:\\PythonEnvs\\Example'`. In commands,
destinations and services `{environment}`, `{release}`, `{data}` and `{site.NAME}` are filled in on the target.

A *source* is an address (`https://…`), a path, or a file on the package index: `index:NAME==VERSION/FILENAME`, without a
file name the sdist of that version.
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """A table of the recipe: its heading in TOML, what it is for, its dataclass, and the keys that have headings of their own."""

    heading: str
    meaning: str
    kind: type


def markdown() -> str:
    """The page, in MyST: a table for each table of a recipe."""
    return "\n".join([_INTRODUCTION, *(line for table in _tables() for line in _section(table))])


def _tables() -> Iterator[_Table]:
    hints = typing.get_type_hints(Recipe, include_extras=True)
    for field in dataclasses.fields(Recipe):
        kind = _table_in(hints[field.name])
        if kind is not None:
            name = _key(field)
            heading = f"[[{name}]]" if _is_list(hints[field.name]) else f"[{name}]"
            yield _Table(heading=heading, meaning=_meaning(field), kind=kind)
            yield from _inner(name, kind)


def _inner(prefix: str, kind: type) -> Iterator[_Table]:
    """Tables inside of tables, as ``[target.runtime]``."""
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        inner = _table_in(hints[field.name])
        if inner is not None:
            name = f"{prefix}.{_key(field)}"
            heading = f"[[{name}]]" if _is_list(hints[field.name]) else f"[{name}]"
            yield _Table(heading=heading, meaning=_meaning(field), kind=inner)
            yield from _inner(name, inner)


def _section(table: _Table) -> Iterator[str]:
    anchor = table.heading.strip("[]").replace(".", "-")
    yield f"(recipe-{anchor})="
    yield f"## `{table.heading}`"
    yield ""
    yield f"{table.meaning[0].upper()}{table.meaning[1:]}."
    if table.heading == "[site]":
        yield ""
        yield "Each key is the name of a site value, and its value a table:"
    if table.heading == "[packages.source]":
        yield ""
        yield "Each key is the name of a package, and its value a table, such as `[packages.source.NAME]`:"
    yield ""
    yield "| key | value | without it | meaning |"
    yield "|---|---|---|---|"
    hints = typing.get_type_hints(table.kind, include_extras=True)
    for field in dataclasses.fields(table.kind):
        value, default = _value(hints[field.name]), _default(field, hints[field.name])
        yield f"| `{_key(field)}` | {value} | {default} | {_cell(_meaning(field))} |"
    yield ""


def _key(field: dataclasses.Field[Any]) -> str:
    return field.name.replace("_", "-")


def _meaning(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get(DESCRIPTION, ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without ``Annotated`` and ``| None``, and its arguments."""
    while typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    arguments = typing.get_args(hint)
    if type(None) in arguments:
        return _parts(next(each for each in arguments if each is not type(None)))
    return hint, arguments


def _is_list(hint: Any) -> bool:
    return typing.get_origin(_parts(hint)[0]) is tuple


def _table_in(hint: Any) -> type | None:
    """The dataclass of a table, a list of tables or a table of tables."""
    kind, arguments = _parts(hint)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return kind
    if typing.get_origin(kind) is tuple:
        return _table_in(arguments[0])
    return _table_in(arguments[1]) if typing.get_origin(kind) is dict else None


def _value(hint: Any) -> str:
    kind, arguments = _parts(hint)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"list of {_several(_value(arguments[0]))}"
    if origin is dict:
        return f"table of {_several(_value(arguments[1]))}"
    if dataclasses.is_dataclass(kind):
        return "table"
    return {"str": "string", "int": "integer", "bool": "true or false"}[kind.__name__]


def _several(value: str) -> str:
    """``list of strings`` -> ``lists of strings``"""
    noun, of, rest = value.partition(" of ")
    return f"{noun}s{of}{rest}"


def _default(field: dataclasses.Field[Any], hint: Any) -> str:
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "required"
    default = field.default if field.default is not dataclasses.MISSING else None
    if default is None or default in ((), "") or dataclasses.is_dataclass(default):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{list(default)}`"
    return f"`{default}`" if _parts(hint)[0] is int else f'`"{default}"`'
