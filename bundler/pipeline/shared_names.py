"""Names that more than one index has: whoever registers a private name on a public index could stand in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import ResolutionError
from bundler.model.source import IndexSource, parse_source
from bundler.resolve import on_several

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bundler.model.recipe import Recipe
    from bundler.pipeline.session import Session
    from bundler.resolve import Request


def report_shared(session: Session, recipe: Recipe, request: Request, names: Collection[str]) -> None:
    """Packages (normalized names), and runtimes and legacy installers of an index, that could come from more than one: the first gives them,
    until somebody takes them off it.

    Raises ResolutionError (``index-shared-refused``) where the recipe wants none of that.
    """
    refused: list[str] = []
    by_indexes: dict[tuple[str, ...], list[str]] = {}
    for name, indexes in on_several(sorted({*names, *_of_sources(recipe)}), request.indexes, session.transport).items():
        by_indexes.setdefault(indexes, []).append(name)
    for indexes, shared in sorted(by_indexes.items()):
        if recipe.acceptance.shared == "refuse":
            refused.append(f"{', '.join(shared)}: {' and '.join(indexes)}")
            continue
        session.reporter.warn(
            "index-shared",
            f"{', '.join(shared)} could come from {' or '.join(indexes)}: the first one's is taken. Give the indexes `packages` in the recipe",
        )
    if refused:
        raise ResolutionError(
            "index-shared-refused",
            "packages could come from more than one index",
            context=tuple(refused),
            hint='say in the recipe which index gives them: [packages] indexes = [{ url = "…", packages = ["NAME"] }]',
        )


def _of_sources(recipe: Recipe) -> Iterator[str]:
    """The projects that runtimes and legacy installers are taken from; what has a hash in the recipe is the same from wherever it comes."""
    runtimes = [(each.runtime.source, each.runtime.sha256) for each in recipe.target]
    for text, sha256 in (*runtimes, *((each.source, each.sha256) for each in recipe.packages.legacy)):
        source = parse_source(text) if text is not None and sha256 is None else None
        if isinstance(source, IndexSource):
            yield source.name
