"""A bundle built again, of the recipe and the lock that lie in it, and compared byte for byte."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import bundler
from bundler.errors import BundleError, InputError, SignatureError
from bundler.foreign import MalformedTomlError, TooLargeError, UndecodableTextError, file_name_of, read_text, read_toml
from bundler.model.artifact import Artifact
from bundler.model.bundle_files import BILL, LOCK, RECIPE, UNLISTED
from bundler.model.lock_file import decode_lock
from bundler.model.manifest import Manifest
from bundler.model.recipe_file import load_recipe
from bundler.model.source import IndexSource, PathSource, UrlSource, parse_source
from bundler.pack.reading import open_bundle
from bundler.pack.sameness import other_members
from bundler.pack.unpacked_bundle import unpack_bundle
from bundler.pack.verify import verify_bundle
from bundler.pack.writing import Destination
from bundler.pipeline.attestations import documents_of
from bundler.pipeline.build_provenance import tools_of_this_host
from bundler.pipeline.bundle_sources import BundleSources
from bundler.pipeline.lock_recipe import Locked
from bundler.pipeline.locked_bundle import LockedOrder, OwnFiles, pack_locked
from bundler.pipeline.reproduced_programs import programs_signed_in
from bundler.pipeline.reproduced_runtimes import ReproducedRuntimes
from bundler.pipeline.reproduced_wheels import ReproducedWheels, Unmade
from bundler.pipeline.reproduction import Difference, Reproduction, ReproductionWishes
from bundler.pipeline.session import source_date_epoch
from bundler.plain_file import real_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence  # noqa: TC004 - nothing asks for the types of the fields

    from bundler.model.ports import Cache
    from bundler.model.recipe import Recipe  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.pack.layout import Layout
    from bundler.pack.reading import Bundle
    from bundler.pipeline.locked_bundle import Built, Stock
    from bundler.pipeline.session import Session
    from bundler.pipeline.signed_programs import SignedProgram  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.report import Reporter
    from bundler.trust.bill_notes import BillNotes


def reproduce_bundle(session: Session, path: Path, wishes: ReproductionWishes) -> Reproduction:
    """Build it again and compare. Raises InputError (``bundle-without-recipe``, ``recipe-of-another``) and what reading and building bundles raise."""
    from bundler.trust.bill_notes import read_bill_notes

    against = wishes.against or path
    for each in (path, against):
        if wishes.output is not None and real_path(wishes.output) == real_path(each).parent:
            raise InputError(
                "output-occupied",
                f"{each} lies in {wishes.output}, and would be written over",
                hint="name another folder",
            )
    folder = session.folder("reproduced")
    report = unpack_bundle(path, folder, session.reporter, summed=True)
    bundle, manifest = open_bundle(path, report.contents), report.manifest
    if lacking := [each for each in (RECIPE, LOCK, BILL) if each not in {member.path for member in manifest.members}]:
        raise InputError(
            "bundle-without-recipe",
            f"{path} holds no {lacking[0]}: an earlier version built it, which put none in",
            hint="build it again with its recipe and its lock, and compare: bundle build RECIPE --locked",
        )
    notes = read_bill_notes(bundle.read(BILL))
    if wishes.against is not None:
        report = verify_bundle(against, session.reporter, summed=True)
    other = open_bundle(against, report.contents)
    place = wishes.source or session.folder("recipe")
    recipe, locked = _recipe_in(folder, place), _lock_in(folder, place)
    if recipe.target[0].target() != locked.lock.target or recipe.target[0].runtime.kind != locked.lock.runtime.kind:
        raise InputError(
            "recipe-of-another",
            f"{RECIPE} and {LOCK} in {path} are for different targets",
            hint="no `bundle build` makes such a bundle: ask where it comes from",
        )
    members = {each.sha256: folder / each.path for each in manifest.members}
    sources = BundleSources(session.fetcher, session.shelf, members=members, folder=wishes.source)
    cache = _Anew(session.cache)
    epoch = source_date_epoch({"SOURCE_DATE_EPOCH": notes.epoch})
    session = dataclasses.replace(session, fetcher=sources, cache=cache, epoch=epoch)
    wheels = ReproducedWheels(
        session,
        recipe,
        manifest,
        folder=folder,
        notes=notes,
        wishes=wishes,
    )
    runtimes = ReproducedRuntimes(session, recipe.target[0], folder=recipe.folder, unpacked=folder, manifest=manifest)
    output = wishes.output or session.folder("output")
    programs, signed = programs_signed_in(folder, manifest, notes.signed, session.folder("programs"))
    ordered = _Ordered(recipe, locked, manifest, wheels, runtimes, sources, cache, notes.sha512, programs)
    built = _build(session, ordered, Destination(folder=output, format=bundle.format))
    different = (*_missing_pythons(runtimes), *_differences(other, built.layout, [*signed, *wheels.unmade], notes))
    return Reproduction(
        bundle=path,
        against=against,
        wanted=report.signed_sha256,
        made=built.written.sha256,
        members=len(built.layout.entries),
        differences=different,
        taken=tuple(sorted(sources.taken.items())),
        built_with=notes.version,
        version=bundler.__version__,
        tools=_other_tools(path, session.reporter),
        path=built.written.path if wishes.output is not None else None,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Ordered:
    recipe: Recipe
    locked: Locked
    manifest: Manifest
    wheels: ReproducedWheels
    runtimes: ReproducedRuntimes
    sources: BundleSources
    cache: _Anew
    sha512: Mapping[str, str]
    programs: Mapping[str, SignedProgram]

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Stock:
        """What can be had. Wheels and Pythons have the bundle's own as stand-ins; without anything else there is none."""
        lock = self.locked.lock
        replaceable = {each.file for each in lock.all_packages}
        boot = (lock.boot or lock.runtime).file
        stock = {**self.sources.inside(documents_of((*lock.packages, *lock.seeds)))}
        artifacts = [each for each in artifacts if each not in stock]
        stock |= self.sources.had(artifacts, reporter)
        for each in artifacts:
            if each not in replaceable and each not in stock:
                try:
                    stock |= self.sources.fetch([each], reporter)
                except BundleError as error:
                    sha256 = each.sha256 or ""
                    if each != boot or sha256 not in self.sha512:
                        raise
                    stock[each] = self.runtimes.stand_in(each, error)
                    self.cache.sha512[sha256] = self.sha512[sha256]
        return stock


def _build(session: Session, ordered: _Ordered, destination: Destination) -> Built:
    recipe, locked = ordered.recipe, ordered.locked
    order = LockedOrder(
        recipe=recipe,
        table=recipe.target[0],
        locked=locked,
        runtimes=ordered.runtimes,
        own=_own_files(recipe, ordered.manifest),
        wheels=lambda stock: ordered.wheels.make(locked, ordered.runtimes, stock),
        asked=None,
        fetch=ordered.fetch,
        programs=ordered.programs,
        seeds=ordered.wheels.seeds,
    )
    return pack_locked(session, order, destination)


def _recipe_in(folder: Path, place: Path) -> Recipe:
    """As if it lay in ``place``: what it names by a path lies there."""
    recipe = load_recipe(folder / RECIPE)
    if len(recipe.target) != 1:
        raise InputError(
            "recipe-of-another", f"{RECIPE} is for {len(recipe.target)} targets, and not for the bundle's alone"
        )
    return dataclasses.replace(recipe, path=place.absolute() / RECIPE)


def _lock_in(folder: Path, place: Path) -> Locked:
    path = place.absolute() / LOCK
    try:
        text = read_text(folder / LOCK)
        lock = decode_lock(read_toml(text), path)
    except (UndecodableTextError, MalformedTomlError, TooLargeError) as error:
        raise InputError("lock-unreadable", f"{LOCK} of the bundle can't be read: {error}") from None
    return Locked(lock=lock, path=path, text=text, state="unchanged")


def _own_files(recipe: Recipe, manifest: Manifest) -> OwnFiles:
    """Each with the hash that it has in the bundle."""
    sums = {each.path: each.sha256 for each in manifest.members}
    extra = list(dict.fromkeys(recipe.file))
    icon = manifest.bundle.icon
    if (len(extra), len(recipe.prerequisite), recipe.bundle.icon is None) != (
        len(manifest.files),
        len(manifest.prerequisites),
        icon is None,
    ):
        raise InputError("recipe-of-another", f"{RECIPE} names other files than the bundle has")
    return OwnFiles(
        extra={
            table: _artifact(table.source, recipe.folder, info.file, sums)
            for table, info in zip(extra, manifest.files, strict=True)
        },
        icon=_artifact(recipe.bundle.icon, recipe.folder, icon, sums)
        if recipe.bundle.icon is not None and icon is not None
        else None,
        prerequisites=tuple(
            (table, _artifact(table.source, recipe.folder, info.file, sums))
            for table, info in zip(recipe.prerequisite, manifest.prerequisites, strict=True)
        ),
    )


def _artifact(source: str, folder: Path, member: str, sums: dict[str, str]) -> Artifact:
    """A file that a recipe names, as ``artifact_of`` has it; nothing of it is looked for yet. One of the index is the bundle's own: where it lies there, no lock says."""
    said = parse_source(source)
    sha256 = sums.get(member)
    if isinstance(said, UrlSource):
        url = said.url.partition("#")[0]
        name = file_name_of(url) or "download"
        return Artifact(filename=name, url=url, sha256=sha256)
    if isinstance(said, PathSource):
        path = folder / said.path
        return Artifact(filename=path.name, path=str(path), sha256=sha256)
    assert isinstance(said, IndexSource)  # noqa: S101 - there are three kinds
    name = said.filename or PurePosixPath(member).name
    return Artifact(filename=name, path=str(folder / name), sha256=sha256)


def _missing_pythons(runtimes: ReproducedRuntimes) -> Iterator[Difference]:
    for each in runtimes.missing:
        yield Difference(
            path="boot/",
            how="not-made",
            why=each.why,
            details=(
                f"the bundle's own Python was taken as it is, and what {BILL} says of {each.archive}",
                "put that file into a folder, and name it with --source",
            ),
            files=each.files,
        )


def _differences(other: Bundle, made: Layout, unmade: list[Unmade], notes: BillNotes) -> Iterator[Difference]:
    """Those that were seen while it was built, then those that the two bundles have."""
    yield from (Difference(path=each.path, how=each.how, why=each.why, details=each.details) for each in unmade)
    contract = {name: hashlib.sha256(other.read(name)).hexdigest() for name in sorted(UNLISTED)}
    found = other_members(other.manifest, contract, made)
    older = notes.version != bundler.__version__
    for each in found:
        if each.path in UNLISTED and len(found) > len(UNLISTED):
            why = "it lists the members that aren't the same"
        elif older:
            why = f"the bundle was built by offline-bundler {notes.version or '(unknown)'}, and this is {bundler.__version__}"
        else:
            why = _REASONS.get(each.path, "it was made of the same, and is another one")
        yield Difference(path=each.path, how=each.how, why=why)


class _Anew:
    """What was built, converted or written here before proves nothing: it is made again. ``sha512``: by the sha256, of files that are nowhere any more, as the
    bundle says it.
    """

    _MADE = frozenset({"wheels", "legacy-wheels", "bill"})

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.sha512: dict[str, str] = {}

    def load(self, kind: str, key: str) -> bytes | None:
        from bundler.trust.file_papers import SHA512

        if kind == SHA512 and key in self.sha512:
            return self.sha512[key].encode("ascii")
        return None if kind in self._MADE else self._cache.load(kind, key)

    def save(self, kind: str, key: str, value: bytes) -> None:
        if (
            kind != "bill" or not self.sha512
        ):  # what a stranger's bundle says isn't what a build of one's own takes for known
            self._cache.save(kind, key, value)


def _other_tools(bundle: Path, reporter: Reporter) -> tuple[tuple[str, str, str], ...]:
    """By the statement beside the bundle, if there is one: whether it is signed doesn't matter for what is looked at next."""
    from bundler.trust.statement_file import check_statement

    try:
        statement = check_statement(bundle, None, {}, reporter, demanded=False)
    except SignatureError as error:
        reporter.warn(error.reference, error.message)
        return ()
    here = tools_of_this_host()
    there = statement.said.tools if statement is not None else ()
    return tuple((name, version, here.get(name, "")) for name, version in there if here.get(name, "") != version)


_REASONS = {
    BILL: "another version of the library that writes it may use other words; the statement beside the bundle says which one it was",
    RECIPE: "the recipe is written in another form here",
}
