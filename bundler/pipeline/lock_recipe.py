"""recipe -> lock, and back from disk while it still fits."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.utils import InvalidName, canonicalize_name

from bundler.atomic import write_whole
from bundler.errors import BuildError, InputError
from bundler.model.lock import Lock, LockedPackage, LockedRuntime
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from bundler.model.lock_rejections import with_rejections_kept
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.pipeline.acceptance_demands import demands_of, report_unused_exceptions
from bundler.pipeline.attestations import tell_publishers, with_publishers
from bundler.pipeline.build_terms import forbidden_here, terms_of
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.pipeline.inputs import index_routes, recipe_of, report_unused, request_for
from bundler.pipeline.inputs_digest import digest_of_inputs
from bundler.pipeline.shared_names import report_shared
from bundler.pipeline.unchanged_lock import Listening, is_unchanged, remember
from bundler.pipeline.vcs_sources import Pins
from bundler.resolve import Request, Wanted
from bundler.runtime.sources import runtime_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.model.recipe import Recipe, TargetTable
    from bundler.model.target import Target
    from bundler.pipeline.build_requirements import Builds
    from bundler.pipeline.legacy_installers import LegacyWheel
    from bundler.pipeline.session import Session
    from bundler.resolve import IndexRoute, Resolution, ResolverPorts
    from bundler.resolve.file_gate import Gate

FIRST_VENV = (3, 3, 0)
"""The first Python whose installer brings the module ``venv``."""

State = Literal["new", "changed", "unchanged"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockOptions:
    """What may happen to a lock.

    ``refresh`` resolves even if the recipe is as it was; ``upgrade`` and ``upgraded`` (normalized names) free versions;
    ``confirm``: resolve even if the recipe is as it was, unless nothing else has changed either. ``must_exist``: a lock that is missing
    or stale is an error instead of being made.
    """

    refresh: bool = False
    confirm: bool = False
    upgrade: bool = False
    upgraded: frozenset[str] = frozenset()
    must_exist: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was locked before: the ``lock`` whose choices are kept, None where none are, and the names that are freed."""

    lock: Lock | None = None
    upgraded: frozenset[str] = frozenset()

    def kept(self, packages: Sequence[LockedPackage]) -> tuple[LockedPackage, ...]:
        """Of some packages of the lock, those that are kept."""
        return tuple(each for each in packages if self.lock is not None and each.name not in self.upgraded)

    def versions(self, packages: Sequence[LockedPackage]) -> dict[str, str]:
        """Their versions by name."""
        return {each.name: each.version for each in self.kept(packages)}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """A lock and its file; ``state`` says what this run did to it. ``text`` is the file's content."""

    lock: Lock
    path: Path
    text: str
    state: State


def lock_recipe(
    session: Session, path: Path, *, refresh: bool = False, upgrade: bool = False, upgraded: Sequence[str] = ()
) -> tuple[Locked, ...]:
    """Lock the recipe for each of its targets and write the locks that changed.

    ``refresh``: ask the indexes where nothing has changed here either; ``upgraded``: names to free.
    """
    recipe = recipe_of(session, path)
    names = frozenset(map(project_name, upgraded))
    options = LockOptions(refresh=refresh or upgrade or bool(names), confirm=True, upgrade=upgrade, upgraded=names)
    outcomes = tuple(
        locked_for(session, recipe, Runtimes(session, table, folder=recipe.folder), options) for table in recipe.target
    )
    for name in sorted(names - {each.name for outcome in outcomes for each in outcome.lock.all_packages}):
        session.reporter.warn("upgrade-unknown", f"{name} is in no lock of this recipe: there was nothing to upgrade")
    return outcomes


def project_name(name: str) -> str:
    """A project's normalized name; raises InputError (``name-invalid``)."""
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        raise InputError("name-invalid", f"{name!r} is not a valid package name") from None


def asked(
    session: Session, recipe: Recipe, target: Target, gate: Gate, *, before: Before
) -> tuple[Request, tuple[LegacyWheel, ...]]:
    """What the recipe asks, its installers among it, and these as wheels."""
    from bundler.pipeline.legacy_installers import convert_legacy

    previous = before.lock
    preferences = before.versions(previous.packages if previous else ())
    request = dataclasses.replace(request_for(session, recipe, target, preferences), gate=gate)
    legacy = convert_legacy(session, recipe, target, routes=request.indexes, previous=previous)
    wanted = (*request.wanted, *(each.wanted for each in legacy))
    return dataclasses.replace(request, wanted=wanted, records=True), legacy


def locked_for(session: Session, recipe: Recipe, runtimes: Runtimes, options: LockOptions) -> Locked:
    """The lock of the target of ``runtimes``: the one on disk while it fits the recipe, else a new one that changes only what it must.

    Raises InputError (``lock-stale`` where the options forbid a new one, ``lock-invalid``) and what locking raises.
    """
    table = runtimes.table
    path = recipe.lock_path(table)
    previous = load_lock(path) if path.exists() else None
    inputs = digest_of_inputs(recipe, table)
    demands = demands_of(session, recipe)
    broken = forbidden_here(session, recipe, previous)
    same = previous is not None and previous.inputs == inputs and not options.refresh
    unmet = demands.unmet(previous) if previous is not None and same else ()
    if previous is not None and same and not broken and not unmet:
        fits = (previous.target, previous.runtime.kind) == (table.target(), table.runtime.kind)
        text = encode_lock(previous, path)
        if fits and (not options.confirm or is_unchanged(session, previous, text)):
            demands.tell(session, previous)
            return Locked(lock=previous, path=path, text=text, state="unchanged")
        if not fits and not options.confirm:
            raise InputError(
                "lock-invalid",
                f"the lock {path} was changed by hand: it is for {previous.target} ({previous.runtime.kind}), "
                f"and the recipe wants {table.target()} ({table.runtime.kind})",
                hint=f"run `bundle lock {_shown(recipe.path)}`",
            )
    if options.must_exist:
        what = "does not fit the recipe any more" if previous else "is missing"
        what = f"does not fit this host: {broken}" if broken else what
        what = "has packages that are not accepted any more" if unmet else what
        hint = f"run `bundle lock {_shown(recipe.path)}`" + (" with the same options" if unmet else "")
        raise InputError("lock-stale", f"the lock {path} {what}", context=unmet, hint=hint)
    for each in unmet:
        session.reporter.note(f"not accepted any more: {each}")
    listening = Listening.to(session)
    before = Before(lock=None if options.upgrade else previous, upgraded=options.upgraded)
    gate = demands.gate_for(previous if same else None)
    lock = _new_lock(listening.session, recipe, runtimes.told_to(listening.session), gate, before=before)
    lock = dataclasses.replace(lock, inputs=inputs)
    if previous is not None and previous.inputs == inputs:
        kept = before.kept(previous.packages)
        lock = dataclasses.replace(lock, packages=with_rejections_kept(lock.packages, kept))
    demands.demand_known(lock)
    found = _written(lock, path, previous)
    remember(listening, found.lock, found.text)
    demands.tell(session, found.lock)
    if previous is not None:
        tell_publishers(session, previous, found.lock)
    return found


def _written(lock: Lock, path: Path, previous: Lock | None) -> Locked:
    """Write what changed."""
    if previous is not None:
        before = encode_lock(previous, path)
        if encode_lock(dataclasses.replace(lock, created=previous.created), path) == before:
            return Locked(lock=previous, path=path, text=before, state="unchanged")
    return write_lock(lock, path, state="changed" if previous else "new")


def write_lock(lock: Lock, path: Path, *, state: State) -> Locked:
    """Write a lock's file, which is whole at any time."""
    text = encode_lock(lock, path)
    write_whole(path, text)
    return Locked(lock=lock, path=path, text=text, state=state)


def _shown(path: Path) -> str:
    """A path as a person would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _new_lock(session: Session, recipe: Recipe, runtimes: Runtimes, gate: Gate, *, before: Before) -> Lock:
    """Without the digest of what was asked for."""
    session.expect_addresses(each.url for each in index_routes(session, recipe))
    from bundler.pipeline.build_requirements import Builds, bare
    from bundler.pipeline.builders import Builders  # late: a lock that still fits needs none of them
    from bundler.pipeline.legacy_installers import as_locked

    table, target = runtimes.table, runtimes.table.target()
    runtime_sources(
        table, mirror=session.mirror
    )  # a runtime that there can't be is reported before anything is fetched
    previous = before.lock
    request, legacy = asked(session, recipe, target, gate, before=before)
    built_with = before.versions([each.package for each in previous.build] if previous else [])
    pinned = functools.cache(functools.partial(_pin_runtime, session, runtimes, previous, request.indexes))
    toolset = recipe.packages.toolset or ""
    builders = Builders(session, target, lambda: runtimes.build_folder(pinned()[0]), toolset=toolset)
    builds = Builds(session, request, built_with, builders, terms=terms_of(session, recipe))
    count = len(request.wanted) + len(request.projects)
    session.reporter.step(f"Resolving {count} requirement{'s' * (count != 1)} for {target}")
    kept = before.kept(previous.packages if previous else ())
    found = _resolve(session, request, builds, kept)
    packages = with_publishers(session, as_locked(found.packages, legacy), found.provenance, kept)
    report_unused(session, recipe, request, packages)
    session.reporter.note(f"{len(packages)} package{'s' * (len(packages) != 1)}")
    sources = {each.name: source for each in packages if (source := _source_of(session, each)) is not None}
    seeds = Request(
        target=target,
        wanted=tuple(Wanted(each, "the environment on the target") for each in _seed_names(table)),
        indexes=request.indexes,
        preferences=before.versions(previous.seeds if previous else ()),
        sdists="never",
        gate=gate,
    )
    makers = _resolve(session, seeds, builds)
    seeded = tuple(dataclasses.replace(each, requested=False) for each in makers.packages)
    runtime, boot = pinned()
    build = builds.pin(sources, target)
    report_shared(session, recipe, request, {*_indexed((*packages, *seeded)), *builds.indexed})
    lock = Lock(
        target=target,
        created=session.epoch or session.now,
        inputs="",
        packages=packages,
        seeds=with_publishers(
            session,
            [bare(each, gate) for each in seeded],
            makers.provenance,
            before.kept(previous.seeds if previous else ()),
        ),
        build=build,
        runtime=runtime,
        boot=boot,
        uploaded_before=gate.before,
    )
    report_unused_exceptions(session, recipe, lock)
    return lock


def _indexed(packages: Sequence[LockedPackage]) -> set[str]:
    """Names of those that come from an index."""
    return {each.name for each in packages if each.index is not None}


def _pin_runtime(
    session: Session, runtimes: Runtimes, previous: Lock | None, routes: tuple[IndexRoute, ...]
) -> tuple[LockedRuntime, LockedRuntime | None]:
    session.reporter.step(f"Pinning the runtime of {runtimes.table.target()}")
    return runtimes.pin(previous, routes)


def _resolve(session: Session, request: Request, builds: Builds, before: Sequence[LockedPackage] = ()) -> Resolution:
    from bundler.resolve import resolve_advised

    return resolve_advised(request, ports_for(session, request, builds, before))


def ports_for(
    session: Session, request: Request, builds: Builds, before: Sequence[LockedPackage] = ()
) -> ResolverPorts:
    from bundler.resolve import ResolverPorts

    return ResolverPorts(
        transport=session.transport,
        cache=session.cache,
        inspect=lambda source, *, name: builds.inspect(source, name=name, target=request.target),
        fetch_source=builds.fetch,
        reporter=session.reporter,
        pin_repository=Pins(session.fetcher, before),
    )


def _seed_names(table: TargetTable) -> tuple[str, ...]:
    """What makes the environment on the target: Python 2 and an embeddable one have no venv, and an archive may have none."""
    may_lack = not RUNTIME_KINDS[table.runtime.kind].has_venv or table.target().version_info < FIRST_VENV
    return ("pip", "virtualenv") if may_lack else ("pip",)


def _source_of(session: Session, package: LockedPackage) -> Path | None:
    """What a package must be built from; None: it is a wheel."""
    if package.directory is not None:
        return Path(package.directory)
    if package.file is None:
        raise BuildError("source-unknown", f"{package.name} has neither a file nor a folder")
    if not package.is_source:
        return None
    from bundler.pipeline.fetched_files import fetch_one

    return fetch_one(session, package.file)
