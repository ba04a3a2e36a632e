"""One record of the OSV schema (https://ossf.github.io/osv-schema/), as far as packages of Python and CPython itself are concerned: a stranger's text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bundler.foreign import read_version
from bundler.model.acceptance_rules import MALWARE
from bundler.trust.cvss import SEVERITIES, Severity, base_score, level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CPYTHON = "CPython"
"""How CPython itself is called for people."""
_REPOSITORY = "https://github.com/python/cpython"
_WORDS: Mapping[str, Severity] = {"moderate": "medium", "important": "high"}
_LONGEST, _MOST = 300, 100_000


class MalformedRecordError(ValueError):
    """It isn't a record of the schema; the words say what is wrong."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Versions from ``introduced`` (None: from the first) to before ``fixed``, or to ``last``; both None: to the newest."""

    introduced: Version | None
    fixed: Version | None = None
    last: Version | None = None

    def holds(self, version: Version) -> bool:
        begun = self.introduced is None or version >= self.introduced
        over = (self.fixed is not None and version >= self.fixed) or (self.last is not None and version > self.last)
        return begun and not over


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    """``package``: a normalized name, empty for CPython itself. ``versions``: those that are listed. ``by_commits``: nothing but commits says which."""

    package: str
    is_cpython: bool
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
    identity = _line(data["id"])
    whole = _severity(data)
    affected = [
        found
        for each in _tables(data, "affected")
        for found in _affected(each, "critical" if identity.startswith(MALWARE) else whole)
    ]
    if not affected:
        return None
    aliases = tuple(_line(each) for each in _list(data, "aliases") if isinstance(each, str))
    return Advisory(id=identity, aliases=aliases, summary=_summary(data), affected=tuple(affected))


def _affected(data: Mapping[str, Any], whole: Severity) -> Iterator[Affected]:
    package = data.get("package")
    ranges = _tables(data, "ranges")
    if isinstance(package, dict) and package.get("ecosystem") == "PyPI":
        name = package.get("name")
        if not isinstance(name, str) or not name:
            raise MalformedRecordError("a package has no name")
        chosen = [each for each in ranges if each.get("type") in ("ECOSYSTEM", "SEMVER")]
        subject: str = canonicalize_name(name)
    elif any(_is_cpython(each) for each in ranges):
        chosen, subject = [], ""
    else:
        return
    severity = _severity(data)
    spans = tuple(span for each in chosen for span in _spans(each))
    versions = frozenset(_versions(data))
    yield Affected(
        package=subject,
        is_cpython=not subject,
        spans=spans,
        versions=versions,
        severity=severity if severity != "unknown" else whole,
        by_commits=not spans and not versions,
    )


def _is_cpython(data: Mapping[str, Any]) -> bool:
    address = data.get("repo")
    return (
        data.get("type") == "GIT"
        and isinstance(address, str)
        and address.removesuffix("/").removesuffix(".git").lower() == _REPOSITORY
    )


def _spans(data: Mapping[str, Any]) -> Iterator[Span]:
    """Events in the order of versions, as the schema's evaluation has it; one that isn't a version of PEP 440's counts as nothing read right."""
    events: list[tuple[Version | None, str]] = []
    for each in _tables(data, "events"):
        for kind in ("introduced", "fixed", "last_affected"):
            value = each.get(kind)
            if value is not None:
                events.append((None if kind == "introduced" and value == "0" else _version(value), kind))
    lowest = Version("0.dev0")
    events.sort(key=lambda each: (each[0] is not None, each[0] or lowest))
    start: list[Version | None] = []
    for version, kind in events:
        if kind == "introduced":
            if not start:
                start.append(version)
        elif start:
            begin = start.pop()
            yield Span(introduced=begin, fixed=version) if kind == "fixed" else Span(introduced=begin, last=version)
    if start:
        yield Span(introduced=start[0])


def _versions(data: Mapping[str, Any]) -> Iterator[Version]:
    """Tags of CPython begin with a v. What isn't a version of PEP 440's is nothing that a bundle can hold."""
    for each in _list(data, "versions"):
        if isinstance(each, str):
            try:
                yield read_version(each.removeprefix("v"))
            except InvalidVersion:
                continue


def _version(text: Any) -> Version:
    try:
        return read_version(text) if isinstance(text, str) else Version("")
    except InvalidVersion:
        raise MalformedRecordError(f"{_line(str(text))!r} is not a version") from None


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
        if isinstance(data.get(key), str) and (line := _line(data[key].strip().partition("\n")[0])):
            return line
    return ""


def _tables(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = _list(data, key)
    if not all(isinstance(each, dict) for each in found):
        raise MalformedRecordError(f"{key} holds something else than tables")
    return found


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > _MOST:
        raise MalformedRecordError(f"{key} is not a list, or too long")
    return found


def _line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text[: 2 * _LONGEST]).split())[:_LONGEST]
