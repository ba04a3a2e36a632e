"""A pylock.toml (PEP 751) as requirements: its versions become exact pins, with its hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.pylock import PylockValidationError

from bundler.errors import Fault, InputError, reason_of
from bundler.foreign import MalformedTomlError, UndecodableTextError, read_locked, read_text, read_toml
from bundler.resolve.request import RequirementsFile, Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.pylock import Package


def read_pylock(path: Path) -> RequirementsFile:
    """The pins of the lock at ``path``; raises InputError (``requirements-unreadable``, ``requirements-invalid``)."""
    try:
        pylock = read_locked(read_toml(read_text(path.read_bytes())))
    except OSError as error:
        raise InputError("requirements-unreadable", f"{path} can't be read: {reason_of(error)}") from None
    except (UndecodableTextError, MalformedTomlError, PylockValidationError) as error:
        raise InputError(
            "requirements-invalid", f"{path} can't be used", faults=(Fault(path.name, str(error)),)
        ) from None
    wanted: list[Wanted] = []
    hashes: dict[str, frozenset[str]] = {}
    faults: list[Fault] = []
    for number, package in enumerate(pylock.packages):
        where = f"{path.name}:packages[{number}]"
        if package.version is None or not (package.wheels or package.sdist):
            faults.append(
                Fault(where, f"{package.name} is pinned to no release of an index; name it in the recipe itself")
            )
            continue
        marker = f" ; {package.marker}" if package.marker is not None else ""
        wanted.append(Wanted(f"{package.name}=={package.version}{marker}", f"{path.name} ({package.name})"))
        digests = _digests(package)
        hashes[package.name] = hashes.get(package.name, frozenset()) | digests
        if not digests:
            faults.append(Fault(where, f"{package.name} has no sha256"))
    if faults:
        raise InputError("requirements-invalid", f"{path} can't be used", faults=tuple(faults))
    return RequirementsFile(wanted=tuple(wanted), hashes=hashes)


def _digests(package: Package) -> frozenset[str]:
    files = (*(package.wheels or ()), *((package.sdist,) if package.sdist else ()))
    return frozenset(each.hashes["sha256"].lower() for each in files if "sha256" in each.hashes)
