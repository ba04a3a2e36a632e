"""A pylock.toml (PEP 751) as requirements: what the standard's algorithm for installers selects for a target, each from where the lock says."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.pylock import (
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    PylockSelectError,
    PylockValidationError,
)
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename

from bundler.errors import Fault, InputError, reason_of
from bundler.foreign import (
    MalformedTomlError,
    TooLargeError,
    UndecodableTextError,
    read_locked,
    read_sdist_name,
    read_text,
    read_toml,
    read_wheel_name,
)
from bundler.model.target import UNKNOWN_MARKERS
from bundler.model.vcs import read_vcs
from bundler.resolve.request import IndexRoute, RequirementsFile, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.pylock import Package, Pylock

    from bundler.resolve.lock_selection import LockSelection

    Source = PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist


def read_pylock(path: Path, selection: LockSelection) -> RequirementsFile:
    """What the lock at ``path`` installs on the target; raises InputError (``requirements-unreadable``, ``requirements-invalid``,
    ``lock-not-for-target``).
    """
    try:
        pylock = read_locked(read_toml(read_text(path)))
    except OSError as error:
        raise InputError("requirements-unreadable", f"{path} can't be read: {reason_of(error)}") from None
    except (UndecodableTextError, TooLargeError, MalformedTomlError, PylockValidationError) as error:
        raise InputError(
            "requirements-invalid", f"{path} can't be used", faults=(Fault(path.name, str(error)),)
        ) from None
    pylock = _preferring_sdists(pylock, selection)
    taken = _Taken(path, {id(each): number for number, each in enumerate(pylock.packages)})
    for package, source in _selected(pylock, path, selection):
        taken.take(package, source)
    if taken.faults:
        raise InputError("requirements-invalid", f"{path} can't be used", faults=tuple(taken.faults))
    return RequirementsFile(wanted=tuple(taken.wanted), hashes=taken.hashes, pins=tuple(taken.pins))


def _preferring_sdists(pylock: Pylock, selection: LockSelection) -> Pylock:
    """Without the wheels of what comes from source and has an sdist, as packaging 26.3's ``prefer_sdist_predicate`` does."""
    wanted = selection.from_source
    packages = [
        dataclasses.replace(each, wheels=None)
        if each.sdist is not None and (wanted is None or each.name in wanted)
        else each
        for each in pylock.packages
    ]
    return dataclasses.replace(pylock, packages=packages)


def _selected(pylock: Pylock, path: Path, selection: LockSelection) -> list[tuple[Package, Source]]:
    if pylock.environments is not None and not pylock.environments:  # packaging 26.1 takes it for none given
        raise _not_for(path, "its list of environments is empty: it is for none")
    environment = selection.target.environment()
    markers = [each.marker for each in pylock.packages if each.marker is not None]
    for marker in (*markers, *(pylock.environments or ())):
        # packaging would take them from this host
        unstated = [each for each in UNKNOWN_MARKERS if each in str(marker) and each not in environment]
        if unstated:
            raise _not_for(path, f"the marker {str(marker)!r} depends on {unstated[0]}, which the target doesn't state")
    try:
        return list(
            pylock.select(
                environment=environment,
                tags=selection.target.tags(),
                extras=selection.extras,
                dependency_groups=selection.groups,
            )
        )
    except (
        PylockSelectError,
        ValueError,
        TypeError,
        RecursionError,
    ) as error:  # names of wheels, comparisons of markers
        raise _not_for(path, str(error)) from None


def _not_for(path: Path, reason: str) -> InputError:
    return InputError(
        "lock-not-for-target",
        f"{path} can't be installed on the target",
        context=(reason,),
        hint="make it for the target's Python and platform too, or name the extras and groups that it has "
        "(packages.lock-extras, lock-groups)",
    )


class _Taken:
    """What becomes of the selected packages, and every fault."""

    def __init__(self, path: Path, numbers: Mapping[int, int]) -> None:
        self._path, self._numbers = path, numbers
        self.wanted: list[Wanted] = []
        self.hashes: dict[str, frozenset[str]] = {}
        self.pins: list[IndexRoute] = []
        self.faults: list[Fault] = []

    def take(self, package: Package, source: Source) -> None:
        where = f"{self._path.name}:packages[{self._numbers[id(package)]}]"
        if isinstance(source, PackageVcs):
            self._repository(package, source, where)
        elif isinstance(source, PackageDirectory):
            folder = self._path.parent.absolute() / source.path / (source.subdirectory or "")
            self._want(package, f"{package.name} @ {Path(os.path.normpath(folder)).as_uri()}")
        else:
            self._file(package, source, where)

    def _repository(self, package: Package, source: PackageVcs, where: str) -> None:
        """The very commit that the lock names, and no branch."""
        url = source.url or (Path(os.path.normpath(self._path.parent.absolute() / str(source.path))).as_uri())
        folder = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
        address = f"{source.type}+{url.partition('#')[0]}@{source.commit_id}{folder}"
        try:
            commit = read_vcs(address).commit
        except ValueError as error:
            self.faults.append(Fault(where, f"{package.name} can't be taken from its repository: {error}"))
            return
        if not commit:
            self.faults.append(Fault(where, f"{package.name} has {source.commit_id!r}, which is not a whole commit"))
            return
        self._want(package, f"{package.name} @ {address}")

    def _want(self, package: Package, requirement: str) -> None:
        self.wanted.append(Wanted(requirement, f"{self._path.name} ({package.name})"))

    def _file(self, package: Package, source: PackageArchive | PackageWheel | PackageSdist, where: str) -> None:
        sha256 = source.hashes.get("sha256", "").lower()
        if not sha256:
            self.faults.append(Fault(where, f"{package.name} has no sha256"))
            return
        # the sdist too, which the recipe may want to be built
        other = package.sdist.hashes.get("sha256", "").lower() if package.sdist is not None else ""
        self.hashes[package.name] = frozenset({sha256, other} - {""})
        version = None if isinstance(source, PackageArchive) else _version(package, source)
        if package.index is not None and version is not None and not source.path:
            self.pins.append(IndexRoute(package.index, (package.name,)))
            self._want(package, f"{package.name}=={version}")
            return
        subdirectory = source.subdirectory if isinstance(source, PackageArchive) else None
        if source.path is not None:
            address = Path(os.path.normpath(self._path.parent.absolute() / source.path)).as_uri()
        else:
            address = str(source.url).partition("#")[0]
        fragment = f"#sha256={sha256}" + (f"&subdirectory={subdirectory}" if subdirectory else "")
        self._want(package, f"{package.name} @ {address}{fragment}")


def _version(package: Package, source: PackageWheel | PackageSdist) -> str | None:
    """The lock's own, which it may leave out, or the file's."""
    if package.version is not None:
        return str(package.version)
    try:
        read = read_wheel_name if isinstance(source, PackageWheel) else read_sdist_name
        return str(read(source.filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
