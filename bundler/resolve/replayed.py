"""Items of an iterator, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """Can be gone through again and again; every item is asked for once, and only when somebody comes to it."""

    def __init__(self, source: Iterator[_T]) -> None:
        self._source = source
        self._items: list[_T] = []

    def __iter__(self) -> Iterator[_T]:
        place = 0
        while True:
            if place == len(self._items):
                try:
                    self._items.append(next(self._source))
                except StopIteration:
                    return
            yield self._items[place]
            place += 1
