"""Core metadata, cut down to what a resolution needs, and what of it counts on one target."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bundler.model.specifier_repairs import repaired
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEPT = frozenset({"name", "version", "requires-dist", "requires-python", "provides-extra"})


class MalformedMetadataError(ValueError):
    """The metadata can't be used; the words are for people."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """A file's own word (core metadata 1.2 to 2.5). ``extras`` are normalized (PEP 685), ``requires_dist`` as they stand."""

    name: str
    version: str
    requires_python: str | None
    requires_dist: tuple[str, ...]
    extras: frozenset[str]


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


def parse_metadata(content: bytes) -> Metadata:
    """Read a METADATA file; raises MalformedMetadataError."""
    fields: dict[str, list[str]] = {name: [] for name in _KEPT}
    for name, value in _headers(content):
        if name in fields:
            fields[name].append(value)
    if not fields["name"] or not fields["version"]:
        raise MalformedMetadataError("its METADATA has no Name or no Version")
    return Metadata(
        name=fields["name"][0],
        version=fields["version"][0],
        requires_python=next(iter(fields["requires-python"]), None) or None,
        requires_dist=tuple(fields["requires-dist"]),
        extras=frozenset(canonicalize_name(each) for each in fields["provides-extra"]),
    )


def same_version(told: str, version: Version) -> bool:
    """Whether metadata says that it is of ``version``; ``1.0`` and ``1.0.0`` are the same."""
    try:
        return Version(told) == version
    except InvalidVersion:
        return False


def reduced(metadata: Metadata) -> bytes:
    """The same as a short METADATA file, for keeping."""
    lines = [f"Name: {metadata.name}", f"Version: {metadata.version}"]
    if metadata.requires_python:
        lines.append(f"Requires-Python: {metadata.requires_python}")
    lines += [f"Requires-Dist: {each}" for each in metadata.requires_dist]
    lines += [f"Provides-Extra: {each}" for each in sorted(metadata.extras)]
    return "\n".join((*lines, "", "")).encode()


def _headers(content: bytes) -> Iterator[tuple[str, str]]:
    """Lower-case names and unfolded values up to the empty line (RFC 822): the description behind it is never looked at."""
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    head = content.partition(b"\n\n")[0].decode("utf-8", errors="replace")
    for line in re.sub(r"\n[ \t]+", " ", head).split("\n"):
        name, separator, value = line.partition(":")
        if separator:
            yield name.strip().lower(), value.strip()


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
            f"its Requires-Dist has the marker {marker!r}, which can't be read: {error}"
        ) from None


def split(requirement: str) -> tuple[str, str]:
    """The requirement without its marker, and the marker; a URL may hold ``;``, so its marker begins after a blank (PEP 508)."""
    if "@" in requirement:
        parts = re.split(r"\s+;\s*", requirement, maxsplit=1)
        return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
    body, _, marker = requirement.partition(";")
    return body.strip(), marker.strip()


@functools.lru_cache(maxsize=8192)
def read_dependency(body: str) -> Dependency:
    """A requirement without a marker; an old specifier is repaired. Raises MalformedMetadataError."""
    written = ""
    try:
        parsed = Requirement(body)
    except InvalidRequirement:
        written = body
        try:
            parsed = Requirement(repaired(body))
        except InvalidRequirement as error:
            words = str(error).splitlines()[0]
            raise MalformedMetadataError(f"its Requires-Dist {body!r} can't be read: {words}") from None
    return Dependency(
        name=canonicalize_name(parsed.name),
        extras=tuple(sorted(canonicalize_name(each) for each in parsed.extras)),
        specifier=parsed.specifier,
        url=parsed.url,
        text=str(parsed),
        written=written,
    )
