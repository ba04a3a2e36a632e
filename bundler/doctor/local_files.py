"""What a recipe takes from this host's own disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.doctor.finding import Finding
from bundler.errors import BundleError
from bundler.model.source import PathSource, parse_source
from bundler.pipeline.pinning import artifact_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.recipe import Recipe
    from bundler.pipeline.session import Session


def local_sources(session: Session, recipe: Recipe) -> Iterator[Finding]:
    """A finding for each installer, file and project that isn't there; none for what comes from elsewhere."""
    named = [
        *((f"packages.legacy[{i}]", each.source) for i, each in enumerate(recipe.packages.legacy)),
        *((f"prerequisite[{i}]", each.source) for i, each in enumerate(recipe.prerequisite)),
        *((f"file[{i}]", each.source) for i, each in enumerate(recipe.file)),
    ]
    for where, text in named:
        source = parse_source(text)
        if isinstance(source, PathSource):
            try:
                artifact_of(session, source, folder=recipe.folder, routes=(), sha256=None)
            except BundleError as error:
                yield Finding(what=where, verdict="bad", detail=error.message, fix=error.hint)
    for i, project in enumerate(recipe.packages.projects):
        if not (recipe.folder / project.path).is_dir():
            yield Finding(
                what=f"packages.projects[{i}]",
                verdict="bad",
                detail=f"there is no folder {recipe.folder / project.path}",
                fix="its path is relative to the recipe",
            )
