"""``[[tool.bundle.rejected]]`` of a lock: what of the packages' projects wasn't taken, and why."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictInt

from bundler.model.codec import KEBAB
from bundler.model.lock import LockedPackage, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


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


def rejections_by_name(tables: Iterable[RejectionTable]) -> Mapping[str, tuple[Rejection, ...]]:
    """By the names of packages, each in the order of the file."""
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
    return {name: tuple(each) for name, each in found.items()}


def encode_rejections(packages: Iterable[LockedPackage]) -> Iterator[dict[str, Any]]:
    """Tables for TOML, without what is as it mostly is."""
    for package in packages:
        for each in package.rejected:
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
    if not any(kept.values()):  # nothing was said then
        return tuple(packages)
    found = []
    for each in packages:
        key = (each.name, each.version, each.file.sha256 if each.file is not None else None)
        found.append(dataclasses.replace(each, rejected=kept[key]) if key in kept else each)
    return tuple(found)
