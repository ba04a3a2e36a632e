"""The parts of a recipe that could be decoded: all where it has no fault, else each by itself, so that a fault in one hides none in another."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from bundler.model.codec import DecodeError, decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.recipe import Recipe

T = TypeVar("T")


class RecipeParts:
    """Of TOML's ``data``; ``whole`` is what became of it, None: it has faults, which are reported elsewhere."""

    def __init__(self, data: Mapping[str, Any], whole: Recipe | None) -> None:
        self.data, self._whole = data, whole

    def part(self, kind: type[T], *keys: str | int) -> T | None:
        """What stands at ``keys`` (a list's entries by their number); None where it isn't there or has faults of its own."""
        if self._whole is not None:
            found: Any = self._whole
            for key in keys:
                table = dataclasses.is_dataclass(found)
                found = getattr(found, str(key).replace("-", "_")) if table else found[key]
            return found if isinstance(found, kind) else None
        try:
            return decode(kind, self._written(*keys))
        except DecodeError:
            return None

    def _written(self, *keys: str | int) -> Any:
        value: Any = self.data
        for key in keys:
            if isinstance(value, list) and isinstance(key, int):
                value = value[key]
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value if value is not None else {}

    def tables(self, key: str) -> list[Any]:
        """The tables of a list as they are written, whatever is in them."""
        value = self.data.get(key)
        return value if isinstance(value, list) else []

    def each(self, kind: type[T], key: str) -> list[T | None]:
        """The tables of a list; None for one that couldn't be decoded."""
        return [self.part(kind, key, number) for number in range(len(self.tables(key)))]
