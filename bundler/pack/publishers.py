"""Who published the packages of a bundle, as their indexes said it when they were locked (PEP 740). Nothing is verified here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import BundleError
from bundler.model.attestation import publishers_text
from bundler.model.bundle_files import ATTESTATIONS
from bundler.pack.names import safe_name
from bundler.pack.reasons import lock_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.lock import LockedPackage
    from bundler.pack.reading import Bundle


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """``name`` of the package (normalized); ``by``: for people; ``document``: the member that says it; ``filename`` and ``sha256``: of the file that it is about. ``wheel``: the sha256 of
    the wheel in the bundle, and what that was ``made_from`` if it isn't the file itself.
    """

    name: str
    by: str
    document: str
    filename: str
    sha256: str
    wheel: str
    made_from: str | None


def published_by(package: LockedPackage) -> str:
    """For people; empty: nobody says it."""
    return publishers_text(package.attested.publishers) if package.attested is not None else ""


def publishers_inside(bundle: Bundle) -> Mapping[str, Published]:
    """By the member that is the wheel. Nothing where another version of this program wrote the lock, in a form that this one can't read."""
    try:
        lock = lock_inside(bundle)
    except BundleError:
        return {}
    members = {each.path: each.sha256 for each in bundle.manifest.members}
    found: dict[str, Published] = {}
    for packages, infos in ((lock.packages, bundle.manifest.packages), (lock.seeds, bundle.manifest.seeds)):
        wheels = {canonicalize_name(each.name): each for each in infos}
        for each in packages:
            path = f"{ATTESTATIONS}{safe_name(each.document.filename)}" if each.document is not None else ""
            wheel = wheels.get(canonicalize_name(each.name))
            seed = packages is lock.seeds
            if seed and wheel is not None and wheel.made_from not in (None, "wheel"):
                continue  # made of a package's source, which isn't the seed's file
            if path in members and each.file is not None and wheel is not None:
                said = Published(
                    name=each.name,
                    by=published_by(each),
                    document=path,
                    filename=each.file.filename,
                    sha256=each.file.sha256 or "",
                    wheel=members.get(wheel.file, ""),
                    made_from=wheel.made_from,
                )
                found.setdefault(wheel.file, said)
    return found
