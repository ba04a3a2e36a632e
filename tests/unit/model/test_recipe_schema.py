"""The JSON Schema of a recipe takes what is right and sees what isn't, and the documentation's copy is the same."""

from __future__ import annotations

import copy
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bundler.model.recipe_schema import FILENAME, recipe_schema, recipe_schema_text
from bundler.model.target import Target
from bundler.pipeline.new_recipe import write_recipe
from tests.support.commandline import ROOT, recipe_text
from tests.support.recipes import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RIGHT = tomllib.loads(
    recipe_text(
        packages='indexes = ["https://one.example/simple/", { url = "https://two.example/simple/", packages = ["a*"] }]',
        more="[[prerequisite]]\nname = 'x'\nsource = 'x.msi'\nkind = 'msi'\nunsigned = true\n"
        "detect = { registry = 'HKLM\\SOFTWARE\\X', at-least = '1.0' }\n"
        "[[service]]\nname = 'a'\ncommand = ['a']\nhealth = { tcp = '127.0.0.1:80', timeout = 5 }\n",
    )
)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = recipe_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_the_recipes_of_this_project_are_valid(validator: Draft202012Validator, path: Path) -> None:
    assert not faults(validator, tomllib.loads(path.read_text(encoding="utf-8")))


def test_a_recipe_with_tables_of_every_depth_is_valid(validator: Draft202012Validator) -> None:
    assert not faults(validator, RIGHT)


@pytest.mark.parametrize("python", ["3.13.1", "2.7.18"])
def test_what_init_writes_is_valid(validator: Draft202012Validator, tmp_path: Path, python: str) -> None:
    path = write_recipe(tmp_path / "x.toml", target=Target.of(python, "win32")).path
    assert not faults(validator, tomllib.loads(path.read_text(encoding="utf-8")))


WRONG: dict[str, Callable[[Any], object]] = {
    "an unknown table": lambda data: data.update(packagez={}),
    "an unknown key": lambda data: data["target"][0].update(pyton="3.11.9"),
    "an unknown key deep inside": lambda data: data["service"][0]["health"].update(url="x"),
    "a key with an underscore": lambda data: data["prerequisite"][0].update(needs_admin=True),
    "a missing key": lambda data: data["bundle"].pop("version"),
    "a missing table": lambda data: data.pop("environment"),
    "no target": lambda data: data.update(target=[]),
    "a text for a truth value": lambda data: data["target"][0]["runtime"].update(unsigned="yes"),
    "a text for a number": lambda data: data["environment"].update(keep="2"),
    "a number out of its bounds": lambda data: data["environment"].update(keep=0),
    "an unknown kind": lambda data: data["target"][0]["runtime"].update(kind="deb"),
    "a Python of two numbers": lambda data: data["target"][0].update(python="3.11"),
    "an unknown platform": lambda data: data["target"][0].update(platform="win_amd65"),
    "a name that can't name files": lambda data: data["bundle"].update(name="a/b"),
    "a short hash": lambda data: data["target"][0]["runtime"].update(sha256="abc"),
    "an index without an address": lambda data: data["packages"].update(indexes=[{"packages": []}]),
    "the recipe's own path": lambda data: data.update(path="x.toml"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_seen(validator: Draft202012Validator, what: str) -> None:
    data = copy.deepcopy(RIGHT)
    WRONG[what](data)
    assert len(faults(validator, data)) == 1


def test_every_key_is_described() -> None:
    schema = recipe_schema()
    tables = [schema, *schema["$defs"].values()]
    lacking = [key for table in tables for key, each in table["properties"].items() if not each.get("description")]
    assert not lacking
    assert all(table["additionalProperties"] is False for table in tables)


def test_the_copy_in_the_documentation_is_the_same() -> None:
    copied = (ROOT / "docs" / "reference" / FILENAME).read_text(encoding="utf-8")
    assert copied == recipe_schema_text(), f"`bundle schema --output docs/reference/{FILENAME}` writes it"
