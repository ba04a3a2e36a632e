"""Faults of a recipe that are looked for in time that grows with what it has, and not with its square."""

from __future__ import annotations

import dataclasses

from bundler.model import recipe_faults
from bundler.model.platforms.windows_platform import WINDOWS


def test_files_are_compared_with_those_next_to_them() -> None:
    """Each with all others, thousands would take minutes."""
    asked = []

    def counting(inner: str, outer: str) -> bool:
        asked.append(inner)
        return WINDOWS.paths.is_below(inner, outer)

    places = {f"c:\\x\\{number}": number for number in range(1000)} | {"c:\\x\\500\\a\\b": 1000}
    paths = dataclasses.replace(WINDOWS.paths, is_below=counting)
    assert list(recipe_faults._in_each_other(places, paths)) == [(1000, 500)]
    assert len(asked) < 4 * len(places)
