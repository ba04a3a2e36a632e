from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.model.recipe_encoding import encode_recipe
from bundler.model.recipe_file import load_recipe
from tests.support.recipes import WRITTEN

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.recipe import Recipe, TargetTable

FULL = """
[bundle]
name = "example" # a comment
version = "1.0"
contact = "who@example.com"
sequence = 7
[[target]]
python = "3.11.9"
platform = "win_amd64"
markers = { platform_release = "x" }
runtime = { kind = "embed" }
[[target]]
python = "3.12.4"
platform = "win_amd64"
runtime = { kind = "exe", directory = 'C:\\Py' }
[packages]
requirements = ["alpha>=1 ; os_name == 'nt'", "Beta"]
projects = ["a", { path = "b", extras = ["x"], groups = ["y"] }]
indexes = ["https://a.test/simple/", { url = "https://b.test/simple/", packages = ["ours-*"] }]
lock-groups = []
[packages.source.my_pkg]
environment = { MY_VARIABLE = "{recipe}/x" }
config-settings = { some-key = "one", other_key = ["a", "b"] }
[environment]
path = 'C:\\Envs\\Grüße'
[site.a_port]
type = "port"
default = ""
required = false
[[file]]
source = "x.ini"
destination = '{release}\\x.ini'
[checks]
commands = [["a", "b c"], ["d"]]
"""


def again(folder: Path, recipe: Recipe, table: TargetTable) -> Recipe:
    place = folder / "recipe.toml"
    place.write_text(encode_recipe(recipe, table), encoding="utf-8", newline="\n")
    return load_recipe(place)


def same(first: Recipe, second: Recipe) -> bool:
    return {**dataclasses.asdict(first), "path": ""} == {**dataclasses.asdict(second), "path": ""}


def check(folder: Path, recipe: Recipe) -> None:
    for table in recipe.target:
        one = dataclasses.replace(recipe, target=(table,))
        read = again(folder, recipe, table)
        assert same(read, one)
        assert encode_recipe(read, read.target[0]) == encode_recipe(recipe, table)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_recipes_are_read_again_as_the_same(path: Path, tmp_path: Path) -> None:
    check(tmp_path, load_recipe(path))


def test_all_that_a_recipe_says_is_there_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "full.toml"
    place.write_text(FULL, encoding="utf-8")
    recipe = load_recipe(place)
    check(tmp_path, recipe)
    text = encode_recipe(recipe, recipe.target[1])
    assert "3.12.4" in text
    assert "3.11.9" not in text
    assert "a comment" not in text
    assert str(tmp_path) not in text
    assert "keep" not in text  # what is so anyway


def test_what_somebody_empties_is_not_what_they_leave_out(tmp_path: Path) -> None:
    place = tmp_path / "full.toml"
    place.write_text(FULL, encoding="utf-8")
    recipe = load_recipe(place)
    assert recipe.packages.lock_groups == ()
    assert again(tmp_path, recipe, recipe.target[0]).packages.lock_groups == ()
    assert again(tmp_path, recipe, recipe.target[0]).site["a_port"].default == ""
