"""What of a bundle is known to be vulnerable, by a snapshot of advisories; nothing is asked of anybody."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bundler.foreign import read_version
from bundler.trust.cvss import SEVERITIES, Severity
from bundler.trust.osv_record import CPYTHON
from bundler.trust.osv_snapshot import Unread, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bundler.model.manifest import Manifest
    from bundler.trust.osv_record import Advisory, Affected


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """``aliases``: the advisory's other ids, those of others that say the same among them; ``fixed``: versions that have it no more, sorted."""

    package: str
    version: str
    advisory: str
    aliases: tuple[str, ...]
    severity: Severity
    summary: str
    fixed: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """``findings``: the gravest first. ``unread``: records that can't be read, and may concern the bundle; ``unjudged``: ids of advisories of CPython
    that name commits alone, so that no version can be compared. ``records``: how many the snapshots have; ``audited``: how many packages and Pythons.
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    unjudged: tuple[str, ...]
    records: int
    audited: int

    def reaches(self, severity: Severity) -> bool:
        """Whether something is at least so grave; what nobody rated, and what can't be read, is."""
        lowest = SEVERITIES.index(severity)
        return bool(self.unread) or any(
            each.severity == "unknown" or SEVERITIES.index(each.severity) >= lowest for each in self.findings
        )


def audit(manifest: Manifest, snapshots: Sequence[Path]) -> Audit:
    """Raises InputError (``snapshot-unreadable``)."""
    subjects = {canonicalize_name(each.name): each.version for each in (*manifest.seeds, *manifest.packages)}
    python = manifest.target.python
    found: list[Finding] = []
    unread: list[Unread] = []
    unjudged: list[str] = []
    records = 0
    for path in snapshots:
        snapshot = read_snapshot(path, subjects)
        records += snapshot.records
        unread += snapshot.unread
        for advisory in snapshot.advisories:
            for affected in advisory.affected:
                if affected.is_cpython and affected.by_commits:
                    unjudged.append(advisory.id)
                    continue
                name = CPYTHON if affected.is_cpython else affected.package
                version = python if affected.is_cpython else subjects.get(canonicalize_name(affected.package))
                if version is not None and affected.holds(_version(version)):
                    found.append(finding_of(name, version, advisory, affected))
    merged = sorted(merged_findings(found), key=lambda each: (-_gravity(each.severity), each.package, each.advisory))
    return Audit(
        findings=tuple(merged),
        unread=tuple(unread),
        unjudged=tuple(sorted(set(unjudged))),
        records=records,
        audited=len(subjects) + 1,
    )


def _gravity(severity: Severity) -> int:
    """What nobody rated stands above all: somebody has to look at it."""
    return len(SEVERITIES) if severity == "unknown" else SEVERITIES.index(severity)


def _version(text: str) -> Version:
    try:
        return read_version(text)
    except InvalidVersion:  # of a manifest that no build of ours wrote
        return Version("0")


def finding_of(name: str, version: str, advisory: Advisory, affected: Affected) -> Finding:
    return Finding(
        package=name,
        version=version,
        advisory=advisory.id,
        aliases=advisory.aliases,
        severity=affected.severity,
        summary=advisory.summary,
        fixed=tuple(str(each) for each in affected.fixes if each > _version(version)),
    )


def merged_findings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Databases have records of the same: what shares an id or an alias is one finding, by the first of the ids."""
    groups: list[list[Finding]] = []
    for each in findings:
        ids = {each.advisory, *each.aliases}
        same = [
            group
            for group in groups
            if group[0].package == each.package and any(ids & {one.advisory, *one.aliases} for one in group)
        ]
        joined = [each, *(one for group in same for one in group)]
        groups = [group for group in groups if group not in same] + [joined]
    for group in groups:
        first = min(group, key=lambda one: one.advisory)
        known = [one.severity for one in group if one.severity != "unknown"]
        aliases = {alias for one in group for alias in (one.advisory, *one.aliases)} - {first.advisory}
        fixed = {version for one in group for version in one.fixed}
        yield dataclasses.replace(
            first,
            aliases=tuple(sorted(aliases)),
            severity=max(known, key=SEVERITIES.index, default="unknown"),
            summary=first.summary or next((one.summary for one in group if one.summary), ""),
            fixed=tuple(sorted(fixed, key=_version)),
        )
