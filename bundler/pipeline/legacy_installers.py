"""Legacy installers of a recipe: fetched and converted before resolving, so that their wheels take part in it; the lock has the installers.

What was converted of the same bytes isn't again.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from bundler.errors import BuildError, BundleError, InputError
from bundler.foreign import read_wheel_name
from bundler.model.artifact import Artifact, StoredFile, WheelFile
from bundler.model.lock import LegacyChoice
from bundler.model.source import parse_source
from bundler.pipeline.build_terms import said_epoch
from bundler.pipeline.derived import Derivation, remembered, rules_of, version_of
from bundler.pipeline.pinning import artifact_of
from bundler.pipeline.source_choice import from_source
from bundler.plain_file import open_plain
from bundler.resolve import Wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.pipeline.session import Session
    from bundler.report import Reporter
    from bundler.resolve import IndexRoute


_ROOMS = ("build", "formats", "legacy", "model")
_LIBRARIES = ("olefile", "packaging", "pefile")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ConvertedWheel:
    """A wheel made of an installer: its name, its file on the shelf, the name of its package, and why it has its tag."""

    filename: str
    file: StoredFile
    name: str
    tag: str
    why: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LegacyWheel:
    """One installer of the recipe, pinned, and the wheel that it became for this run."""

    wanted: Wanted
    installer: Artifact
    choice: LegacyChoice
    converted: ConvertedWheel


def convert_legacy(
    session: Session, recipe: Recipe, target: Target, *, routes: tuple[IndexRoute, ...], previous: Lock | None
) -> tuple[LegacyWheel, ...]:
    """Every installer in ``packages.legacy`` as a wheel; what ``previous`` pinned stays pinned.

    Raises BuildError (``legacy-other-python``) for one that the target can't take, InputError (``legacy-twice``, ``legacy-and-source``)
    where something else of the recipe says where its package comes from, and what converting raises.
    """
    found: list[LegacyWheel] = []
    pinned = {each.legacy.source: each.file for each in (previous.packages if previous else ()) if each.legacy}
    for i, each in enumerate(recipe.packages.legacy):
        where = f"packages.legacy[{i}]"
        try:
            source = each.source.partition("#")[0]
            before = pinned.get(source)
            sha256 = each.sha256 or (before.sha256 if before else None)
            wanted = artifact_of(session, parse_source(each.source), folder=recipe.folder, routes=routes, sha256=sha256)
            choice = LegacyChoice(source=source, python=each.python, platform=each.platform)
            found.append(_legacy_wheel(session, target, wanted, choice, where=where))
        except BundleError as error:
            kept = (line for line in error.context if str(session.work) not in line)  # places that are gone afterwards
            error.context = (f"{where}: {each.source}", *kept)
            raise
    _check_packages(found, from_source(recipe))
    return tuple(found)


def _check_packages(found: Sequence[LegacyWheel], built: Collection[str]) -> None:
    """Every installer must be the one origin of its package; ``built`` are packages (normalized names) that the recipe wants built."""
    seen: dict[str, LegacyWheel] = {}
    for each in found:
        name = canonicalize_name(each.converted.name)
        origins = tuple(f"{one.wanted.origin}: {one.installer.filename}" for one in (seen.get(name), each) if one)
        if name in seen:
            raise InputError("legacy-twice", f"two installers bring {name}", context=origins, hint="keep one of them")
        if name in built:
            raise InputError(
                "legacy-and-source",
                f"packages.build wants {name} from source, and packages.legacy brings an installer of it",
                context=origins,
                hint="take it out of one of the two",
            )
        seen[name] = each


def _legacy_wheel(
    session: Session, target: Target, wanted: Artifact, choice: LegacyChoice, *, where: str
) -> LegacyWheel:
    stored = session.fetcher.fetch([wanted], session.reporter)[wanted]
    installer = dataclasses.replace(wanted, sha256=stored.sha256, size=stored.size)
    session.reporter.step(f"Converting {installer.filename}")
    choice, converted = _converted_for(session, stored, installer.filename, target, choice)
    if not read_wheel_name(converted.filename)[3] & set(target.tags()):
        raise BuildError(
            "legacy-other-python",
            f"{installer.filename} is for {converted.tag}, which {target} doesn't accept",
            context=converted.why,
            hint="take the release's file for the target, or a wheel or an sdist of it",
        )
    requirement = f"{converted.name} @ {session.named(converted.file, converted.filename).as_uri()}"
    return LegacyWheel(wanted=Wanted(requirement, where), installer=installer, choice=choice, converted=converted)


def _converted_for(
    session: Session, stored: StoredFile, filename: str, target: Target, choice: LegacyChoice
) -> tuple[LegacyChoice, ConvertedWheel]:
    """The wheel of an installer; where nobody says for which Python it is, the target's is meant."""
    tried = (
        choice,
        dataclasses.replace(choice, python=choice.python or target.minor_version),
        dataclasses.replace(
            choice, python=choice.python or target.minor_version, platform=choice.platform or target.platform
        ),
    )
    for each in dict.fromkeys(tried):
        try:
            return each, convert(session, stored, filename, each)
        except BuildError as error:
            undecided = error
            if error.reference != "legacy-undecided":
                raise
    raise undecided


def convert(session: Session, stored: StoredFile, filename: str, choice: LegacyChoice) -> ConvertedWheel:
    """The wheel of one installer, which is called ``filename``; what there is to warn of is reported once a run."""

    def make(reporter: Reporter) -> ConvertedWheel:
        from bundler.legacy import convert_installer  # late: what was converted before isn't again

        found = convert_installer(
            session.named(stored, filename),
            folder=session.folder("legacy"),
            python=choice.python,
            platform=choice.platform,
            epoch=said_epoch(session) or 0,  # as `bundle convert`: no time of this lock or this host
            reporter=reporter,
        )
        with open_plain(found.wheel) as stream:
            file = session.shelf.add(stream)
        return ConvertedWheel(filename=found.wheel.name, file=file, name=found.name, tag=found.tag, why=found.why)

    def decode(kept: Any) -> ConvertedWheel | None:
        file = session.shelf.get(kept.pop("sha256"))
        return ConvertedWheel(file=file, **kept | {"why": tuple(kept["why"])}) if file is not None else None

    derivation = Derivation(
        kind="legacy-wheels",
        inputs={
            "rules": rules_of(*_ROOMS),
            "libraries": [version_of(each) for each in _LIBRARIES],
            "installer": [stored.sha256, filename],
            "choice": [choice.python, choice.platform],
            "epoch": said_epoch(session),
        },
        encode=lambda made: {
            "filename": made.filename,
            "sha256": made.file.sha256,
            "name": made.name,
            "tag": made.tag,
            "why": made.why,
        },
        decode=decode,
    )
    # once: an installer is converted when it is locked and when it is built
    found = remembered(derivation, make, cache=session.cache, reporter=session.once)
    session.reporter.note(f"{filename}: {found.filename}")
    return found


def as_locked(packages: Sequence[LockedPackage], legacy: Sequence[LegacyWheel]) -> tuple[LockedPackage, ...]:
    """The resolved packages, those that come from an installer with the installer as their file."""
    known = {str(canonicalize_name(each.converted.name)): each for each in legacy}
    return tuple(
        dataclasses.replace(each, kind="legacy", file=known[each.name].installer, legacy=known[each.name].choice)
        if each.name in known
        else each
        for each in packages
    )


def legacy_wheel(session: Session, package: LockedPackage, stored: StoredFile) -> WheelFile:
    """The wheel of a locked installer, for the bundle."""
    if package.file is None or package.legacy is None:
        raise BuildError("source-unknown", f"{package.name} has no installer")
    wheel = convert(session, stored, package.file.filename, package.legacy)
    return WheelFile(
        filename=wheel.filename,
        file=wheel.file,
        origin=package.file.url or package.file.filename,
        made_from="legacy",
        requested=package.requested,
    )
