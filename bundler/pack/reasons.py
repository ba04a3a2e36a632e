"""Why a package is in a bundle: the chains of packages that asked for it, by the lock that lies in there. Nothing is resolved again."""

from __future__ import annotations

import collections
import dataclasses
import difflib
import itertools
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

from bundler.errors import Fault, InputError
from bundler.foreign import MalformedTomlError, UndecodableTextError, decode_text, read_toml
from bundler.model.bundle_files import LOCK
from bundler.model.lock import Rejection
from bundler.model.lock_file import decode_lock
from bundler.pack.forms.bundle_form import damaged
from bundler.pack.reading import open_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.manifest import Manifest, WheelInfo
    from bundler.pack.reading import Bundle

Role = Literal["package", "environment-tool", "build-requirement"]
_MOST_CHAINS = 50


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A package in a chain."""

    name: str
    version: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """``role``: what it is for. ``chains``: for each package that needs it directly, the shortest way there from one that the recipe asks for, both
    included; ``requested``: the recipe asks for it itself. ``builds``: of a build requirement, what is built with it. ``file``: the
    wheel in the bundle, None: it isn't in there. ``from_index``: it was chosen among the files of an index; ``rejected``: what else that had then, as far
    as the lock says it.
    """

    role: Role
    name: str
    version: str
    requested: bool
    chains: tuple[tuple[Link, ...], ...]
    builds: tuple[str, ...]
    file: str | None
    origin: str
    made_from: str | None
    from_index: bool
    rejected: tuple[Rejection, ...] = ()


def reasons_of(path: Path, name: str) -> tuple[Reason, ...]:
    """One for each role that the package has. Raises InputError (``package-not-inside``, ``bundle-unreadable``, ``lock-invalid``, ``lock-format``), IntegrityError
    (``bundle-damaged``, ``manifest-malformed``, ``manifest-format``).
    """
    bundle = open_bundle(path)
    manifest, lock = bundle.manifest, lock_inside(bundle)
    wanted = canonicalize_name(name)
    found = tuple(_reasons(manifest, lock, wanted))
    if not found:
        known = sorted({each.name for each in (*lock.packages, *lock.seeds)})
        near = difflib.get_close_matches(wanted, known, 3)
        raise InputError(
            "package-not-inside",
            f"{path} has no package {name}",
            hint=f"is it {' or '.join(near)}?" if near else f"`bundle inspect {path}` lists what it has",
        )
    return found


def lock_inside(bundle: Bundle) -> Lock:
    """The lock that a bundle was made by. Raises InputError (``lock-invalid``, ``lock-format``), IntegrityError (``bundle-damaged``)."""
    try:
        data = read_toml(decode_text(bundle.read(LOCK)))
    except (UndecodableTextError, MalformedTomlError) as error:
        raise damaged(bundle.path, (Fault(LOCK, str(error)),)) from None
    return decode_lock(data, bundle.path.absolute() / LOCK)


def _reasons(manifest: Manifest, lock: Lock, name: str) -> Iterator[Reason]:
    for package in lock.packages:
        if package.name == name:
            chains = ways_to(name, {each.name: each for each in lock.packages})
            yield _reason("package", package, _wheel(manifest.packages, name), chains=chains)
    for package in lock.seeds:
        if package.name == name and (wheel := _wheel(manifest.seeds, name)) is not None:
            yield _reason("environment-tool", package, wheel)
    for each in lock.build:
        if each.package.name == name:
            yield _reason("build-requirement", each.package, None, builds=each.used_by)


def _reason(
    role: Role,
    package: LockedPackage,
    wheel: WheelInfo | None,
    *,
    chains: tuple[tuple[Link, ...], ...] = (),
    builds: tuple[str, ...] = (),
) -> Reason:
    return Reason(
        role=role,
        name=package.name,
        version=wheel.version if wheel is not None else package.version,
        requested=package.requested,
        chains=chains,
        builds=builds,
        file=wheel.file if wheel is not None else None,
        origin=wheel.origin if wheel is not None else package.file.origin if package.file is not None else "",
        made_from=wheel.made_from if wheel is not None else None,
        from_index=package.kind in ("wheel", "sdist") and package.index is not None,
        rejected=package.rejected or (),
    )


def _wheel(wheels: tuple[WheelInfo, ...], name: str) -> WheelInfo | None:
    return next((each for each in wheels if canonicalize_name(each.name) == name), None)


def ways_to(name: str, packages: Mapping[str, LockedPackage]) -> tuple[tuple[Link, ...], ...]:
    """Shortest ways from what is requested, one for each package that needs it directly; in the order of these packages' names."""
    return tuple(itertools.islice(_ways_to(name, packages), _MOST_CHAINS))


def _ways_to(name: str, packages: Mapping[str, LockedPackage]) -> Iterator[tuple[Link, ...]]:
    """One by one: a stranger's lock may have as many as packages, each as long."""
    before = _ways(packages)
    behind = {name}  # what needs itself by a detour is there for another reason
    for each, above in before.items():  # what is nearer comes first
        if above in behind:
            behind.add(each)
    for each in sorted(packages):
        if name in packages[each].dependencies and each in before and each not in behind:
            chain = [name, each]
            while (above := before[chain[-1]]) is not None:
                chain.append(above)
            yield tuple(Link(name=one, version=packages[one].version) for one in reversed(chain))


def _ways(packages: Mapping[str, LockedPackage]) -> dict[str, str | None]:
    """For each package that can be reached: the one before it on a shortest way, None: the recipe asks for it."""
    found: dict[str, str | None] = {name: None for name in sorted(packages) if packages[name].requested}
    waiting = collections.deque(found)
    while waiting:
        name = waiting.popleft()
        for each in packages[name].dependencies:
            if each in packages and each not in found:
                found[each] = name
                waiting.append(each)
    return found
