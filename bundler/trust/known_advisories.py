"""What snapshots of advisories say of versions that may be taken, looked up package by package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.acceptance_rules import MALWARE
from bundler.trust.findings import Finding, gravest, merged
from bundler.trust.osv_record import Subject
from bundler.trust.osv_snapshot import Unread, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from packaging.version import Version

    from bundler.trust.osv_record import Advisory, Affected


class KnownAdvisories:
    """``unread``: records that can't be read, and may concern the packages that were looked up."""

    def __init__(self, snapshots: Sequence[Path]) -> None:
        self._snapshots = snapshots
        self._affected: dict[str, list[tuple[Advisory, list[Affected]]]] = {}
        self._found: dict[tuple[str, Version], tuple[Finding, ...]] = {}
        self._unread: dict[Unread, None] = {}

    @property
    def unread(self) -> tuple[Unread, ...]:
        return tuple(self._unread)

    def learn(self, names: Collection[str]) -> bool:
        """Look packages (normalized names) up; whether some of them hadn't been.

        Raises InputError (``snapshot-unreadable``; ``snapshot-of-others``: no snapshot is one of packages of Python).
        """
        new = {name for name in names if name not in self._affected}
        if not new:
            return False
        self._affected.update((name, []) for name in new)
        ecosystems = set[str]()
        for path in self._snapshots:
            snapshot = read_snapshot(path, {Subject("PyPI", name) for name in new})
            ecosystems |= snapshot.ecosystems
            self._unread.update(dict.fromkeys(snapshot.unread))
            for advisory in snapshot.advisories:
                theirs: dict[str, list[Affected]] = {}
                for each in advisory.affected:
                    if each.subject.ecosystem == "PyPI" and each.subject.name in new:
                        theirs.setdefault(each.subject.name, []).append(each)
                for name, affected in theirs.items():
                    self._affected[name].append((advisory, affected))
        if "PyPI" not in ecosystems:
            raise InputError(
                "snapshot-of-others",
                "the advisories say nothing of packages of Python",
                context=tuple(map(str, self._snapshots)),
                hint="`bundle audit --fetch NAME.zip` fetches those of packages: name that file",
            )
        return True

    def findings(self, name: str, version: Version) -> tuple[Finding, ...]:
        """Of a package that was looked up; nothing of any other."""
        if name not in self._affected:
            return ()
        key = (name, version)
        if key not in self._found:
            holding = (
                (advisory, [each for each in affected if each.holds(version)])
                for advisory, affected in self._affected[name]
            )
            found = [_finding(name, version, advisory, affected) for advisory, affected in holding if affected]
            self._found[key] = tuple(sorted(merged(found), key=lambda each: each.advisory))
        return self._found[key]


def _finding(name: str, version: Version, advisory: Advisory, affected: Sequence[Affected]) -> Finding:
    return Finding(
        package=name,
        version=str(version),
        advisory=advisory.id,
        aliases=advisory.aliases,
        severity=gravest(each.severity for each in affected),
        summary=advisory.summary,
        fixed=tuple(map(str, sorted({one for each in affected for one in each.fixes if one > version}))),
    )


def is_malware(finding: Finding) -> bool:
    return any(each.startswith(MALWARE) for each in (finding.advisory, *finding.aliases))
