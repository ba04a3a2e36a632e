"""JSON Schemas (draft 2020-12) of dataclasses, each key with the words of ``described``."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAMED = frozenset({"properties", "$defs"})
"""What holds schemas by names of ours and not by words of JSON Schema: a property may be called `default`."""


class _Plain(GenerateJsonSchema):
    """No titles: pydantic derives them from names, which say the same."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def schema_of(kind: type, *, title: str) -> dict[str, Any]:
    """The schema of what ``kind`` is written as, its parts under ``$defs``."""
    made = TypeAdapter(kind).json_schema(by_alias=True, schema_generator=_Plain)
    for part in (made, *made.get("$defs", {}).values()):
        part.pop("title", None)
        if "description" in part:
            part["description"] = part["description"].replace("``", "`")
    return {"$schema": DIALECT, "title": title, **made}


def without_null(schema: Any) -> Any:
    """The same for a format without null, such as TOML: what may be null may be left out, and that is all."""
    if isinstance(schema, list):
        return [without_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: {name: without_null(part) for name, part in each.items()} if key in _NAMED else without_null(each)
        for key, each in schema.items()
        if key != "default" or _says_something(each)
    }
    if "anyOf" in made:
        kinds = [each for each in made["anyOf"] if each != {"type": "null"}]
        made = {**kinds[0], **{key: each for key, each in made.items() if key != "anyOf"}} if len(kinds) == 1 else made
    return made


def _says_something(default: Any) -> bool:
    """Whether a default is worth showing: of a table its keys have theirs."""
    return default is not None and not isinstance(default, dict)
