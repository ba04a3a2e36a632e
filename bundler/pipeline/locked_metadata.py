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
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.lock import Lock, LockedPackage
    from bundler.resolve.dependencies import Dependency


def check_built(wheel: Path, package: LockedPackage, lock: Lock) -> None:
    """Raise InputError (``lock-stale``) where the wheel, just built and checked, asks for what the lock doesn't have."""
    metadata = wheel_metadata(wheel)
    needed = active(metadata.requires_dist, "", MarkerEvaluator(lock.target))
    lacking = [each.text for each in _lacking(needed, _versions(lock))]
    if lacking:
        raise InputError(
            "lock-stale",
            f"{package.name} asks for what its lock doesn't have: {', '.join(lacking)}",
            hint="it changed since it was locked: run `bundle lock RECIPE --refresh`"
            if package.directory
            else "it answers otherwise where it is built here than where it was locked: run `bundle lock RECIPE --refresh` on this host",
        )


def check_fetched(metadata: Mapping[str, CoreMetadata], lock: Lock) -> None:
    """Raise IntegrityError (``wheel-differs``) where a wheel that was fetched doesn't say what it was locked for.

    ``metadata``: what each package's wheel says of itself, by normalized name.
    """
    differences = _Differences(lock)
    for each in lock.packages:
        if each.file is None or not each.file.filename.endswith(".whl"):
            continue
        try:
            found = list(differences.of(each, metadata[each.name]))
        except MalformedMetadataError as error:
            found = [str(error)]
        if found:
            raise IntegrityError(
                "wheel-differs",
                f"{each.file.filename} is not what its index said when it was locked",
                context=tuple(found),
                hint="the index's metadata or the lock is wrong: run `bundle lock RECIPE --upgrade-package "
                f"{each.name}`, and if this stays, ask whoever runs {each.index or 'the index'}",
            )


class _Differences:
    """Compares wheels with one lock, whose markers and versions are read once."""

    def __init__(self, lock: Lock) -> None:
        self._python = lock.target.python
        self._evaluator = MarkerEvaluator(lock.target)
        self._versions = _versions(lock)

    def of(self, package: LockedPackage, metadata: CoreMetadata) -> Iterator[str]:
        same = same_version(metadata.version, self._versions[package.name])
        if canonicalize_name(metadata.name) != package.name or not same:
            yield f"it is {metadata.name} {metadata.version}, locked was {package.name} {package.version}"
            return
        specifier, _ = read_specifier(metadata.requires_python) if metadata.requires_python else (None, "")
        if specifier is not None and not specifier.contains(self._python, prereleases=True):
            yield f"it needs Python {metadata.requires_python}"
        needed = active(metadata.requires_dist, "", self._evaluator)
        for each in _lacking(needed, self._versions):
            yield f"it needs {each.text}, which the lock doesn't have"
        # which extras were asked for isn't in the lock: what any of them brings may be there
        known = {each.name for each in needed}
        for extra in metadata.extras:
            known.update(each.name for each in active(metadata.requires_dist, extra, self._evaluator))
        for name in package.dependencies:
            if name not in known:
                yield f"it doesn't need {name}, which was locked for it"


def _versions(lock: Lock) -> dict[str, Version]:
    return {each.name: Version(each.version) for each in lock.packages}


def _lacking(needed: Iterable[Dependency], versions: Mapping[str, Version]) -> Iterator[Dependency]:
    for each in needed:
        if each.name not in versions or not each.specifier.contains(versions[each.name], prereleases=True):
            yield each
