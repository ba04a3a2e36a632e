"""What the build host does with each kind of runtime, one module each; ``bundler.model.runtime_kinds`` has what is known of them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundler.runtime.kinds.behaviour import Behaviour


def behaviour_of(kind: str) -> Behaviour:
    """That of the module ``KIND_runtime`` here, imported when it is wanted: what some kinds need may be missing on a host."""
    found: Behaviour = importlib.import_module(f"bundler.runtime.kinds.{kind}_runtime").BEHAVIOUR
    return found
