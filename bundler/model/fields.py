"""Fields of tables that people write and of shapes that machines read, each with the words that describe it."""

from __future__ import annotations

import dataclasses
from typing import Any

DESCRIPTION = "description"
"""Where a field's metadata has its words: pydantic takes them from there into a JSON Schema."""
_KEY = "alias"


def described(meaning: str, default: Any = dataclasses.MISSING, *, key: str | None = None) -> Any:
    """A dataclass's field; without a default its key must be there. ``key``: another one than its name."""
    metadata = {DESCRIPTION: meaning} | ({_KEY: key} if key else {})
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    if isinstance(default, dict):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def key_of(field: dataclasses.Field[Any]) -> str:
    """The key that stands for a field outside: its name unless ``described`` got another one."""
    return str(field.metadata.get(_KEY, field.name))
