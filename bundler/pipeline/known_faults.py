"""The advisories of a recipe and a command line, as the resolver asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.acceptance_rules import MALWARE
from bundler.report import some_text
from bundler.resolve.file_gate import KnownFault
from bundler.trust.known_advisories import KnownAdvisories, is_malware

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from packaging.version import Version

    from bundler.report import Reporter
    from bundler.trust.cvss import Severity
    from bundler.trust.findings import Finding
    from bundler.trust.osv_snapshot import Unread

_SHOWN = 5


class KnownFaults:
    """``severity``: from which on findings are refused; None: malware only."""

    def __init__(self, snapshots: Sequence[Path], severity: Severity | None) -> None:
        self._advisories = KnownAdvisories(snapshots)
        self._severity = severity

    def learn(self, names: Collection[str]) -> bool:
        return self._advisories.learn(names)

    def refused(self, name: str, version: Version) -> tuple[KnownFault, ...]:
        found = self._advisories.findings(name, version)
        return tuple(_fault(each) for each in found if self._refuses(each))

    def tolerated(self, name: str, version: Version) -> tuple[KnownFault, ...]:
        """The rest of what is known of a version."""
        found = self._advisories.findings(name, version)
        return tuple(_fault(each) for each in found if not self._refuses(each))

    def _refuses(self, finding: Finding) -> bool:
        return is_malware(finding) or (self._severity is not None and finding.reaches(self._severity))

    def tell_unread(self, reporter: Reporter) -> None:
        """Records that can't be read may say something of these very packages. Raises InputError (``snapshot-unreadable``) where that may be why
        one is refused: malware, and what is grave enough.
        """
        unread = self._advisories.unread
        refusing = [each for each in unread if each.malware or self._severity is not None]
        if refusing:
            what = "advisories that may refuse packages of the bundle can't be read"
            hint = "get the snapshot anew; a record that its database has in this form too can be taken out of it once somebody has read it"
            raise InputError("snapshot-unreadable", f"{what}: {_named(refusing)}", hint=hint)
        if unread:
            reporter.warn("advisory-unread", f"advisories can't be read, and may concern the bundle: {_named(unread)}")


def _named(unread: Sequence[Unread]) -> str:
    return some_text((f"{each.name}: {each.reason}" for each in unread), _SHOWN, between="; ")


def _fault(finding: Finding) -> KnownFault:
    ids = (finding.advisory, *finding.aliases)
    malware = next((each for each in ids if each.startswith(MALWARE)), "")
    grave = "malware" if malware else f"severity {finding.severity}"
    summary = f": {finding.summary}" if finding.summary else ""
    fixed = f"; fixed in {', '.join(finding.fixed)}" if finding.fixed else ""
    return KnownFault(ids=frozenset(ids), words=f"{malware or finding.advisory} ({grave}){summary}{fixed}")
