"""Decoding at the edge: plain data in, frozen dataclasses out, every fault at once and with its key path."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import itertools
import typing
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from bundler.errors import Fault
from bundler.model.fields import DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

T = TypeVar("T")

KEBAB = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"))
"""For TOML: keys with dashes, no unknown key. Numbers and truth values are declared StrictInt and StrictBool: nothing is converted."""
SNAKE = ConfigDict(extra="forbid")
"""For JSON of ours."""

_WORDS = {
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "dataclass_type": "must be a table",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "missing": "is missing",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
_MANY, _MOST_KEYS = 10_000, 10_000
"""Entries of all lists together from which on not each fault is told; and keys of one table."""
_LIMITS = {"too_long": "entries", "string_too_long": "characters"}


class DecodeError(Exception):
    """Faults of the data; the caller knows the file and turns them into its InputError."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def decode(kind: type[T], data: Mapping[str, Any]) -> T:
    """Make a ``kind`` (a dataclass with one of the configurations above) of ``data``; raises DecodeError with all faults; where it has thousands
    of values, with the first of each list: a stranger's may have millions of faults, each larger than what is wrong.
    """
    validator = _hasty if entries_of(data) > _MANY else _adapter
    try:
        decoded: T = validator(typing.cast("Any", kind)).validate_python(data)
    except ValidationError as error:
        found = tuple(
            dict.fromkeys(_fault(kind, each) for each in error.errors(include_url=False, include_input=False))
        )
        raise DecodeError(found) from None
    return decoded


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Made once: a recipe's tables are looked at one by one too."""
    return TypeAdapter(kind)


@functools.cache
def _hasty(kind: Any) -> SchemaValidator:
    """The same, but it leaves a list or a table at its first fault."""
    return SchemaValidator(_left_early(_adapter(kind).core_schema))


def _left_early(schema: Any) -> Any:
    if isinstance(schema, dict):
        changed = {key: _left_early(value) for key, value in schema.items()}
        return changed | {"fail_fast": True} if schema.get("type") in ("list", "tuple", "dict") else changed
    return list(map(_left_early, schema)) if isinstance(schema, list) else schema


def entries_of(data: object) -> int:
    """How many there are in all lists together; raises DecodeError where a table has more keys than any."""
    waiting, seen = [data], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if len(each) > _MOST_KEYS:
                raise DecodeError((Fault("", f"a table has more than {_MOST_KEYS:,} keys"),))
            waiting += each.values()
        elif isinstance(each, list):
            seen += len(each)
            waiting += each
    return seen


def must_be_bounded(data: Mapping[str, Any]) -> None:
    """Raise DecodeError for values that have the right shape and that no program takes: zeros in texts, numbers of more than 64 bits.

    ``data`` has been decoded: what its shapes don't have isn't in it, and it is no deeper than they are. The target's half refuses these too.
    """
    if faults := tuple(itertools.islice(_strange(data, ()), _MANY)):
        raise DecodeError(faults)


def _strange(value: object, location: tuple[int | str, ...]) -> Iterator[Fault]:
    if isinstance(value, str) and "\0" in value:
        yield Fault(key_path(location), "must hold no zero character")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield Fault(key_path(location), "must be a whole number of 64 bits")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _strange(key, location)
            yield from _strange(each, (*location, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _strange(each, (*location, number))


def _fault(kind: type, error: ErrorDetails) -> Fault:
    ours = (part for part in error["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    location = tuple(
        part for part in ours if part != "[key]"
    )  # what is wrong with a key of the user's own is said of the key
    where = key_path(location)
    meaning, siblings = _meaning(kind, location)
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        close = difflib.get_close_matches(str(location[-1]), siblings, 1)
        known = f"did you mean {close[0]!r}?" if close else "known here: " + ", ".join(sorted(siblings))
        return Fault(where, f"unknown key; {known}")
    if error["type"] == "value_error":
        words = str(error["ctx"]["error"])
    elif error["type"] in _LIMITS:
        words = f"must have at most {error['ctx']['max_length']} {_LIMITS[error['type']]}"
    elif error["type"] == "literal_error":
        words = "must be " + error["ctx"]["expected"]
    else:
        words = _WORDS.get(error["type"], error["msg"])
    return Fault(where, words + (f" ({meaning})" if meaning else ""))


def key_path(location: tuple[int | str, ...]) -> str:
    """``("target", 0, "runtime")`` -> ``target[0].runtime``"""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else ("." if path else "") + str(part)
    return path


def _meaning(kind: Any, location: tuple[int | str, ...]) -> tuple[str, list[str]]:
    """What the key at ``location`` is for, as its field says, and the keys that may stand beside it."""
    meaning, siblings = "", []
    for part in location:
        if isinstance(part, int):
            kind = next(iter(_parts(kind)), None)
            continue
        fields: Mapping[str, Any] = {}
        for each in _parts(kind):
            if dataclasses.is_dataclass(each):
                fields = _fields_of(each)  # type: ignore[arg-type]  # a class is hashable
        siblings = list(fields)
        if part not in fields:
            return meaning if not fields else "", siblings
        field, kind = fields[part]
        meaning = str(field.metadata.get(DESCRIPTION, ""))
    return meaning, siblings


@functools.cache
def _fields_of(kind: Any) -> Mapping[str, tuple[dataclasses.Field[Any], Any]]:
    """By their keys, each with its type; a stranger's document may have thousands of faults in one kind of table."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        each.name.replace("_", "-") if _kebab(kind) else each.name: (each, hints[each.name])
        for each in dataclasses.fields(kind)
    }


def _kebab(kind: Any) -> bool:
    return "alias_generator" in getattr(kind, "__pydantic_config__", {})


def _parts(kind: Any) -> Iterator[Any]:
    """The classes inside ``Annotated``, ``X | None``, ``tuple[X, ...]``."""
    arguments = typing.get_args(kind)
    if not arguments:
        if kind is not type(None) and kind is not Ellipsis:
            yield kind
        return
    if typing.get_origin(kind) is typing.Annotated:
        arguments = arguments[:1]
    if typing.get_origin(kind) is dict:
        arguments = arguments[1:]
    for each in arguments:
        yield from _parts(each)
