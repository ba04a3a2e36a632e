"""The JSON Schema of a recipe, which editors complete and check keys with."""

from __future__ import annotations

import json
from typing import Any

from bundler.model.json_schema import schema_of, without_null
from bundler.model.recipe import Recipe

FILENAME = "recipe.schema.json"
"""How the schema is called beside a recipe."""
TITLE = "Recipe of offline-bundler"


def recipe_schema() -> dict[str, Any]:
    """What is right by itself; what doesn't go together (``recipe-invalid``) only reading the recipe tells."""
    schema: dict[str, Any] = without_null(schema_of(Recipe, title=TITLE))
    schema["description"] = "What goes into a bundle, and how it is installed on the target."
    del schema["properties"]["path"]  # the recipe's own file, which no recipe names
    schema["properties"]["target"]["minItems"] = 1
    for key, alone in (
        ("indexes", "its root; no package is tied to it"),
        ("projects", "its folder, relative to the recipe; no extra and no group is taken"),
    ):
        table = schema["$defs"]["PackagesTable"]["properties"][key]
        table["items"] = {"anyOf": [{"type": "string", "description": alone}, table["items"]]}
    return schema


def recipe_schema_text() -> str:
    """The schema as a file has it."""
    return json.dumps(recipe_schema(), indent=2) + "\n"
