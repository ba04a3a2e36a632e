"""Legacy installers of a recipe: fetched and converted before resolving, so that their wheels take part in it; the lock has the installers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import BuildError, BundleError, InputError
from bundler.foreign import read_wheel_name
from bundler.legacy import Converted, convert_installer
from bundler.model.artifact import Artifact, StoredFile, WheelFile
from bundler.model.lock import LegacyChoice
from bundler.model.source import parse_source
from bundler.pipeline.inputs import from_source
from bundler.pipeline.pinning import artifact_of
from bundler.resolve import Wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.pipeline.session import Session
    from bundler.resolve import IndexRoute


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LegacyWheel:
    """One installer of the recipe, pinned, and the wheel that it became for this run."""

    wanted: Wanted
    installer: Artifact
    choice: LegacyChoice
    converted: Converted


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
    choice, converted = _converted_for(session, session.named(stored, installer.filename), target, choice)
    if not read_wheel_name(converted.wheel.name)[3] & set(target.tags()):
        raise BuildError(
            "legacy-other-python",
            f"{installer.filename} is for {converted.tag}, which {target} doesn't accept",
            context=converted.why,
            hint="take the release's file for the target, or a wheel or an sdist of it",
        )
    requirement = f"{converted.name} @ {converted.wheel.as_uri()}"
    return LegacyWheel(wanted=Wanted(requirement, where), installer=installer, choice=choice, converted=converted)


def _converted_for(
    session: Session, file: Path, target: Target, choice: LegacyChoice
) -> tuple[LegacyChoice, Converted]:
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
            return each, convert(session, file, each)
        except BuildError as error:
            undecided = error
            if error.reference != "legacy-undecided":
                raise
    raise undecided


def convert(session: Session, file: Path, choice: LegacyChoice) -> Converted:
    """The wheel of one installer in the scratch folder; what there is to warn of is reported once a run."""
    epoch = session.epoch
    found = convert_installer(
        file,
        folder=session.folder("legacy"),
        python=choice.python,
        platform=choice.platform,
        epoch=int(epoch.timestamp()) if epoch else 0,  # as `bundle convert`: no time of this lock or this host
        reporter=session.once,  # an installer is converted when it is locked and when it is built
    )
    session.reporter.note(f"{file.name}: {found.wheel.name}")
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
    file = session.named(stored, package.file.filename)
    wheel = convert(session, file, package.legacy).wheel
    return WheelFile(
        filename=wheel.name,
        file=StoredFile.of(wheel),
        origin=package.file.url or package.file.filename,
        made_from="legacy",
        requested=package.requested,
    )
