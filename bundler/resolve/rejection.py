"""Why a candidate can't be taken: for the solver, and for people where that is the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from bundler.errors import BuildError, ResolutionError
from bundler.resolve.candidate import Need

if TYPE_CHECKING:
    from bundler.resolve.candidate import Candidate
    from bundler.resolve.markers import UnstatedMarkerError
    from bundler.resolve.request import Request


def without_answer(candidate: Candidate, error: BuildError) -> BuildError:
    """Going back to an older version in silence is no answer to somebody who wants this source."""
    return BuildError(
        error.reference,
        f"what {candidate.name} {candidate.version} needs can't be learned from its sdist: {error.message}",
        context=error.context,
        hint="the recipe wants it from source: name another version (packages.constraints), or take its wheel "
        '(packages.build without it, packages.sdists = "fallback")',
    )


def unusable(candidate: Candidate, reason: str) -> Need:
    """A need of ``candidate`` that nothing satisfies."""
    return Need(
        name=candidate.name,
        extra="",
        specifier=SpecifierSet(),
        text=f"{candidate} can't be used",
        reason=reason,
    )


def unstated(error: UnstatedMarkerError, who: str, request: Request) -> ResolutionError:
    """The error for a marker whose variable the target doesn't state."""
    return ResolutionError(
        "marker-without-value",
        f"what {who} needs depends on {error.variable}, which is not stated for {request.target}",
        context=(who,),
        hint=f'state it in the recipe: [target.markers] {error.variable} = "…" (what the target itself says)',
    )
