"""``[[tool.bundle.rejected]]`` of a lock: what of the packages' projects wasn't taken, and why."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictInt

from bundler.model.codec import KEBAB
from bundler.model.lock import LockedPackage, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RejectionTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    reason: str
    newest: str
    oldest: str | None = None
    versions: Annotated[StrictInt, Field(ge=1)] = 1
    files: tuple[str, ...] = ()
    more: Annotated[StrictInt, Field(ge=0)] = 0


def with_rejections(
    packages: Sequence[LockedPackage], tables: Sequence[RejectionTable] | None
) -> tuple[LockedPackage, ...]:
    """Packages with what the tables say of them, in their order; ``tables`` None: nobody wrote it down."""
    if tables is None:
        return tuple(packages)
    found: dict[str, list[Rejection]] = {}
    for each in tables:
        found.setdefault(each.name, []).append(
            Rejection(
                reason=each.reason,
                newest=each.newest,
                oldest=each.oldest or each.newest,
                versions=each.versions,
                files=each.files,
                more=each.more,
            )
        )
    return tuple(dataclasses.replace(each, rejected=tuple(found.get(each.name, ()))) for each in packages)


def encode_rejections(packages: Sequence[LockedPackage]) -> dict[str, Any]:
    """The key with its tables for TOML, without what is as it mostly is; no key where nobody wrote anything down."""
    if all(each.rejected is None for each in packages):
        return {}
    return {"rejected": list(_tables(packages))}


def _tables(packages: Iterable[LockedPackage]) -> Iterator[dict[str, Any]]:
    for package in packages:
        for each in package.rejected or ():
            yield {
                "name": package.name,
                "reason": each.reason,
                "newest": each.newest,
                **({"oldest": each.oldest} if each.oldest != each.newest else {}),
                **({"versions": each.versions} if each.versions != 1 else {}),
                **({"files": list(each.files)} if each.files else {}),
                **({"more": each.more} if each.more else {}),
            }


def with_rejections_kept(
    packages: Iterable[LockedPackage], before: Iterable[LockedPackage]
) -> tuple[LockedPackage, ...]:
    """Packages whose file is the one from ``before`` say what was said when it was chosen: what an index got since doesn't change a lock."""
    kept = {(each.name, each.version, each.file.sha256): each.rejected for each in before if each.file is not None}
    found = []
    for each in packages:
        said = kept.get((each.name, each.version, each.file.sha256)) if each.file is not None else None
        found.append(each if said is None else dataclasses.replace(each, rejected=said))
    return tuple(found)
