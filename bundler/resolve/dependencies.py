"""What of a distribution's requirements counts on one target."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bundler.foreign import read_requirement, without_credentials
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.specifier_repairs import repaired_requirement
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 200
"""Characters of what can't be read that an error shows."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Dependency:
    """One requirement without its marker: normalized name and extras; ``url`` for a direct one. ``text`` is for people,
    ``written`` what stood there where ``text`` had to be repaired (else empty).
    """

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    url: str | None
    text: str
    written: str = ""


def active(requires: Iterable[str], extra: str, evaluator: MarkerEvaluator) -> tuple[Dependency, ...]:
    """Those of ``requires`` whose marker holds with ``extra`` (normalized; empty: without any).

    Raises MalformedMetadataError, and UnstatedMarkerError of the evaluator.
    """
    return tuple(read_dependency(body) for body, marker in map(split, requires) if _holds(marker, extra, evaluator))


def _holds(marker: str, extra: str, evaluator: MarkerEvaluator) -> bool:
    if not marker:
        return True
    try:
        return evaluator.holds(marker, extra)
    except MalformedMarkerError as error:
        raise MalformedMetadataError(
            f"its Requires-Dist has the marker {marker[:_SHOWN]!r}, which can't be read: {error}"
        ) from None


def split(requirement: str) -> tuple[str, str]:
    """The requirement without its marker, and the marker; a URL may hold ``;``, so its marker begins after a blank (PEP 508)."""
    place = requirement.find(";")
    if "@" in requirement:
        while place >= 0 and not requirement[place - 1 : place].isspace():
            place = requirement.find(";", place + 1)
    if place < 0:
        return requirement.strip(), ""
    return requirement[:place].strip(), requirement[place + 1 :].strip()


@functools.lru_cache(maxsize=8192)
def read_dependency(body: str) -> Dependency:
    """A requirement without a marker; an old specifier is repaired. Raises MalformedMetadataError."""
    written = ""
    try:
        parsed = read_requirement(body)
    except InvalidRequirement:
        written = body
        try:
            parsed = read_requirement(repaired_requirement(body))
        except InvalidRequirement as error:
            words = str(error).splitlines()[0]
            raise MalformedMetadataError(f"its Requires-Dist {body[:_SHOWN]!r} can't be read: {words}") from None
    return Dependency(
        name=canonicalize_name(parsed.name),
        extras=tuple(sorted(canonicalize_name(each) for each in parsed.extras)),
        specifier=parsed.specifier,
        url=parsed.url,
        text=without_credentials(str(parsed)),
        written=written,
    )
