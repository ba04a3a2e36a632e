"""``bundle lock RECIPE --why NAME``: every file of a package, and why it is or isn't taken."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import BuildError, IntegrityError
from bundler.pipeline.acceptance_demands import demands_of
from bundler.pipeline.build_requirements import Builds
from bundler.pipeline.build_terms import terms_of
from bundler.pipeline.builders import Builders
from bundler.pipeline.inputs import recipe_of
from bundler.pipeline.lock_recipe import Before, asked, ports_for, project_name
from bundler.pipeline.source_choice import source_reason
from bundler.resolve import Accepted, Rejected, explain_files, judge_of, known_source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.pipeline.session import Session


def why_files(session: Session, path: Path, name: str) -> tuple[dict[Target, tuple[Accepted | Rejected, ...]], str]:
    """For each target every file that the indexes have of a package, and why it is or isn't taken.

    Besides, why the package comes from source although there may be a wheel (``source_reason``).
    """
    recipe = recipe_of(session, path)
    project = project_name(name)
    found = {target: _why(session, recipe, target, project) for target in (table.target() for table in recipe.target)}
    return found, source_reason(recipe, project)


def _why(session: Session, recipe: Recipe, target: Target, name: str) -> tuple[Accepted | Rejected, ...]:
    gate = demands_of(session, recipe).gate
    if gate.advisories is not None:
        gate.advisories.learn({name})
    request, legacy = asked(session, recipe, target, gate, before=Before())
    builds = Builds(session, request, {}, Builders(session, target, lambda: None), terms=terms_of(session, recipe))
    own = known_source(request, ports_for(session, request, builds), name)
    if own is not None:
        installers = {str(canonicalize_name(each.converted.name)): each.installer.filename for each in legacy}
        return (dataclasses.replace(own, filename=installers.get(name, own.filename)),)
    files = explain_files(name, judge_of(request), request.indexes, session.transport)
    best = _first_choice(files, prefer=request.sdists == "prefer")
    if best is None or best.rank is not None or best.file is None:
        return files
    try:  # as locking does
        builds.inspect(builds.fetch(best.file), name=name, target=target)
    except (BuildError, IntegrityError) as error:
        if isinstance(error, IntegrityError) and not error.reference.startswith("archive-"):
            raise
        reason = f"what it needs can't be learned: {error.message}"
        failed = Rejected(
            filename=best.filename,
            version=best.version,
            reason=reason,
            details=error.context,
            advice=error.hint,
            failed=True,
        )
        return tuple(failed if each is best else each for each in files)
    return files


def _first_choice(files: Sequence[Accepted | Rejected], *, prefer: bool) -> Accepted | None:
    """What is taken unless other packages stand against it; ``prefer``: sdists before wheels."""
    fitting = [each for each in files if isinstance(each, Accepted)]
    return max(
        fitting,
        key=lambda each: (each.rank is not None and not prefer, Version(each.version), each.rank is None),
        default=None,
    )
