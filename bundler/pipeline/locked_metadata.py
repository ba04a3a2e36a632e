"""What a wheel itself says against what its lock was made of.

What a build computes by itself isn't among the lock's inputs; and an index serves metadata apart from the wheels, which nothing binds to
them: the wheel's hash is known when the wheel is there, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import InputError, IntegrityError
from bundler.formats.core_metadata import MalformedMetadataError, same_version
from bundler.formats.wheel_reader import wheel_metadata
from bundler.model.specifier_repairs import read_specifier
from bundler.resolve.dependencies import active
from bundler.resolve.markers import MarkerEvaluator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.lock import Lock, LockedPackage
    from bundler.resolve.dependencies import Dependency


def check_built(wheel: Path, package: LockedPackage, lock: Lock) -> None:
    """Raise InputError (``lock-stale``) where the wheel, just built and checked, asks for what the lock doesn't have."""
    metadata = wheel_metadata(wheel)
    lacking = [each.text for each in _lacking(active(metadata.requires_dist, "", MarkerEvaluator(lock.target)), lock)]
    if lacking:
        raise InputError(
            "lock-stale",
            f"{package.name} asks for what its lock doesn't have: {', '.join(lacking)}",
            hint="it changed since it was locked: run `bundle lock RECIPE`"
            if package.directory
            else "it answers otherwise where it is built here than where it was locked: run `bundle lock RECIPE` on this host",
        )


def check_fetched(metadata: CoreMetadata, package: LockedPackage, lock: Lock) -> None:
    """Raise IntegrityError (``wheel-differs``) where a wheel that was fetched doesn't say what it was locked for."""
    try:
        found = list(_differences(metadata, package, lock))
    except MalformedMetadataError as error:
        found = [str(error)]
    if found:
        raise IntegrityError(
            "wheel-differs",
            f"{package.file.filename if package.file else package.name} is not what its index said when it was locked",
            context=tuple(found),
            hint="the index's metadata or the lock is wrong: run `bundle lock RECIPE --upgrade-package "
            f"{package.name}`, and if this stays, ask whoever runs {package.index or 'the index'}",
        )


def _differences(metadata: CoreMetadata, package: LockedPackage, lock: Lock) -> Iterator[str]:
    if canonicalize_name(metadata.name) != package.name or not same_version(metadata.version, Version(package.version)):
        yield f"it is {metadata.name} {metadata.version}, locked was {package.name} {package.version}"
        return
    specifier, _ = read_specifier(metadata.requires_python) if metadata.requires_python else (None, "")
    if specifier is not None and not specifier.contains(lock.target.python, prereleases=True):
        yield f"it needs Python {metadata.requires_python}"
    evaluator = MarkerEvaluator(lock.target)
    for each in _lacking(active(metadata.requires_dist, "", evaluator), lock):
        yield f"it needs {each.text}, which the lock doesn't have"
    # which extras were asked for isn't in the lock: what any of them brings may be there
    known = {each.name for extra in ("", *metadata.extras) for each in active(metadata.requires_dist, extra, evaluator)}
    for name in package.dependencies:
        if name not in known:
            yield f"it doesn't need {name}, which was locked for it"


def _lacking(needed: Iterable[Dependency], lock: Lock) -> Iterator[Dependency]:
    locked = {each.name: Version(each.version) for each in lock.packages}
    for each in needed:
        if each.name not in locked or not each.specifier.contains(locked[each.name], prereleases=True):
            yield each
