"""Which packages a recipe wants made from source, and what it lets them lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from bundler.model.recipe import Recipe


def from_source(recipe: Recipe) -> frozenset[str]:
    """The packages (normalized names) that are built here though there may be a wheel."""
    return frozenset(map(canonicalize_name, recipe.packages.build))


def incomplete(recipe: Recipe) -> frozenset[str]:
    """The packages (normalized names) that may be built without extension modules which their builds call optional."""
    return frozenset(map(canonicalize_name, recipe.packages.incomplete))


def source_reason(recipe: Recipe, name: str) -> str:
    """Where the recipe says that the package ``name`` (normalized) comes from source although there may be a wheel; empty: nowhere."""
    if name in from_source(recipe):
        return "packages.build names it"
    return 'packages.sdists is "prefer"' if recipe.packages.sdists == "prefer" else ""
