"""The documentation's page of a recipe's keys has each of them."""

from __future__ import annotations

import re

from bundler.model.recipe_schema import recipe_schema
from bundler.present.recipe_reference import markdown
from tests.support.commandline import ROOT


def test_every_key_stands_on_the_page() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \|", markdown(), re.MULTILINE))
    schema = recipe_schema()
    assert listed == {key for table in schema["$defs"].values() for key in table["properties"]}
    headings = re.findall(r"^## `\[+([a-z-]+)\]+`$", markdown(), re.MULTILINE)
    assert headings == list(schema["properties"]), "every table, in the order of a recipe"


def test_defaults_are_written_as_in_toml() -> None:
    page = markdown()
    assert "| `all-users` | true or false | `true` |" in page
    assert '| `sdists` | `fallback` or `prefer` or `never` | `"fallback"` |' in page
    assert "| `restart` | list of integers | `[10, 60, 300]` |" in page
    assert "| `commands` | list of lists of strings |  |" in page
    assert "| `python` | string | required |" in page


def test_the_page_of_the_documentation_is_made_from_them() -> None:
    page = (ROOT / "docs" / "reference" / "recipe.md").read_text(encoding="utf-8")
    assert page.endswith(markdown()), "`python3 build/docs.py --write` writes it"
