"""What ``bundle audit --json`` prints, with ``--fetch`` too: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pipeline.fetch_advisories import FetchedSnapshot
    from bundler.trust.findings import Audit
    from bundler.trust.findings import Finding as VulnerabilityFinding


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VexStatementShape:
    """What somebody says of a vulnerability in this bundle."""

    status: str = described(
        "not_affected or fixed, which don't count for the exit code; affected or under_investigation, which do"
    )
    reason: str = described("justification, words of people, or both; may be empty")
    time: str = described("when it was true (RFC 3339)")
    source: str = described("the file's name")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VulnerabilityShape:
    """One known vulnerability of one package, of CPython, or of a library inside one of these."""

    package: str = described("its name, normalized; CPython: the Python of the bundle; else a library's name")
    version: str = described("its version in the bundle")
    owner: str = described("the package, or CPython, that a library lies in; else empty")
    advisory: str = described("the advisory's id")
    aliases: tuple[str, ...] = described("other ids of the same, such as of CVE")
    severity: str = described("unknown, none, low, medium, high or critical")
    summary: str = described("one line; may be empty")
    fixed: tuple[str, ...] = described("versions that have it no more; may be empty")
    vex: VexStatementShape | None = described("the newest statement about it (--vex); null: there is none")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NotJudgedShape:
    """Something in the bundle that the snapshots say nothing of."""

    name: str = described("a package, a library, or a file's name")
    version: str = described("empty: it states none")
    owner: str = described("the package, or CPython, that it lies in; else empty")
    reason: str = described("why")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UnreadShape:
    """A record that can't be read, and may concern the bundle."""

    name: str = described("its file in the snapshot")
    reason: str = described("why")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AuditOutput:
    """`bundle audit BUNDLE --osv SNAPSHOT --json`"""

    path: str = described("the bundle")
    findings: tuple[VulnerabilityShape, ...] = described("the gravest first")
    unread: tuple[UnreadShape, ...] = described("each counts as a finding")
    unjudged: tuple[str, ...] = described(
        "ids of advisories that name commits and no versions, and no other record of the same does"
    )
    not_judged: tuple[NotJudgedShape, ...] = described("what the snapshots say nothing of", key="not-judged")
    complete: bool = described(
        "whether packages and Python were judged, and the bill of materials could be read; else the exit code is 9"
    )
    records: int = described("how many records the snapshots have")
    audited: int = described(
        "how many packages were compared with them, the Python among them unless it is in `not-judged`"
    )
    parts: int = described("how many libraries inside these were looked at")
    statements: int = described("how many statements were given (--vex)")
    unused: int = described("how many of these concern nothing that was found")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FetchedSnapshotShape:
    """A snapshot of advisories that was fetched."""

    path: str = described("where it is now; its sum lies beside it, with .sha256 at the end of the name")
    url: str = described("where it came from")
    sha256: str = described("of its bytes")
    size: int = described("in bytes")
    records: int = described("how many advisories it has")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AuditFetchOutput:
    """`bundle audit --fetch PLACE --json`"""

    snapshots: tuple[FetchedSnapshotShape, ...] = described("in the order of the addresses")


def audit_output(path: Path, found: Audit) -> AuditOutput:
    return AuditOutput(
        path=str(path),
        findings=tuple(map(_vulnerability, found.findings)),
        unread=tuple(UnreadShape(name=each.name, reason=each.reason) for each in found.unread),
        unjudged=found.unjudged,
        not_judged=tuple(
            NotJudgedShape(name=each.name, version=each.version, owner=each.owner, reason=each.reason)
            for each in found.not_judged
        ),
        complete=found.is_complete,
        records=found.records,
        audited=found.audited,
        parts=found.parts,
        statements=found.statements,
        unused=found.unused,
    )


def _vulnerability(each: VulnerabilityFinding) -> VulnerabilityShape:
    said = each.statement
    return VulnerabilityShape(
        package=each.package,
        version=each.version,
        owner=each.owner,
        advisory=each.advisory,
        aliases=each.aliases,
        severity=each.severity,
        summary=each.summary,
        fixed=each.fixed,
        vex=None
        if said is None
        else VexStatementShape(status=said.status, reason=said.reason, time=said.time.isoformat(), source=said.source),
    )


def audit_fetch_output(fetched: Sequence[FetchedSnapshot]) -> AuditFetchOutput:
    return AuditFetchOutput(
        snapshots=tuple(
            FetchedSnapshotShape(
                path=str(each.path), url=each.url, sha256=each.sha256, size=each.size, records=each.records
            )
            for each in fetched
        )
    )
