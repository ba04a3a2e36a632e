"""One bundle out of a lock: stock -> wheels -> bundle. Whoever has a lock gets the same one, whether it was made just now or lay in another bundle."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bundler.errors import BuildError, InputError
from bundler.model.artifact import Artifact, StoredFile, WheelFile
from bundler.model.platforms import demand_platform
from bundler.model.prerequisite import PrerequisiteTable
from bundler.model.recipe import FileTable, Recipe, TargetTable
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.source import PathSource, UrlSource, parse_source
from bundler.model.target import Target
from bundler.pack.bundle_input import BundleOrder, BundleParts, PackedRuntime
from bundler.pack.layout import Layout, lay_out
from bundler.pack.record_check import check_records
from bundler.pack.writing import BuildNote, Written, write_bundle
from bundler.pipeline.attestations import documents_of
from bundler.pipeline.build_notes import tell_of
from bundler.pipeline.build_provenance import BuildAsked, statement_of
from bundler.pipeline.build_terms import said_epoch
from bundler.pipeline.bundle_papers import PaperFacts, bill_maker
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.pipeline.compiled_for import for_what_was_compiled
from bundler.pipeline.dll_audit import needed_libraries
from bundler.pipeline.kept_wheel_contents import kept_contents
from bundler.pipeline.licence_demands import check_licences
from bundler.pipeline.lock_recipe import FIRST_VENV, Locked
from bundler.pipeline.locked_metadata import check_fetched
from bundler.pipeline.pinning import artifact_of, source_text
from bundler.pipeline.prerequisites import checked_prerequisites, prerequisite_artifacts, provided_dlls
from bundler.pipeline.redistributable_versions import report_old_redistributables
from bundler.pipeline.run_time_downloads import tell_downloads
from bundler.report import Reporter, count_text
from bundler.runtime.branches import branch_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.model.artifact import Tree
    from bundler.model.lock import Lock, LockedPackage  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.model.runtime_kinds import RuntimeKind
    from bundler.pack.writing import Destination
    from bundler.pipeline.built_wheels import BuiltWheels  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.pipeline.session import Session
    from bundler.pipeline.signed_programs import SignedProgram  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.resolve import IndexRoute

Stock = Mapping[Artifact, StoredFile]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """One bundle and the lock that it was built from. ``signed``: members with programs that were signed for it, and by whom."""

    target: Target
    locked: Locked
    layout: Layout
    written: Written
    signed: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OwnFiles:
    """What a recipe itself brings along, besides packages and Pythons."""

    extra: Mapping[FileTable, Artifact]
    icon: Artifact | None
    prerequisites: tuple[tuple[PrerequisiteTable, Artifact], ...]

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        icon = (self.icon,) if self.icon is not None else ()
        return (*self.extra.values(), *icon, *(artifact for _, artifact in self.prerequisites))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MadeWheels:
    """``wheels``: of the lock's packages; ``built``: those of them that were built here, None: none; ``locked``: with build requirements for this host."""

    locked: Locked
    wheels: Sequence[WheelFile]
    built: BuiltWheels | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedOrder:
    """What one bundle is made from. ``fetch`` gets files, ``wheels`` makes those of the lock's packages of them, ``seeds`` those of some
    of its seeds; ``asked`` None: nothing is told of how;
    ``programs``: those of ours that somebody signed, by name.
    """

    recipe: Recipe
    table: TargetTable
    locked: Locked
    runtimes: Runtimes
    own: OwnFiles
    fetch: Callable[[Sequence[Artifact], Reporter], Stock]
    wheels: Callable[[Stock], MadeWheels]
    asked: BuildAsked | None
    seeds: Callable[[Sequence[LockedPackage], Stock], Sequence[WheelFile]]
    programs: Mapping[str, SignedProgram] = dataclasses.field(default_factory=dict)


def own_files(session: Session, recipe: Recipe, routes: tuple[IndexRoute, ...]) -> OwnFiles:
    """Raises what ``artifact_of`` raises."""
    icon = None
    if recipe.bundle.icon is not None:
        source = PathSource(path=recipe.bundle.icon)
        icon = artifact_of(session, source, folder=recipe.folder, routes=(), sha256=None)
    return OwnFiles(
        extra={
            each: artifact_of(
                session, parse_source(each.source), folder=recipe.folder, routes=routes, sha256=each.sha256
            )
            for each in recipe.file
        },
        icon=icon,
        prerequisites=prerequisite_artifacts(session, recipe, routes),
    )


def pack_locked(session: Session, order: LockedOrder, destination: Destination) -> Built:
    """Fetch, check, pack and write one bundle. Raises any BundleError."""
    recipe, table, lock, own = order.recipe, order.table, order.locked.lock, order.own
    target = table.target()
    wanted = _wanted(lock, own.artifacts)
    session.reporter.step(f"Fetching {count_text(len(wanted), 'file')}")
    stock = order.fetch(wanted, session.reporter)
    moment = session.epoch or lock.created
    session.reporter.step(f"Checking the runtime of {target}")
    runtime = _packed_runtime(order.runtimes, lock, stock)
    for each in demand_platform(target.platform).updates_needed(target.python, runtime.windows):
        session.reporter.note(f"Python {target.python} needs, {each}")
    made = order.wheels(stock)
    found, built, wheels = made.locked, made.built, made.wheels
    lock = found.lock
    if built is not None:
        runtime = for_what_was_compiled(runtime, built, session.reporter)
    session.reporter.step(f"Packing {len(wheels)} wheel{'s' * (len(wheels) != 1)} for {target}")
    check_records(wheels, target, session.cache)
    came, seeds = _seeds(order, lock, runtime.maker, wheels, stock)
    prerequisites = checked_prerequisites(session, own.prerequisites, stock)
    report_old_redistributables(session, target, wheels, prerequisites)
    parts = BundleParts(
        wheels=wheels,
        seeds=seeds,
        files=[(each, stock[artifact]) for each, artifact in own.extra.items()],
        prerequisites=prerequisites,
        icon=stock[own.icon] if own.icon is not None else None,
        attestations=[(each.filename, stock[each]) for each in documents_of((*lock.packages, *came))],
        programs={name: each.content for name, each in order.programs.items()},
        dlls=needed_libraries(
            session, lock, wheels, runtime.boot, all_users=table.runtime.all_users, provided=provided_dlls(recipe)
        ),
    )
    signed = {f"target/{name}": each.by for name, each in order.programs.items()}
    signed |= {f"wheels/{each.filename}": each.signed_by for each in (*parts.wheels, *parts.seeds) if each.signed_by}
    facts = PaperFacts(
        lock=lock,
        lock_text=found.text,
        wheels=(*parts.wheels, *parts.seeds),
        files=_stored_files(lock, stock, parts),
        boot=runtime.boot,
        contact=recipe.bundle.contact or "",
        compiled_with=built.compiled_with if built else {},
        created=moment,
        addresses=_addresses(parts),
        epoch=said_epoch(session),
        signed=signed,
    )
    parts = dataclasses.replace(parts, bill=bill_maker(session, facts))
    bundle_order = BundleOrder(recipe=recipe, table=table, lock=lock, lock_text=found.text)
    layout = lay_out(bundle_order, parts, runtime, created=moment, content=kept_contents(session))
    check_fetched(layout.metadata, lock)
    check_licences(session, recipe, lock, layout.metadata)
    _report_shared(session, recipe, layout)
    tell_of(layout, wheels, demand_platform(target.platform), session.reporter)
    tell_downloads(recipe, lock, wheels, session.reporter)
    everything = dataclasses.replace(made, wheels=list({each.filename: each for each in (*seeds, *wheels)}.values()))
    note = BuildNote(
        built_at=session.now,
        compiled_with=built.compiled_with if built else {},
        built_in=built.built_in if built else {},
        statement=statement_of(
            session, order.asked, layout, [(each, stock[each]) for each in own.artifacts], everything, signed=signed
        )
        if order.asked is not None
        else None,
    )
    written = write_bundle(layout, destination, mtime=moment, note=note, reporter=session.reporter)
    return Built(target=target, locked=found, layout=layout, written=written, signed=signed)


def _addresses(parts: BundleParts) -> dict[str, str]:
    """As the recipe writes them: where an index has a file differs from one host to the next."""
    named = ((parse_source(table.source), stored.sha256) for table, stored in parts.files)
    return {sha256: source_text(source) for source, sha256 in named if isinstance(source, UrlSource)}


def wheel_of(session: Session, package: LockedPackage, *, stock: Stock, built: BuiltWheels | None) -> WheelFile:
    """A package as a wheel for the target: as it came, converted or built here."""
    if built is not None and package.name in built.wheels:
        return built.wheels[package.name]
    if package.kind == "legacy" and package.file is not None:
        from bundler.pipeline.legacy_installers import legacy_wheel

        return legacy_wheel(session, package, stock[package.file])
    return _ready(package, stock)


def _stored_files(lock: Lock, stock: Mapping[Artifact, StoredFile], parts: BundleParts) -> tuple[StoredFile, ...]:
    """Besides wheels."""
    pythons = (stock[each.file] for each in (lock.runtime, lock.boot) if each is not None and each.file is not None)
    icon = (parts.icon,) if parts.icon is not None else ()
    return (*pythons, *(stored for _, stored in parts.files), *(each.file for each in parts.prerequisites), *icon)


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


def _wanted(lock: Lock, extra: tuple[Artifact, ...]) -> list[Artifact]:
    wanted = [each.file for each in lock.all_packages if each.file is not None]
    wanted += [each.file for each in (lock.runtime, lock.boot) if each is not None and each.file is not None]
    wanted += documents_of((*lock.packages, *lock.seeds))
    return list(dict.fromkeys((*wanted, *extra)))


def _seeds(
    order: LockedOrder, lock: Lock, maker: str, wheels: Iterable[WheelFile], stock: Stock
) -> tuple[list[LockedPackage], list[WheelFile]]:
    """What makes the environment: the seeds that came as they are, and the wheels of all. A bundle that has a wheel of the very name, made here, has no second one."""
    wanted = [each for each in lock.seeds if maker == "virtualenv" or each.name == "pip"]
    seeds = [(each, each.file.filename) for each in wanted if each.file is not None]
    made = {each.filename: dataclasses.replace(each, requested=False) for each in wheels if each.made_from}
    came = [each for each, filename in seeds if filename not in made]
    made |= {each.filename: each for each in order.seeds(came, stock)}
    return came, [made[filename] for _, filename in seeds]


def wheels_as_they_came(packages: Sequence[LockedPackage], stock: Stock) -> list[WheelFile]:
    return [_ready(each, stock) for each in packages]


def _ready(package: LockedPackage, stock: Mapping[Artifact, StoredFile]) -> WheelFile:
    if package.file is None or package.file not in stock:
        raise BuildError("source-unknown", f"{package.name} has no file")
    return WheelFile(
        filename=package.file.filename,
        file=stock[package.file],
        origin=package.file.url or package.file.filename,
        requested=package.requested,
    )
