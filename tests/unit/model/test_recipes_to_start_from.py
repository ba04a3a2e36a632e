"""The recipes that users start from: each is valid, and those of six kinds of applications say how they are rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.model.recipe_file import load_recipe
from tests.support.recipes import LARGE, RECIPES, SMALL, WRITTEN

if TYPE_CHECKING:
    from pathlib import Path

OF_KINDS = sorted((*SMALL, *LARGE))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_it_is_valid(path: Path) -> None:
    assert load_recipe(path).bundle.name


@pytest.mark.parametrize("name", OF_KINDS)
def test_a_rehearsal_uses_the_application(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.toml")
    assert recipe.rehearse.command or recipe.rehearse.request
    assert recipe.checks.imports
    assert recipe.checks.commands
    for port in {"port"} & recipe.site.keys():  # the application's own may run on the machine that rehearses
        assert recipe.rehearse.site[port] != recipe.site[port].default


def test_there_are_no_others() -> None:
    first = {"quickstart", "twisted", "twisted-2015"}
    assert {each.stem for each in WRITTEN} == first | set(OF_KINDS)
