"""A wheel that was built here against its lock: what a build computes by itself isn't among the lock's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from bundler.errors import InputError
from bundler.formats.wheel_reader import wheel_metadata
from bundler.resolve.dependencies import active
from bundler.resolve.markers import MarkerEvaluator

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.lock import Lock, LockedPackage


def check_as_locked(wheel: Path, package: LockedPackage, lock: Lock) -> None:
    """Raise InputError (``lock-stale``) where the wheel, just built and checked, asks for what the lock doesn't have."""
    metadata = wheel_metadata(wheel)
    locked = {each.name: Version(each.version) for each in lock.packages}
    lacking = [
        each.text
        for each in active(metadata.requires_dist, "", MarkerEvaluator(lock.target))
        if each.name not in locked or not each.specifier.contains(locked[each.name], prereleases=True)
    ]
    if lacking:
        raise InputError(
            "lock-stale",
            f"{package.name} asks for what its lock doesn't have: {', '.join(lacking)}",
            hint="it changed since it was locked: run `bundle lock RECIPE`"
            if package.directory
            else "it answers otherwise where it is built here than where it was locked: run `bundle lock RECIPE` on this host",
        )
