"""lock -> stock -> wheelhouse -> bundle."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bundler.errors import BuildError, InputError
from bundler.model.artifact import WheelFile
from bundler.model.platforms import demand_platform
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.source import PathSource, parse_source
from bundler.model.target import Target
from bundler.pack.layout import BundleOrder, BundleParts, Layout, PackedRuntime, lay_out
from bundler.pack.record_check import check_records
from bundler.pack.writing import BuildNote, Written, write_bundle
from bundler.pipeline.acceptance_demands import demands_of
from bundler.pipeline.build_notes import tell_directories, tell_of
from bundler.pipeline.build_terms import terms_of
from bundler.pipeline.bundle_papers import PaperFacts, bill_maker
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.pipeline.compiled_for import for_what_was_compiled
from bundler.pipeline.dll_audit import needed_libraries
from bundler.pipeline.inputs import incomplete, index_routes, recipe_of, request_for, source_reason
from bundler.pipeline.kept_wheel_contents import kept_contents
from bundler.pipeline.lock_recipe import FIRST_VENV, Locked, LockOptions, locked_for
from bundler.pipeline.locked_metadata import check_fetched
from bundler.pipeline.pinning import artifact_of
from bundler.pipeline.prerequisites import checked_prerequisites, prerequisite_artifacts, provided_dlls
from bundler.pipeline.redistributable_versions import report_old_redistributables
from bundler.pipeline.run_time_downloads import tell_downloads
from bundler.runtime.branches import branch_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bundler.model.artifact import Artifact, StoredFile, Tree
    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.recipe import Recipe, TargetTable
    from bundler.model.runtime_kinds import RuntimeKind
    from bundler.pack.writing import Destination
    from bundler.pipeline.built_wheels import BuiltWheels
    from bundler.pipeline.session import Session


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """One bundle and the lock that it was built from."""

    target: Target
    locked: Locked
    layout: Layout
    written: Written


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildWishes:
    """``slugs``: targets, none: all of the recipe; ``locked``: fail where a lock is missing or stale. ``sequence`` and ``not_after`` take the
    place of what the recipe says.
    """

    slugs: Sequence[str] = ()
    locked: bool = False
    sequence: int | None = None
    not_after: str | None = None


def build_recipe(session: Session, path: Path, destination: Destination, wishes: BuildWishes) -> tuple[Built, ...]:
    """One archive for each target that is wished for. Raises any BundleError; what was built before it stays."""
    recipe, slugs = _wished(recipe_of(session, path), wishes), wishes.slugs
    tell_directories(recipe, session.reporter)
    tables = [each for each in recipe.target if not slugs or each.target().slug in slugs]
    if unknown := set(slugs) - {each.target().slug for each in tables}:
        known = ", ".join(each.target().slug for each in recipe.target)
        raise InputError("target-unknown", f"{path} has no target {', '.join(sorted(unknown))}", hint=f"it has {known}")
    return tuple(_build(session, recipe, table, destination, locked=wishes.locked) for table in tables)


def _wished(recipe: Recipe, wishes: BuildWishes) -> Recipe:
    table = recipe.bundle
    sequence = table.sequence if wishes.sequence is None else wishes.sequence
    not_after = table.not_after if wishes.not_after is None else wishes.not_after
    return dataclasses.replace(recipe, bundle=dataclasses.replace(table, sequence=sequence, not_after=not_after))


def _build(session: Session, recipe: Recipe, table: TargetTable, destination: Destination, *, locked: bool) -> Built:
    runtimes = Runtimes(session, table, folder=recipe.folder)
    routes = index_routes(session, recipe)
    # first: a file that isn't there is reported before anything is resolved
    extra = {
        each: artifact_of(session, parse_source(each.source), folder=recipe.folder, routes=routes, sha256=each.sha256)
        for each in recipe.file
    }
    icon = _icon_artifact(session, recipe)
    needed = prerequisite_artifacts(session, recipe, routes)
    found = locked_for(session, recipe, runtimes, LockOptions(must_exist=locked))
    lock, target = found.lock, table.target()
    stock = _fetch(session, lock, (*extra.values(), *icon, *(artifact for _, artifact in needed)))
    moment = session.epoch or lock.created
    session.reporter.step(f"Checking the runtime of {target}")
    runtime = _packed_runtime(runtimes, lock, stock)
    for each in demand_platform(target.platform).updates_needed(target.python, runtime.windows):
        session.reporter.note(f"Python {target.python} needs, {each}")
    built = _built_wheels(session, recipe, found, runtimes, frozen=locked)
    if built is not None:
        found, lock = built.locked, built.locked.lock
        runtime = for_what_was_compiled(runtime, built, session.reporter)
    wheels = [_wheel(session, each, stock=stock, built=built) for each in lock.packages]
    session.reporter.step(f"Packing {len(wheels)} wheel{'s' * (len(wheels) != 1)} for {target}")
    check_records(wheels, session.cache)
    seeds = [each for each in lock.seeds if runtime.maker == "virtualenv" or each.name == "pip"]
    prerequisites = checked_prerequisites(session, needed, stock)
    report_old_redistributables(session, target, wheels, prerequisites)
    parts = BundleParts(
        wheels=wheels,
        seeds=_seeds(seeds, wheels, stock),
        files=[(each, stock[artifact]) for each, artifact in extra.items()],
        prerequisites=prerequisites,
        icon=next((stock[each] for each in icon), None),
        dlls=needed_libraries(
            session, lock, wheels, runtime.boot, all_users=table.runtime.all_users, provided=provided_dlls(recipe)
        ),
    )
    order = BundleOrder(recipe=recipe, table=table, lock=lock, lock_text=found.text)
    facts = PaperFacts(
        lock=lock,
        lock_text=found.text,
        wheels=(*parts.wheels, *parts.seeds),
        files=_stored_files(lock, stock, parts),
        boot=runtime.boot,
        contact=recipe.bundle.contact or "",
        compiled_with=built.compiled_with if built else {},
        created=moment,
    )
    parts = dataclasses.replace(parts, bill=bill_maker(session, facts))
    layout = lay_out(order, parts, runtime, created=moment, content=kept_contents(session))
    check_fetched(layout.metadata, lock)
    _report_shared(session, recipe, layout)
    tell_of(layout, wheels, demand_platform(target.platform), session.reporter)
    tell_downloads(recipe, lock, wheels, session.reporter)
    written = write_bundle(
        layout,
        destination,
        mtime=moment,
        note=BuildNote(
            built_at=session.now,
            compiled_with=built.compiled_with if built else {},
            built_in=built.built_in if built else {},
        ),
        reporter=session.reporter,
    )
    return Built(target=target, locked=found, layout=layout, written=written)


def _stored_files(lock: Lock, stock: Mapping[Artifact, StoredFile], parts: BundleParts) -> tuple[StoredFile, ...]:
    """Besides wheels."""
    pythons = (stock[each.file] for each in (lock.runtime, lock.boot) if each is not None and each.file is not None)
    icon = (parts.icon,) if parts.icon is not None else ()
    return (*pythons, *(stored for _, stored in parts.files), *(each.file for each in parts.prerequisites), *icon)


def _icon_artifact(session: Session, recipe: Recipe) -> tuple[Artifact, ...]:
    """One, or none."""
    if recipe.bundle.icon is None:
        return ()
    source = PathSource(path=recipe.bundle.icon)
    return (artifact_of(session, source, folder=recipe.folder, routes=(), sha256=None),)


def _report_shared(session: Session, recipe: Recipe, layout: Layout) -> None:
    """Say what several packages bring, or raise InputError (``files-shared-refused``) where the recipe wants none of it."""
    said = tuple(map(str, layout.manifest.shared))
    if said and recipe.packages.shared_files == "error":
        raise InputError(
            "files-shared-refused",
            "packages bring the same files with other contents",
            context=said,
            hint='leave one of them out, or write packages.shared-files = "warn"',
        )
    for each in said:
        session.reporter.warn("files-shared", each)


def _packed_runtime(runtimes: Runtimes, lock: Lock, stock: Mapping[Artifact, StoredFile]) -> PackedRuntime:
    """The Python of a bundle, checked and unpacked."""
    target, kind = lock.target, RUNTIME_KINDS[lock.runtime.kind]
    boot_lock, boot_target = lock.boot or lock.runtime, runtimes.boot_target()
    own = None if lock.runtime.file is None else stock[lock.runtime.file]
    boot_stored = own if boot_lock.file is None else stock[boot_lock.file]
    if boot_stored is None:
        raise BuildError("source-unknown", "the lock has no Python that starts on the target")
    if lock.boot is not None and own is not None:
        runtimes.check(lock.runtime, own, target)
    runtimes.check(boot_lock, boot_stored, boot_target)
    boot = runtimes.tree(boot_lock, boot_stored, boot_target)
    # an installed Python has a venv of its own from 3.3 on, which the files of an MSI don't show
    with_venv = target.version_info >= FIRST_VENV if kind.outside else boot.has_venv
    return PackedRuntime(
        boot=boot,
        installer=own if kind.installed else None,
        maker="venv" if with_venv else "virtualenv",
        windows=demand_platform(target.platform).lowest_version(branch_of(target.python).windows),
        size=_installed_size(kind, boot),
    )


def _installed_size(kind: RuntimeKind, boot: Tree) -> int:
    if kind.present:
        return 0
    return _INSTALLED if kind.installed else boot.installed_size


_INSTALLED = 150_000_000
"""Bytes that python.org's installer puts onto the disk without its test suite, rounded up."""


def _fetch(session: Session, lock: Lock, extra: tuple[Artifact, ...]) -> Mapping[Artifact, StoredFile]:
    packages = (*lock.packages, *lock.seeds, *(each.package for each in lock.build))
    wanted = [each.file for each in packages if each.file is not None]
    wanted += [each.file for each in (lock.runtime, lock.boot) if each is not None and each.file is not None]
    wanted = list(dict.fromkeys((*wanted, *extra)))
    session.reporter.step(f"Fetching {len(wanted)} files")
    return session.fetcher.fetch(wanted, session.reporter)


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


def _wheel(
    session: Session, package: LockedPackage, *, stock: Mapping[Artifact, StoredFile], built: BuiltWheels | None
) -> WheelFile:
    """A package as a wheel for the target: as it came, converted or built here."""
    if built is not None and package.name in built.wheels:
        return built.wheels[package.name]
    if package.kind == "legacy" and package.file is not None:
        from bundler.pipeline.legacy_installers import legacy_wheel

        return legacy_wheel(session, package, stock[package.file])
    return _ready(package, stock)


def _seeds(
    packages: Iterable[LockedPackage], wheels: Iterable[WheelFile], stock: Mapping[Artifact, StoredFile]
) -> list[WheelFile]:
    """What makes the environment, as it came; but a bundle that has a wheel of the very name, built here, has no second one."""
    built = {each.filename: dataclasses.replace(each, requested=False) for each in wheels if each.made_from}
    seeds = (_ready(each, stock) for each in packages)
    return [built.get(each.filename, each) for each in seeds]


def _ready(package: LockedPackage, stock: Mapping[Artifact, StoredFile]) -> WheelFile:
    if package.file is None:
        raise BuildError("source-unknown", f"{package.name} has no file")
    return WheelFile(
        filename=package.file.filename,
        file=stock[package.file],
        origin=package.file.url or package.file.filename,
        requested=package.requested,
    )
