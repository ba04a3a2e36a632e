"""Prerequisites on the build host: which file each one is, and whether it is what the recipe says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.model.prerequisite import CheckedInstaller
from bundler.model.source import parse_source
from bundler.pipeline.pinning import artifact_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.artifact import Artifact, StoredFile
    from bundler.model.prerequisite import PrerequisiteTable
    from bundler.model.recipe import Recipe
    from bundler.pipeline.session import Session
    from bundler.resolve import IndexRoute

Needed = tuple[tuple["PrerequisiteTable", "Artifact"], ...]


def prerequisite_artifacts(session: Session, recipe: Recipe, routes: tuple[IndexRoute, ...]) -> Needed:
    """Raises what ``artifact_of`` raises."""
    return tuple(
        (each, artifact_of(session, parse_source(each.source), folder=recipe.folder, routes=routes, sha256=each.sha256))
        for each in recipe.prerequisite
    )


def checked_prerequisites(
    session: Session, needed: Needed, stock: Mapping[Artifact, StoredFile]
) -> tuple[CheckedInstaller, ...]:
    """Raises IntegrityError as ``check_prerequisite`` does, with the prerequisite's name."""
    if not needed:
        return ()
    from bundler.errors import IntegrityError
    from bundler.runtime.prerequisite_installer import check_prerequisite
    from bundler.runtime.signatures import unchecked

    found = []
    for table, artifact in needed:
        session.reporter.step(f"Checking {table.name}")
        file, source = stock[artifact], table.source.partition("#")[0]
        try:
            signer = check_prerequisite(
                session.named(file, artifact.filename),
                table.kind,
                signer=None if table.unsigned else table.signer,
                look=not table.unsigned or not unchecked(artifact.filename, session.reporter),
                extra_roots=session.signer_roots,
            )
        except IntegrityError as error:
            # not a place in the scratch folder, which is gone when somebody reads it
            error.context = (f"the prerequisite {table.name}, from {source}",)
            raise
        found.append(CheckedInstaller(table=table, filename=artifact.filename, file=file, source=source, signer=signer))
    return tuple(found)


def provided_dlls(recipe: Recipe) -> frozenset[str]:
    """The DLLs that the prerequisites bring, in lower case."""
    return frozenset(name.lower() for each in recipe.prerequisite for name in each.provides)
