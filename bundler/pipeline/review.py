"""What somebody must know who decides whether a bundle may enter a network: gathered once, from the bundle and what lies beside it."""

from __future__ import annotations

import collections
import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import BundleError, InputError, SignatureError
from bundler.model.bundle_files import SUMS
from bundler.model.manifest import Member
from bundler.pack.comparison import Comparison, compare_bundles
from bundler.pack.inspection import Inspection, inspect_bundle
from bundler.pack.machine_changes import MachineChange, machine_changes
from bundler.pack.reading import Bundle, open_bundle
from bundler.pack.reasons import lock_inside
from bundler.pack.verify import VerifyReport, verify_bundle
from bundler.pipeline.audit_bundle import audit_bundle
from bundler.pipeline.verified_publishers import VerifiedPublisher, judge_publishers
from bundler.rehearse.results import Rehearsal
from bundler.trust.attestation_check import attestation_check
from bundler.trust.findings import Audit
from bundler.trust.signature_check import SignaturePolicy, Verdict, count_signers, demand_of, judge_signatures
from bundler.trust.signed_content import signed_content
from bundler.trust.statement_file import CheckedStatement, check_statement
from bundler.trust.vex_file import VexFile, read_vex

if TYPE_CHECKING:
    from bundler.report import Reporter

NOT_CHECKED = "not checked: no file of allowed signers was given"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReviewWishes:
    """``policy`` None: signatures are named and not checked; ``snapshots``: of advisories, and ``vex``: statements about them; ``previous``: the bundle before; ``rehearsal``: what one found,
    with the folder of its ``logs``; ``must_be_its``: whether it is an error if it was one of another bundle's.
    """

    policy: SignaturePolicy | None = None
    snapshots: Sequence[Path] = ()
    vex: Sequence[Path] = ()
    previous: Path | None = None
    rehearsal: Rehearsal | None = None
    logs: Path | None = None
    must_be_its: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Signatures:
    """``checked``: whether it was known who may sign; ``signers`` different ones count, and there must be ``threshold``."""

    verdicts: tuple[Verdict, ...]
    checked: bool
    signers: int
    threshold: int

    @property
    def enough(self) -> bool:
        return self.checked and self.signers >= self.threshold


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """``statement`` of how it was built: None where none lies beside it, or where it can't be believed; then ``fault`` says why, with ``details``. ``checked``:
    whether it was known who may sign.
    """

    statement: CheckedStatement | None
    checked: bool
    fault: str = ""
    details: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """``sha256``: of the archive, empty for a folder; ``sums``: of its manifest and its sums, by their paths; ``indexes``: by normalized name of package; ``audit``, ``comparison``, ``rehearsal`` None: not asked for;
    ``publishers`` None: this host can't verify attestations; ``vex``: statements that the audit went by.
    """

    path: Path
    sha256: str
    files: int
    size: int
    contents: Inspection
    members: tuple[Member, ...]
    indexes: Mapping[str, str]
    changes: tuple[MachineChange, ...]
    signatures: Signatures
    provenance: Provenance
    audit: Audit | None
    comparison: Comparison | None
    rehearsal: Rehearsal | None
    logs: Path | None
    publishers: tuple[VerifiedPublisher, ...] | None = None
    vex: tuple[VexFile, ...] = ()
    sums: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def folders(self) -> Mapping[str, tuple[int, int]]:
        """Files and bytes by the first folder of their path; those that lie in none have an empty name."""
        found: dict[str, tuple[int, int]] = collections.defaultdict(lambda: (0, 0))
        for each in self.members:
            folder, slash, _ = each.path.partition("/")
            count, size = found[folder if slash else ""]
            found[folder if slash else ""] = (count + 1, size + each.size)
        return found


def review_bundle(path: Path, wishes: ReviewWishes, environ: Mapping[str, str], reporter: Reporter) -> Review:
    """Check every byte and every signature of a bundle, and say all that it is. Signatures that don't count are no error here: the review tells.

    Who may write where it lies can exchange it: all that is said is about the bytes that were verified. Raises as ``verify_bundle`` does, of the bundle and
    of the one before; as ``judge_signatures``, ``read_vex``, ``audit_bundle`` and ``compare`` do; InputError (``rehearsal-of-another``).
    """
    signatures = _signatures(path, wishes.policy, environ, reporter)
    report = verify_bundle(path, reporter, summed=True)
    demand_of(signatures.verdicts, report.path, report.signed_sha256)
    manifest, sha256, bundle = report.manifest, report.sha256, open_bundle(path, report.contents)
    wishes = _with_its_rehearsal(report, wishes, reporter)
    vex = tuple(map(read_vex, wishes.vex)) if wishes.snapshots else ()
    comparison = None
    if wishes.previous is not None:
        before = open_bundle(wishes.previous, verify_bundle(wishes.previous, reporter).contents)
        comparison = compare_bundles(before, bundle)
    return Review(
        path=path,
        sha256=sha256,
        files=report.members,
        size=report.bytes,
        contents=inspect_bundle(bundle),
        members=manifest.members,
        indexes=_indexes(bundle),
        changes=machine_changes(manifest),
        signatures=signatures,
        provenance=_provenance(report, wishes.policy, environ, reporter),
        audit=audit_bundle(bundle, wishes.snapshots, vex) if wishes.snapshots else None,
        comparison=comparison,
        rehearsal=wishes.rehearsal,
        logs=wishes.logs,
        publishers=_publishers(bundle),
        vex=vex,
        sums=report.sums,
    )


def _publishers(bundle: Bundle) -> tuple[VerifiedPublisher, ...] | None:
    check = attestation_check()
    return judge_publishers(bundle, check) if check is not None else None


def _with_its_rehearsal(report: VerifyReport, wishes: ReviewWishes, reporter: Reporter) -> ReviewWishes:
    """A rehearsal of other bytes doesn't say how this bundle does. An archive and the folder that it unpacks to are one."""
    rehearsal = wishes.rehearsal
    if rehearsal is None or rehearsal.sha256 == report.signed_sha256 or rehearsal.sums == report.sums[SUMS]:
        return wishes
    other = InputError(
        "rehearsal-of-another",
        f"the rehearsal in {wishes.logs} is not one of {report.path}, but of other bytes",
        context=(f"it rehearsed {rehearsal.release}, sha256 {rehearsal.sha256 or 'unknown'}",),
        hint="rehearse this bundle, or name the result of its own rehearsal with --rehearsal",
    )
    if wishes.must_be_its:
        raise other
    reporter.warn(other.reference, f"{other.message}; it is left out")
    return dataclasses.replace(wishes, rehearsal=None, logs=None)


def _signatures(
    path: Path, policy: SignaturePolicy | None, environ: Mapping[str, str], reporter: Reporter
) -> Signatures:
    if policy is None:
        beside = tuple(Verdict(file=each, why=NOT_CHECKED) for each in signed_content(path).signatures())
        return Signatures(verdicts=beside, checked=False, signers=0, threshold=1)
    verdicts = judge_signatures(path, policy, environ, reporter)
    return Signatures(verdicts=verdicts, checked=True, signers=count_signers(verdicts), threshold=policy.threshold)


def _provenance(
    report: VerifyReport, policy: SignaturePolicy | None, environ: Mapping[str, str], reporter: Reporter
) -> Provenance:
    try:
        statement = check_statement(report.path, policy, environ, reporter, demanded=False, sha256=report.signed_sha256)
    except SignatureError as error:
        folder = f"{signed_content(report.path).folder}{os.sep}"  # where it lay when it was reviewed is part of no page
        fault, *details = (each.replace(folder, "") for each in (error.message, *error.context, error.hint))
        return Provenance(statement=None, checked=policy is not None, fault=fault, details=tuple(details))
    return Provenance(statement=statement, checked=policy is not None)


def _indexes(bundle: Bundle) -> dict[str, str]:
    """By the lock inside; none where another version of this program wrote it, in a form that this one can't read."""
    try:
        lock = lock_inside(bundle)
    except BundleError:
        return {}
    return {canonicalize_name(each.name): each.index for each in (*lock.packages, *lock.seeds) if each.index}
