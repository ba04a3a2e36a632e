"""lock -> stock -> wheelhouse -> bundle."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.secret_queries import without_secrets
from bundler.pipeline.acceptance_demands import demands_of
from bundler.pipeline.attestations import keep_documents
from bundler.pipeline.build_notes import tell_directories
from bundler.pipeline.build_provenance import BuildAsked
from bundler.pipeline.build_terms import terms_of
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.pipeline.fresh_addresses import with_fresh_addresses
from bundler.pipeline.inputs import index_routes, recipe_of, request_for
from bundler.pipeline.lock_recipe import LockOptions, locked_for
from bundler.pipeline.locked_bundle import (
    LockedOrder,
    MadeWheels,
    own_files,
    pack_locked,
    wheel_of,
    wheels_as_they_came,
)
from bundler.pipeline.source_choice import incomplete, source_reason

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.artifact import WheelFile
    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.recipe import Recipe, TargetTable
    from bundler.model.target import Target
    from bundler.pack.writing import Destination
    from bundler.pipeline.built_wheels import BuiltWheels
    from bundler.pipeline.lock_recipe import Locked
    from bundler.pipeline.locked_bundle import Built, Stock
    from bundler.pipeline.session import Session
    from bundler.pipeline.signed_programs import SignedProgram
    from bundler.resolve.request import IndexRoute
    from bundler.trust.code_signer import CodeSigner  # noqa: TC004 - nothing asks for the types of the fields


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildWishes:
    """``slugs``: targets, none: all of the recipe; ``locked``: fail where a lock is missing or stale. ``sequence`` and ``not_after`` take the
    place of what the recipe says. ``builder``: a URI that says who builds, empty: nobody says it. ``signer`` signs programs, None: they aren't signed;
    ``in_wheels``: those in wheels too.
    """

    slugs: Sequence[str] = ()
    locked: bool = False
    sequence: int | None = None
    not_after: str | None = None
    builder: str = ""
    signer: CodeSigner | None = None
    in_wheels: bool = False


def build_recipe(session: Session, path: Path, destination: Destination, wishes: BuildWishes) -> tuple[Built, ...]:
    """One archive for each target that is wished for. Raises any BundleError; what was built before it stays."""
    recipe, slugs = _wished(recipe_of(session, path), wishes), wishes.slugs
    tell_directories(recipe, session.reporter)
    last = recipe.bundle.not_after
    if last is not None and last < session.now.date().isoformat():
        session.reporter.warn("last-day-over", f"the bundle's last day, {last}, is over: no machine will install it")
    tables = [each for each in recipe.target if not slugs or each.target().slug in slugs]
    if unknown := set(slugs) - {each.target().slug for each in tables}:
        known = ", ".join(each.target().slug for each in recipe.target)
        raise InputError("target-unknown", f"{path} has no target {', '.join(sorted(unknown))}", hint=f"it has {known}")
    return tuple(_build(session, recipe, table, destination, wishes) for table in tables)


def _wished(recipe: Recipe, wishes: BuildWishes) -> Recipe:
    table = recipe.bundle
    sequence = table.sequence if wishes.sequence is None else wishes.sequence
    not_after = table.not_after if wishes.not_after is None else wishes.not_after
    environment = recipe.environment
    if wishes.signer is not None:  # what is written into a signed program breaks its signature
        environment = dataclasses.replace(environment, launchers="separate")
    table = dataclasses.replace(table, sequence=sequence, not_after=not_after)
    return dataclasses.replace(recipe, bundle=table, environment=environment)


def _build(
    session: Session, recipe: Recipe, table: TargetTable, destination: Destination, wishes: BuildWishes
) -> Built:
    runtimes = Runtimes(session, table, folder=recipe.folder)
    programs: dict[str, SignedProgram] = {}
    signing: dict[str, str] = {}
    if (signer := wishes.signer) is not None:  # before anything that takes long: a key may not do
        from bundler.pipeline.signed_programs import refuse_exposed, sign_own_programs

        refuse_exposed(signer.secrets, [recipe.folder / each.path for each in recipe.packages.projects])
        programs = sign_own_programs(session, signer, table.target().platform, services=bool(recipe.service))
        signing = {"tool": signer.title, "timestamp": ", ".join(map(without_secrets, signer.timestamps))}
    # first: a file that isn't there is reported before anything is resolved
    own = own_files(session, recipe, index_routes(session, recipe))
    found = locked_for(session, recipe, runtimes, LockOptions(must_exist=wishes.locked))
    lock = found.lock
    routes = functools.partial(_routes, session, recipe, lock.target)
    found = dataclasses.replace(found, lock=with_fresh_addresses(session, lock, routes))
    keep_documents(session, lock)
    order = LockedOrder(
        recipe=recipe,
        table=table,
        locked=found,
        runtimes=runtimes,
        own=own,
        fetch=session.fetcher.fetch,
        wheels=functools.partial(_wheels, session, recipe, found, runtimes, wishes=wishes),
        asked=BuildAsked(builder=wishes.builder, format=destination.format.name, folder=recipe.folder, signing=signing),
        programs=programs,
        seeds=functools.partial(_seeds, session, wishes, lock),
    )
    return pack_locked(session, order, destination)


def _routes(session: Session, recipe: Recipe, target: Target) -> tuple[IndexRoute, ...]:
    return request_for(session, recipe, target, {}).indexes


def _wheels(
    session: Session, recipe: Recipe, found: Locked, runtimes: Runtimes, stock: Stock, *, wishes: BuildWishes
) -> MadeWheels:
    built = _built_wheels(session, recipe, found, runtimes, frozen=wishes.locked)
    if built is not None:
        found = built.locked
    wheels = [wheel_of(session, each, stock=stock, built=built) for each in found.lock.packages]
    wheels = _signed(session, wishes, wheels, found.lock)
    return MadeWheels(locked=found, wheels=wheels, built=built)


def _seeds(
    session: Session, wishes: BuildWishes, lock: Lock, seeds: Sequence[LockedPackage], stock: Stock
) -> list[WheelFile]:
    return _signed(session, wishes, wheels_as_they_came(seeds, stock), lock)


def _signed(session: Session, wishes: BuildWishes, wheels: list[WheelFile], lock: Lock) -> list[WheelFile]:
    """With their programs signed, where that is wished for."""
    if wishes.signer is None or not wishes.in_wheels or not wheels:
        return wheels
    from bundler.pipeline.signed_programs import sign_in_wheels

    epoch = int((session.epoch or lock.created).timestamp())
    return sign_in_wheels(session, wishes.signer, wheels, lock.target, epoch=epoch)


def _built_wheels(
    session: Session, recipe: Recipe, found: Locked, runtimes: Runtimes, *, frozen: bool
) -> BuiltWheels | None:
    """What has to be built here; None: nothing."""
    if not any(each.is_source for each in found.lock.packages):
        return None
    # late, as everything is that a build of nothing but wheels can do without: what is imported costs time
    from bundler.pipeline.builders import Builders
    from bundler.pipeline.built_wheels import BuildTerms, make_wheels

    lock = found.lock
    toolset = recipe.packages.toolset or ""
    builders = Builders(session, lock.target, lambda: runtimes.build_folder(lock.runtime), toolset=toolset)
    terms = BuildTerms(
        request=dataclasses.replace(
            request_for(session, recipe, lock.target, {}), gate=demands_of(session, recipe).gate_for(lock)
        ),
        frozen=frozen,
        incomplete=incomplete(recipe),
        source_reason=functools.partial(source_reason, recipe),
        sources=terms_of(session, recipe),
    )
    return make_wheels(session, found, builders, terms)
