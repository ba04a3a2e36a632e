"""One resolution, from requirements to one file for each package."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement
from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Resolution as Solve

from bundler.errors import Fault, InputError, ResolutionError
from bundler.foreign import read_requirement, without_credentials
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.artifact import Artifact
from bundler.model.ports import Cache, SourceInspector, Transport
from bundler.report import Reporter
from bundler.resolve.addresses import check_theirs
from bundler.resolve.candidate import Candidate, Need, key_of, needs_of
from bundler.resolve.context import ResolutionContext
from bundler.resolve.dependencies import Dependency, read_dependency, split
from bundler.resolve.direct import PinRepository, Sources, no_repositories
from bundler.resolve.direct_addresses import address_faults
from bundler.resolve.explain import Explainer
from bundler.resolve.file_checks import judge_of
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator, UnstatedMarkerError
from bundler.resolve.not_taken import NotTaken
from bundler.resolve.outcome import Outcome, passed_over
from bundler.resolve.prefetch import Library
from bundler.resolve.project_sources import project_name
from bundler.resolve.provider import Provider
from bundler.resolve.reachable import reachable
from bundler.resolve.rejection import unstated
from bundler.resolve.request import Accepted, Rejected, Resolution
from bundler.resolve.solver_bounds import Bounds
from bundler.resolve.source_last import SourceLast, held_back
from bundler.resolve.supplies import Supplies
from bundler.resolve.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resolvelib.resolvers import Criterion
    from resolvelib.structs import State

    from bundler.resolve.request import Request, Wanted

ROUNDS = 100_000
"""Steps of the solver before it gives up: real sets take a few hundred."""


class Failures(BaseReporter[Need, Candidate, str]):
    """Counts the candidates that the solver had to leave, for the provider to choose their package sooner, and what each step takes."""

    def __init__(self, provider: Provider, bounds: Bounds) -> None:
        self._failures = provider.failures
        self._bounds = bounds

    def ending_round(self, index: int, state: State[Need, Candidate, str]) -> None:
        """The next one looks at all that is wanted so far."""
        del index
        self._bounds.look(sum(len(each.information) for each in state.criteria.values()))

    def rejecting_candidate(self, criterion: Criterion[Need, Candidate], candidate: Candidate) -> None:
        del criterion
        self._failures[candidate.key] += 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ResolverPorts:
    """What resolving asks of the outside world. ``fetch_source`` gets the checked file of an sdist or a direct address."""

    transport: Transport
    cache: Cache
    inspect: SourceInspector
    fetch_source: Callable[[Artifact], Path]
    reporter: Reporter
    pin_repository: PinRepository = no_repositories


def resolve(
    request: Request, ports: ResolverPorts, *, rounds: int = ROUNDS, bounds: Bounds | None = None
) -> Resolution:
    """Choose one file for every package that the target needs. The same answers of the transport give the same result.

    ``rounds`` bounds the steps of the solver, ``bounds`` what it takes in (None: as much as is sensible). Raises InputError (``requirement-malformed``),
    ResolutionError (``package-unknown``, ``no-file-fits``, ``not-accepted``, ``requirements-conflict``, ``project-quarantined``,
    ``marker-without-value``, ``requirement-unusable``, ``project-twice``, ``resolution-too-long``), NetworkError,
    IntegrityError, and BuildError for local projects.
    """
    with _asking(request, ports, bounds) as (context, wanted):
        supplies, sources = context.supplies, context.sources
        needs = [supplies.settled(need) for dependency, origin in wanted for need in needs_of(dependency, origin)]
        needs += _project_needs(request, sources)
        _demand_known(context, needs)
        provider, pins = _solve(context, needs, rounds)
        for each in held_back(provider, pins, request.target):
            ports.reporter.warn("newer-must-be-compiled", each)
        for each in passed_over(provider.rejected, pins):
            ports.reporter.note(each)
        requested = frozenset(need.name for need in needs)
        packages = Outcome(context, ports.fetch_source).packages(pins, provider.get_dependencies, requested)
        if request.records:
            not_taken = NotTaken(context, provider, pins)
            packages = tuple(dataclasses.replace(each, rejected=not_taken.of(each)) for each in packages)
    rejected = {name: tuple(found[each] for each in sorted(found)) for name, found in sorted(provider.rejected.items())}
    files = {name: each.file for name, each in pins.items() if not each.extra and each.file is not None}
    provenance = {name: file.provenance for name, file in sorted(files.items()) if file.provenance is not None}
    return Resolution(packages=packages, rejected=rejected, provenance=provenance)


def _demand_known(context: ResolutionContext, needs: Sequence[Need]) -> None:
    """Raise ResolutionError (``package-unknown``) with all of the user's own packages that no index has; of a single one the solver
    finds out more.
    """
    names = [each.name for each in needs if each.url is None and context.supplies.only(each.name) is None]
    lacking = {name for name in dict.fromkeys(names) if context.library.project(name).page is None}
    if len(lacking) > 1:
        said = [f"{each.text} is wanted by {each.origin}" for each in needs if each.name in lacking and not each.extra]
        raise unknown(", ".join(sorted(lacking)), context.request.indexes, tuple(said))


@contextlib.contextmanager
def _asking(
    request: Request, ports: ResolverPorts, bounds: Bounds | None = None
) -> Iterator[tuple[ResolutionContext, Sequence[tuple[Dependency, str]]]]:
    """All that answers questions about ``request``, and its requirements that count for the target."""
    reporter = ports.reporter
    evaluator = MarkerEvaluator(request.target)
    wanted = _read(request, request.wanted, evaluator, reporter)
    constraints = _constraints(request, evaluator)
    if theirs := [each for each in request.wanted if each.theirs]:
        users = [each for each in request.wanted if not each.theirs]
        own = [dependency for dependency, _ in _read(request, users, evaluator, None)]
        check_theirs(_read(request, theirs, evaluator, None), own, itertools.chain.from_iterable(constraints.values()))
    if faults := address_faults(wanted):
        raise ResolutionError(
            "requirement-unusable",
            "requirements can't be taken from where they say"
            if len(faults) > 1
            else faults[0].message.partition(": ")[0],
            context=tuple(map(str, faults)),
            hint="give an archive, a wheel or a folder" if len(faults) > 1 else faults[0].message.partition(": ")[2],
        )
    judge = judge_of(request)
    with Library(request, judge, evaluator, ports.transport, ports.cache) as library:
        own = [dependency for dependency, _ in wanted]
        library.own.update(request.supplied, (each.name for each in own if each.url is not None))
        sources = Sources(
            library, judge, ports.inspect, ports.fetch_source, reporter, pin_repository=ports.pin_repository
        )
        names = [project_name(each.path) for each in request.projects]
        library.own.update(names)
        if all(names):
            library.expect(own)
        sources.add_projects(request.projects)
        library.own.update(sources.projects)
        library.expect(own)
        sources.expect_repositories(wanted)
        yield (
            ResolutionContext(
                request=request,
                evaluator=evaluator,
                judge=judge,
                library=library,
                sources=sources,
                supplies=Supplies(own, request.supplied, sources, reporter),
                reporter=reporter,
                constraints=constraints,
                bounds=bounds or Bounds(request),
            ),
            wanted,
        )


def known_source(request: Request, ports: ResolverPorts, name: str) -> Accepted | Rejected | None:
    """What a package (normalized name) comes from without any index being asked; None: from an index.

    Raises as ``resolve`` does for what can't be read.
    """
    only = dataclasses.replace(request, wanted=tuple(each for each in request.wanted if "@" in each.requirement))
    with _asking(only, ports) as (context, wanted):
        try:
            found = context.supplies.only(name)
        except InputError as error:
            return Rejected(filename=name, reason="; ".join((*error.context, error.message)))
        if found is None:
            return None
        said = [origin for dependency, origin in wanted if dependency.name == name]
        if name in request.supplied and not said and name not in context.sources.projects:
            said = [request.supplied[name].origin]
        filename = found.directory or (found.artifact.filename if found.artifact else str(found.url))
        words = "a local project" if name in context.sources.projects else said[0]
        return Accepted(filename=filename, version=str(found.version), rank=None, file=found.artifact, origin=words)


def _solve(context: ResolutionContext, needs: Sequence[Need], rounds: int) -> tuple[Provider, dict[str, Candidate]]:
    """The pins, and the provider that they came from. What must be compiled is left out first, and let in where nothing does without."""
    source_last = SourceLast(context.request)
    while True:
        provider = Provider(context, source_last)
        provider.begin(needs)
        more: Iterable[str] = provider.irreplaceable()
        if not more:
            solve = Solve(provider, Failures(provider, context.bounds))
            try:
                return provider, reachable(solve.resolve(needs, max_rounds=rounds))
            except ResolutionImpossible as error:
                causes = [(each.requirement, each.parent) for each in error.causes]
                found = source_last.behind(provider, provider.unmet(causes))
                more = {name for name, _ in found} or source_last.left_out
                if not more:
                    raise Explainer(context, provider).error(causes) from None
            except ResolutionTooDeep:
                more = source_last.left_out
                if not more:
                    raise ResolutionError(
                        "resolution-too-long",
                        f"no answer after {rounds} steps",
                        context=tuple(each.requirement for each in context.request.wanted),
                        hint="pin or bound some of these packages: the search has fewer ways to try then",
                    ) from None
        source_last = source_last.with_more(more)


def _read(
    request: Request, wanted: Sequence[Wanted], evaluator: MarkerEvaluator, reporter: Reporter | None
) -> list[tuple[Dependency, str]]:
    """The requirements that count for the target; all malformed ones are reported at once."""
    found: list[tuple[Dependency, str]] = []
    faults: list[Fault] = []
    for each in wanted:
        try:
            read_requirement(each.requirement)
            body, marker = split(each.requirement)
            if not marker or evaluator.holds(marker):
                found.append((read_dependency(body), each.origin))
            elif reporter is not None:
                reporter.note(
                    f"{without_credentials(each.requirement)} ({each.origin}) isn't for {request.target}: left out"
                )
        except (InvalidRequirement, MalformedMarkerError, MalformedMetadataError) as error:
            faults.append(
                Fault(
                    each.origin,
                    f"{without_credentials(each.requirement)!r} is not a valid requirement: {str(error).splitlines()[0]}",
                )
            )
        except UnstatedMarkerError as error:
            raise unstated(error, f"{without_credentials(each.requirement)} ({each.origin})", request) from None
    if faults:
        raise InputError("requirement-malformed", "requirements can't be read", faults=tuple(faults))
    return found


def _constraints(request: Request, evaluator: MarkerEvaluator) -> dict[str, list[Dependency]]:
    found: dict[str, list[Dependency]] = {}
    faults: list[Fault] = []
    for dependency, origin in _read(request, request.constraints, evaluator, None):
        if dependency.extras:
            faults.append(Fault(origin, f"{dependency.text!r}: a constraint has no extras"))
        said = dataclasses.replace(dependency, text=f"the constraint {dependency.text} ({origin})")
        found.setdefault(dependency.name, []).append(said)
    if faults:
        raise InputError("requirement-malformed", "constraints can't be read", faults=tuple(faults))
    return found


def _project_needs(request: Request, sources: Sources) -> Iterator[Need]:
    by_directory = {candidate.directory: name for name, candidate in sources.projects.items()}
    for each in request.projects:
        name = by_directory[str(each.path)]
        dependency = read_dependency(key_of(name, ",".join(each.extras)))
        yield from needs_of(dependency, f"the local project {each.path}")
