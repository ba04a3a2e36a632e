"""A recipe as it lies in a bundle: what it says, for one target, in one form; without comments, and without what is so anyway."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import tomli_w

if TYPE_CHECKING:
    from bundler.model.recipe import Recipe, TargetTable

_HEAD = "# What the bundle was built from, as `bundle build` read it: the recipe for this target, without what is so anyway.\n"


def encode_recipe(recipe: Recipe, table: TargetTable) -> str:
    """The text, which ``load_recipe`` reads as the same recipe with the one target ``table``; the same for the same recipe on any host."""
    return _HEAD + tomli_w.dumps(_table(dataclasses.replace(recipe, target=(table,))))


def _table(value: Any) -> dict[str, Any]:
    said = {}
    for field in dataclasses.fields(value):
        found = getattr(value, field.name)
        if field.name != "path" or isinstance(found, str):  # of the recipe itself: where its file lies
            plain = None if _is_default(field, found) else _plain(found)
            if plain is not None and (plain != {} or _is_needed(field)):
                said[field.name.replace("_", "-")] = plain
    return said


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return value is None or bool(value == field.default)


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _table(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
