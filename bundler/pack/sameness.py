"""Whether two bundles are the same, byte for byte, and in which members they aren't. Both were verified: what their manifests say is so."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from bundler.model.bundle_files import UNLISTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.model.manifest import Manifest
    from bundler.pack.layout import Layout


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OtherMember:
    """A member that isn't the same in both: ``how`` it is in the one that was made now."""

    path: str
    how: Literal["differs", "missing", "added"]


def other_members(wanted: Manifest, contract: Mapping[str, str], made: Layout) -> tuple[OtherMember, ...]:
    """``contract``: the sha256 of ``wanted``'s own manifest and sums. Sorted by path, what lists the others last."""
    before = {each.path: each.sha256 for each in wanted.members} | dict(contract)
    after = {each.path: each.sha256 for each in made.entries}
    return tuple(sorted(_others(before, after), key=lambda each: (each.path in UNLISTED, each.path)))


def _others(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[OtherMember]:
    for path in before.keys() | after.keys():
        if path not in after:
            yield OtherMember(path=path, how="missing")
        elif path not in before:
            yield OtherMember(path=path, how="added")
        elif before[path] != after[path]:
            yield OtherMember(path=path, how="differs")
