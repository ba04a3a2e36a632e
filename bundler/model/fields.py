"""Fields of a recipe's tables: each with the words that an error about it shows."""

from __future__ import annotations

import dataclasses
from typing import Any


def described(meaning: str, default: Any = dataclasses.MISSING) -> Any:
    """A dataclass's field; without a default its key must be there."""
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata={"help": meaning})
    if isinstance(default, dict):
        return dataclasses.field(default_factory=default.copy, metadata={"help": meaning})
    return dataclasses.field(default=default, metadata={"help": meaning})
