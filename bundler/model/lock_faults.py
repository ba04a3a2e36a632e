"""What a lock's parts say of each other: one that was edited or merged by hand may be readable and make no sense."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion

from bundler.errors import Fault
from bundler.foreign import read_version
from bundler.model.runtime_kinds import RUNTIME_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.model.lock import Lock, LockedPackage

LAST_YEAR = 2107
"""The last one that a zip can hold."""


def lock_faults(lock: Lock, requested: Iterable[str]) -> Iterator[Fault]:
    """``requested``: normalized names of what the recipe itself asked for."""
    names = Counter(each.name for each in lock.packages)
    for name in sorted(name for name, count in names.items() if count > 1):
        yield Fault("packages", f"{name} is there twice")
    for name in sorted(set(requested) - set(names)):
        yield Fault("packages", f"{name} is asked for, and isn't there")
    for package in lock.packages:
        for name in package.dependencies:
            if name not in names:
                yield Fault("packages", f"{package.name} needs {name}, which isn't there")
    yield from _version_faults("seeds", lock.seeds)
    yield from _version_faults("build", [each.package for each in lock.build])
    present = RUNTIME_KINDS[lock.runtime.kind].present
    if present != (lock.runtime.file is None):
        yield Fault("tool.bundle.runtime.file", "must not be there" if present else "is missing")
    if present and lock.boot is None:
        yield Fault("tool.bundle.boot", "is missing: nothing else starts on the target")
    if lock.boot is not None and lock.boot.file is None:
        yield Fault("tool.bundle.boot.file", "is missing")
    if lock.created.tzinfo is None:  # it would be another moment in every time zone
        yield Fault("tool.bundle.created", "must say how far from UTC it is")
    elif lock.created.year > LAST_YEAR:
        yield Fault("tool.bundle.created", f"is later than {LAST_YEAR}, which no archive can hold")


def _version_faults(where: str, packages: Iterable[LockedPackage]) -> Iterator[Fault]:
    for each in packages:
        try:
            read_version(each.version)
        except InvalidVersion:
            yield Fault(f"tool.bundle.{where}", f"{each.name} has no valid version (PEP 440)")
