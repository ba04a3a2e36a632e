"""Statements about vulnerabilities (VEX), whatever they are written as: whether one concerns what was found, and which of several counts.

A statement that isn't clearly about this very thing concerns nothing: a finding too many is looked at by somebody, one too few by nobody.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
from typing import TYPE_CHECKING, Literal

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.foreign import read_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Status = Literal["not_affected", "fixed", "under_investigation", "affected"]
STATUSES: tuple[Status, ...] = ("not_affected", "fixed", "under_investigation", "affected")
"""The most cautious last: it counts where two are of the same time."""
_CPE_PARTS = 6


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """By what something is known: ``purls``, ``cpe`` (2.3), ``sha256`` of its file, ``refs``: by its place in the bundle's own bill; each may be empty."""

    purls: tuple[str, ...] = ()
    cpe: str = ""
    sha256: str = ""
    refs: tuple[str, ...] = ()

    def covers(self, other: Identity) -> bool:
        """Whether this, of a statement, is ``other``, which was found: by hash where both have one, else by a reference, purl or CPE."""
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        if not set(self.refs).isdisjoint(other.refs):
            return True
        theirs = [parsed for each in other.purls if (parsed := _parsed(each)) is not None]
        ours = [parsed for each in self.purls if (parsed := _parsed(each)) is not None]
        return any(_same(one, each) for one in ours for each in theirs) or _same_cpe(self.cpe, other.cpe)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """``ids`` in upper case. ``product``: what it is made of, None: of whatever holds ``part``; ``part``: a component of that, None: of the product as a
    whole. ``reason``: justification, words of people, or both; ``source``: the file.
    """

    ids: frozenset[str]
    status: Status
    reason: str
    product: Identity | None
    part: Identity | None
    time: datetime.datetime
    source: str

    def concerns(self, ids: frozenset[str], identities: Sequence[Identity]) -> bool:
        """``identities``: of what was found first, then of what it lies in, the bundle last."""
        if self.ids.isdisjoint(ids):
            return False
        found = identities[0]
        if self.part is None:
            return self.product is not None and any(self.product.covers(each) for each in identities)
        return self.part.covers(found) and (
            self.product is None or any(self.product.covers(each) for each in identities)
        )


def newest(statements: Iterable[Statement]) -> Statement | None:
    """Each overrides those before it."""
    return max(statements, key=lambda each: (each.time, STATUSES.index(each.status)), default=None)


def same_version(one: str, other: str) -> bool:
    """As PEP 440 has it: 2.5 is 2.5.0."""
    try:
        return read_version(one) == read_version(other)
    except InvalidVersion:
        return False


@functools.lru_cache(maxsize=50_000)
def _parsed(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text)
    except ValueError:  # a stranger's
        return None


def _same(stated: PackageURL, found: PackageURL) -> bool:
    """A statement without a version is about all; one with qualifiers about what has these."""
    if (stated.type, stated.namespace or "") != (found.type, found.namespace or ""):
        return False
    if canonicalize_name(stated.name) != canonicalize_name(found.name) or stated.subpath:
        return False
    qualifiers: dict[str, str] = dict(found.qualifiers or {})
    if any(qualifiers.get(key) != value for key, value in dict(stated.qualifiers or {}).items()):
        return False
    return not stated.version or stated.version == found.version or same_version(stated.version, found.version or "")


def _same_cpe(stated: str, found: str) -> bool:
    """By part, vendor, product and version; a statement that says more, such as an edition, is about less than what was found."""
    theirs, ours = stated.lower().split(":"), found.lower().split(":")
    if (
        len(theirs) <= _CPE_PARTS
        or len(ours) <= _CPE_PARTS
        or any(each not in ("*", "-") for each in theirs[_CPE_PARTS:])
    ):
        return False
    return theirs[:5] == ours[:5] and theirs[5] in ("*", ours[5])
