"""What a candidate's metadata asks for on the target."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from bundler.formats.core_metadata import MalformedMetadataError
from bundler.resolve.candidate import Candidate, Need, needs_of
from bundler.resolve.dependencies import active

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.dependencies import Dependency


def counting_needs(candidate: Candidate, metadata: CoreMetadata, context: ResolutionContext) -> tuple[Need, ...]:
    """The needs that count for the target; those of an extra, and its tie to its package."""
    plain = active(metadata.requires_dist, "", context.evaluator)
    _check(plain, context)
    if not candidate.extra:
        context.library.expect(plain)
        return tuple(itertools.chain.from_iterable(map(needs_of, plain)))
    tie = Need(
        name=candidate.name,
        extra="",
        specifier=SpecifierSet(),
        text=f"{candidate.name}=={candidate.version}",
        bound=candidate.version,
    )
    known = frozenset(plain)
    more = tuple(each for each in _of_extra(candidate, metadata, context) if each not in known)
    _check(more, context)
    context.library.expect(more)
    return (tie, *itertools.chain.from_iterable(map(needs_of, more)))


def _check(needed: Collection[Dependency], context: ResolutionContext) -> None:
    if len(needed) > context.bounds.packages:
        raise MalformedMetadataError(f"it needs {len(needed):,} packages at once")


def _of_extra(candidate: Candidate, metadata: CoreMetadata, context: ResolutionContext) -> Iterator[Dependency]:
    """What an extra needs. Extras of the same package that it stands for (``all = demo[one,two]``) are taken apart here: of one file
    they are one question, and as packages of their own the solver would try each of their versions with each of the others'.
    """
    extras = [candidate.extra]
    for extra in extras:
        if extra not in metadata.extras:
            context.reporter.warn(
                "extra-unknown",
                f"{candidate.name} {candidate.version} has no extra {extra!r}: nothing more is taken",
            )
        context.bounds.look(len(metadata.requires_dist))
        for each in active(metadata.requires_dist, extra, context.evaluator):
            own = each.name == candidate.name and each.url is None
            if own and each.specifier.contains(candidate.version, prereleases=True):
                extras += [other for other in each.extras if other not in extras]
            else:
                yield each
