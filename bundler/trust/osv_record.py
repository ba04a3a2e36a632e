"""One record of the OSV schema (https://ossf.github.io/osv-schema/), as far as it concerns what a bundle may hold: packages of Python, crates that are
compiled into them, CPython itself, and libraries in C that are known by name. A stranger's text.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any, Literal

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bundler.foreign import one_line, read_version
from bundler.model.acceptance_rules import MALWARE
from bundler.trust.cvss import SEVERITIES, Severity, base_score, level
from bundler.trust.known_libraries import BY_BITNAMI, BY_OSS_FUZZ, BY_REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.trust.known_libraries import Library

_WORDS: Mapping[str, Severity] = {"moderate": "medium", "important": "high"}
_MOST, _MOST_ALIASES = 100_000, 1000
_parsed = functools.lru_cache(maxsize=10_000)(read_version)
"""Records of one package list the same versions."""


Ecosystem = Literal["PyPI", "crates.io", "library"]


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """What an advisory is about: a normalized name for packages of the index; for libraries, of which CPython is one, that of ``known_libraries``."""

    ecosystem: Ecosystem
    name: str


class MalformedRecordError(ValueError):
    """It isn't a record of the schema; the words say what is wrong."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Versions from ``introduced`` (None: from the first) to before ``fixed``, or to ``last``; both None: to the newest. ``limit``: from it on nothing
    is said.
    """

    introduced: Version | None
    fixed: Version | None = None
    last: Version | None = None
    limit: Version | None = None

    def holds(self, version: Version) -> bool:
        begun = self.introduced is None or version >= self.introduced
        over = (self.fixed is not None and version >= self.fixed) or (self.last is not None and version > self.last)
        return begun and not over and (self.limit is None or version < self.limit)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    """``versions``: those that are listed. ``by_commits``: nothing but commits says which."""

    subject: Subject
    spans: tuple[Span, ...]
    versions: frozenset[Version]
    severity: Severity
    by_commits: bool

    def holds(self, version: Version) -> bool:
        return version in self.versions or any(each.holds(version) for each in self.spans)

    @property
    def fixes(self) -> tuple[Version, ...]:
        return tuple(sorted({each.fixed for each in self.spans if each.fixed is not None}))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """``aliases``: its other ids, such as of CVE; ``summary`` may be empty."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    affected: tuple[Affected, ...]


def read_record(data: Any) -> Advisory | None:
    """None: it was withdrawn, or concerns nothing of Python's. Raises MalformedRecordError."""
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not data["id"]:
        raise MalformedRecordError("it has no id")
    if data.get("withdrawn"):
        return None
    identity = one_line(data["id"])
    whole = _severity(data)
    affected = [
        found
        for each in _tables(data, "affected")
        for found in _affected(each, "critical" if identity.startswith(MALWARE) else whole)
    ]
    if not affected:
        return None
    aliases = tuple(one_line(each) for each in _list(data, "aliases", most=_MOST_ALIASES) if isinstance(each, str))
    return Advisory(id=identity, aliases=aliases, summary=_summary(data), affected=tuple(affected))


def _affected(data: Mapping[str, Any], whole: Severity) -> Iterator[Affected]:
    ranges = _tables(data, "ranges")
    package = data.get("package")
    found = _named(package) if package else _of_repositories(ranges)  # versions of a distribution's package are others
    if found is None:
        return
    subject, library = found
    spans = tuple(span for each in ranges if each.get("type") in ("ECOSYSTEM", "SEMVER") for span in _spans(each))
    versions = frozenset(_versions(data, library))
    listed = versions if library is not None else _list(data, "versions")  # tags that nobody understands say nothing
    severity = _severity(data)
    yield Affected(
        subject=subject,
        spans=spans,
        versions=versions,
        severity=severity if severity != "unknown" else whole,
        by_commits=not spans and not listed and any(each.get("type") == "GIT" for each in ranges),
    )


def _named(package: Any) -> tuple[Subject, Library | None] | None:
    """By the name of the package. Bitnami's packages of CPython and of libraries have the versions of what they package."""
    if not isinstance(package, dict):
        return None
    ecosystem, name = package.get("ecosystem"), package.get("name")
    if ecosystem not in ("PyPI", "crates.io", "Bitnami", "OSS-Fuzz"):
        return None
    if not isinstance(name, str) or not name:
        raise MalformedRecordError("a package has no name")
    if ecosystem == "PyPI":
        return Subject("PyPI", canonicalize_name(name)), None
    if ecosystem == "crates.io":
        return Subject("crates.io", name), None
    library = (BY_BITNAMI if ecosystem == "Bitnami" else BY_OSS_FUZZ).get(name)
    return (Subject("library", library.name), library) if library is not None else None


def _of_repositories(ranges: list[Mapping[str, Any]]) -> tuple[Subject, Library] | None:
    """By what the commits are of; the tags of two repositories, as ``versions`` lists them, can't be told apart."""
    repositories = {_repository(each) for each in ranges if each.get("type") == "GIT"}
    (only,) = repositories if len(repositories) == 1 else ("",)
    library = BY_REPOSITORY.get(only)
    return (Subject("library", library.name), library) if library is not None else None


def _repository(data: Mapping[str, Any]) -> str:
    address = data.get("repo")
    return (
        address.partition("://")[2].removesuffix("/").removesuffix(".git").lower() if isinstance(address, str) else ""
    )


def _spans(data: Mapping[str, Any]) -> Iterator[Span]:
    """Events in the order of versions, as the schema's evaluation has it; one that isn't a version of PEP 440's counts as nothing read right."""
    events: list[tuple[Version | None, str]] = []
    limits: list[Version] = []
    unlimited = False
    for each in _tables(data, "events"):
        for kind in ("introduced", "fixed", "last_affected"):
            value = each.get(kind)
            if value is not None:
                events.append((None if kind == "introduced" and value == "0" else _version(value), kind))
        if (limit := each.get("limit")) is not None:
            unlimited |= limit == "*"
            limits += [] if limit == "*" else [_version(limit)]
    end = None if unlimited else max(limits, default=None)
    lowest = Version("0.dev0")
    events.sort(key=lambda each: (each[0] is not None, each[0] or lowest))
    start: list[Version | None] = []
    for version, kind in events:
        if kind == "introduced":
            if not start:
                start.append(version)
        elif start:
            begin = start.pop()
            fixed, last = (version, None) if kind == "fixed" else (None, version)
            yield Span(introduced=begin, fixed=fixed, last=last, limit=end)
    if start:
        yield Span(introduced=start[0], limit=end)


def _versions(data: Mapping[str, Any], library: Library | None) -> Iterator[Version]:
    """Of libraries these are tags of releases. What isn't a version of PEP 440's is nothing that a bundle can hold."""
    for each in _list(data, "versions"):
        if isinstance(each, str):
            try:
                yield _parsed(each if library is None else library.version_of_tag(each))
            except InvalidVersion:
                continue


def _version(text: Any) -> Version:
    try:
        return _parsed(text) if isinstance(text, str) else Version("")
    except InvalidVersion:
        raise MalformedRecordError(f"{one_line(str(text))!r} is not a version") from None


def _severity(data: Mapping[str, Any]) -> Severity:
    """What the database says in words, else by the highest CVSS 3 score."""
    for key in ("database_specific", "ecosystem_specific"):
        table = data.get(key)
        said = table.get("severity") if isinstance(table, dict) else None
        if isinstance(said, str):
            word = _WORDS.get(said.lower(), said.lower())
            for each in SEVERITIES:
                if each == word:
                    return each
    vectors = [each.get("score") for each in _tables(data, "severity") if each.get("type") == "CVSS_V3"]
    scores = [score for each in vectors if isinstance(each, str) and (score := base_score(each)) is not None]
    return level(max(scores)) if scores else "unknown"


def _summary(data: Mapping[str, Any]) -> str:
    for key in ("summary", "details"):
        if isinstance(data.get(key), str) and (line := one_line(data[key].strip().partition("\n")[0])):
            return line
    return ""


def _tables(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = _list(data, key)
    if not all(isinstance(each, dict) for each in found):
        raise MalformedRecordError(f"{key} holds something else than tables")
    return found


def _list(data: Mapping[str, Any], key: str, *, most: int = _MOST) -> list[Any]:
    found = data.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > most:
        raise MalformedRecordError(f"{key} is not a list, or too long")
    return found
