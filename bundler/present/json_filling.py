"""Results as the declared shapes of ``bundler.present.json_shapes``: every value is put into its key by hand."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from bundler.present.json_shapes import (
    AppControlOutput,
    AuditFetchOutput,
    AuditOutput,
    BuildOutput,
    BuiltBundleShape,
    BundleChecksShape,
    BundleCommandShape,
    BundleFileShape,
    BundlePackageShape,
    BundlePermissionShape,
    BundlePrerequisiteShape,
    BundleRuntimeShape,
    BundleServiceShape,
    BundleShape,
    BundleTargetShape,
    ComparedShape,
    ConvertOutput,
    DetectShape,
    DifferenceShape,
    DiffOutput,
    DoctorOutput,
    ErrorOutput,
    ErrorShape,
    ExaminedFileShape,
    ExaminedTargetShape,
    FetchedSnapshotShape,
    FieldChangeShape,
    FindingShape,
    GovernedFileShape,
    HealthShape,
    InspectOutput,
    LinkShape,
    LockedFileShape,
    LockedPackageShape,
    LockedRuntimeShape,
    LockOutput,
    LockShape,
    LockWhyOutput,
    MissingDllShape,
    NotJudgedShape,
    OtherToolShape,
    PublisherShape,
    ReasonShape,
    RejectionShape,
    ReproduceOutput,
    SharedFilesShape,
    SignatureShape,
    SignOutput,
    SiteValueShape,
    StatementShape,
    TakenInputShape,
    TargetShape,
    TotalsShape,
    UncoveredShape,
    UnlikeMemberShape,
    UnreadShape,
    VerifyOutput,
    VexStatementShape,
    VulnerabilityShape,
    WhyOutput,
)
from bundler.present.rehearsal_json import rehearsal_terms
from bundler.trust.signature_check import count_signers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bundler.doctor import Finding
    from bundler.errors import BundleError
    from bundler.legacy import Converted
    from bundler.model.artifact import Artifact
    from bundler.model.dll import DllInfo
    from bundler.model.lock import LockedPackage, LockedRuntime
    from bundler.model.prerequisite import PrerequisiteInfo
    from bundler.model.service import ServiceInfo
    from bundler.model.target import Target
    from bundler.pack.comparison import Compared, Comparison
    from bundler.pack.inspection import Inspection, PackageLine
    from bundler.pack.reasons import Reason
    from bundler.pack.verify import VerifyReport
    from bundler.pipeline.app_control import ControlRules
    from bundler.pipeline.fetch_advisories import FetchedSnapshot
    from bundler.pipeline.lock_recipe import Locked
    from bundler.pipeline.locked_bundle import Built
    from bundler.pipeline.reproduction import Reproduction
    from bundler.pipeline.verified_publishers import VerifiedPublisher
    from bundler.resolve import Accepted, Rejected
    from bundler.trust.findings import Audit
    from bundler.trust.findings import Finding as VulnerabilityFinding
    from bundler.trust.signature_check import Verdict
    from bundler.trust.statement_file import CheckedStatement


def error_output(error: BundleError) -> ErrorOutput:
    return ErrorOutput(
        error=ErrorShape(
            reference=error.reference,
            message=error.message,
            context=error.context,
            hint=error.hint,
            exit_code=error.exit_code,
        )
    )


def lock_output(outcomes: Sequence[Locked]) -> LockOutput:
    return LockOutput(locks=tuple(map(_lock, outcomes)))


def _lock(locked: Locked) -> LockShape:
    lock = locked.lock
    return LockShape(
        path=str(locked.path),
        state=locked.state,
        target=_target(lock.target),
        uploaded_before=lock.uploaded_before.isoformat() if lock.uploaded_before else None,
        packages=tuple(_locked_package(each) for each in sorted(lock.packages, key=lambda each: each.name)),
        runtime=_locked_runtime(lock.runtime),
        boot=_locked_runtime(lock.boot) if lock.boot else None,
    )


def _target(target: Target) -> TargetShape:
    return TargetShape(python=target.python, platform=target.platform, abi=target.abi)


def _locked_package(package: LockedPackage) -> LockedPackageShape:
    return LockedPackageShape(
        name=package.name,
        version=package.version,
        kind=package.kind,
        requested=package.requested,
        dependencies=package.dependencies,
        file=_locked_file(package.file) if package.file else None,
    )


def _locked_runtime(runtime: LockedRuntime) -> LockedRuntimeShape:
    return LockedRuntimeShape(
        kind=runtime.kind,
        source=runtime.source,
        file=_locked_file(runtime.file) if runtime.file else None,
        signer=runtime.signer,
        member=runtime.member,
    )


def _locked_file(file: Artifact) -> LockedFileShape:
    return LockedFileShape(
        filename=file.filename,
        url=file.url,
        path=file.path,
        size=file.size,
        sha256=file.sha256,
    )


def lock_why_output(found: Mapping[Target, Sequence[Accepted | Rejected]]) -> LockWhyOutput:
    return LockWhyOutput(
        targets=tuple(
            ExaminedTargetShape(target=_target(target), files=tuple(map(_examined_file, files)))
            for target, files in found.items()
        )
    )


def _examined_file(file: Accepted | Rejected) -> ExaminedFileShape:
    from bundler.resolve import Rejected

    rejected = isinstance(file, Rejected)
    return ExaminedFileShape(
        filename=file.filename,
        version=file.version,
        accepted=not rejected,
        reason=file.reason if isinstance(file, Rejected) else None,
        details=(*file.details, *file.advice.splitlines()) if isinstance(file, Rejected) else (),
        last_resort=not isinstance(file, Rejected) and file.last_resort,
    )


def build_output(built: Sequence[Built], signatures: Sequence[Path] = ()) -> BuildOutput:
    return BuildOutput(
        bundles=tuple(
            BuiltBundleShape(
                path=str(each.written.path),
                size=each.written.size,
                sha256=each.written.sha256,
                release=each.layout.manifest.bundle.release,
                target=_target(each.target),
                lock=str(each.locked.path),
                signature=str(signature) if signature else None,
                provenance=str(each.written.statement) if each.written.statement is not None else None,
            )
            for each, signature in itertools.zip_longest(built, signatures)
        )
    )


def inspect_output(found: Inspection) -> InspectOutput:
    bundle, target, runtime, totals = found.bundle, found.target, found.runtime, found.totals
    return InspectOutput(
        bundle=BundleShape(
            name=bundle.name,
            version=bundle.version,
            release=bundle.release,
            publisher=bundle.publisher,
            sequence=bundle.sequence,
            not_after=bundle.not_after,
            display_name=bundle.display_name,
            icon=bundle.icon,
        ),
        created=found.created,
        target=BundleTargetShape(
            python=target.python,
            platform=target.platform,
            abi=target.abi,
            bits=target.bits,
            windows=target.windows,
        ),
        environment=found.environment,
        data=found.data,
        maker=found.maker,
        admin=found.admin,
        runtime=BundleRuntimeShape(
            kind=runtime.kind,
            source=runtime.source,
            sha256=runtime.sha256,
            signer=runtime.signer,
            directory=runtime.directory,
            all_users=runtime.all_users,
            size=runtime.size,
        ),
        boot_python=found.boot_python,
        packages=tuple(map(_package, found.packages)),
        seeds=tuple(map(_package, found.seeds)),
        site=tuple(
            SiteValueShape(
                name=each.name,
                type=each.type,
                choices=each.choices,
                pattern=each.pattern.text if each.pattern is not None else None,
                required=each.required,
                default=each.default,
                help=each.help,
                secret=each.secret,
            )
            for each in found.site
        ),
        files=tuple(
            BundleFileShape(file=each.file, destination=each.destination, template=each.template)
            for each in found.files
        ),
        checks=BundleChecksShape(imports=found.checks.imports, commands=found.checks.commands),
        dlls=tuple(map(_dll, found.dlls)),
        services=tuple(map(_service, found.services)),
        permissions=tuple(
            BundlePermissionShape(path=each.path, account=each.account, service=each.service, rights=each.rights)
            for each in found.permissions
        ),
        prerequisites=tuple(map(_prerequisite, found.prerequisites)),
        post_install=tuple(
            BundleCommandShape(command=each.command, undo=each.undo, needs_admin=each.needs_admin)
            for each in found.post_install
        ),
        shared=tuple(SharedFilesShape(winner=each.winner, loser=each.loser, paths=each.paths) for each in found.shared),
        rehearse=rehearsal_terms(found.rehearse),
        totals=TotalsShape(
            files=totals.files,
            size=totals.size,
            installed=totals.installed,
            packages=totals.packages,
            longest_path=totals.longest_path,
        ),
    )


def _package(package: PackageLine) -> BundlePackageShape:
    return BundlePackageShape(
        name=package.name,
        version=package.version,
        license=package.license,
        size=package.size,
        packed=package.packed,
        origin=package.origin,
        made_from=package.made_from,
        requested=package.requested,
        sha256=package.sha256,
        startup=package.startup,
        license_files=package.license_files,
        published_by=package.published_by,
        attestation=package.attestation,
    )


def _dll(dll: DllInfo) -> MissingDllShape:
    return MissingDllShape(
        name=dll.name,
        needed_by=dll.needed_by,
        delayed=dll.delayed,
        condition=dll.condition,
        redistributable=dll.redistributable,
        address=dll.address,
        silent=dll.silent,
        optional=dll.optional,
        brought_by=dll.brought_by,
        required=dll.required,
    )


def _service(service: ServiceInfo) -> BundleServiceShape:
    health = service.health
    return BundleServiceShape(
        name=service.name,
        command=service.command,
        directory=service.directory,
        account=service.account,
        password=service.password,
        start=service.start,
        display_name=service.display_name,
        description=service.description,
        environment=dict(service.environment),
        dependencies=service.dependencies,
        stop_timeout=service.stop_timeout,
        restart=service.restart,
        reset=service.reset,
        log_directory=service.log_directory,
        log_size=service.log_size,
        log_count=service.log_count,
        health=HealthShape(
            http=health.http, tcp=health.tcp, timeout=health.timeout, settle=health.settle, owner=health.owner
        )
        if health
        else None,
    )


def _prerequisite(prerequisite: PrerequisiteInfo) -> BundlePrerequisiteShape:
    detect = prerequisite.detect
    return BundlePrerequisiteShape(
        name=prerequisite.name,
        kind=prerequisite.kind,
        file=prerequisite.file,
        source=prerequisite.source,
        signer=prerequisite.signer,
        arguments=prerequisite.arguments,
        detect=DetectShape(
            registry=detect.registry,
            value=detect.value,
            view=detect.view,
            file=detect.file,
            at_least=detect.at_least,
        ),
        exit_codes=prerequisite.exit_codes,
        provides=prerequisite.provides,
        needs_admin=prerequisite.needs_admin,
    )


def verify_output(
    path: Path,
    report: VerifyReport,
    verdicts: Sequence[Verdict],
    statement: CheckedStatement | None,
    publishers: Sequence[VerifiedPublisher] = (),
) -> VerifyOutput:
    bundle = report.manifest.bundle
    return VerifyOutput(
        path=str(path),
        right=True,
        name=bundle.name,
        version=bundle.version,
        release=bundle.release,
        sequence=bundle.sequence,
        not_after=bundle.not_after,
        files=report.members,
        bytes=report.bytes,
        signers=count_signers(verdicts),
        signatures=tuple(
            SignatureShape(
                file=str(each.file),
                counted=bool(each.identities),
                identities=each.identities,
                key=each.key or None,
                reason=each.why or None,
            )
            for each in verdicts
        ),
        provenance=_statement(statement) if statement is not None else None,
        publishers=tuple(PublisherShape(package=each.name, published_by=each.by) for each in publishers),
    )


def _statement(checked: CheckedStatement) -> StatementShape:
    said = checked.said
    return StatementShape(
        file=str(checked.file),
        signatures=checked.signatures,
        signers=checked.signers,
        builder=said.builder,
        built_with=said.built_with,
        host=said.host,
        finished=said.finished,
        inputs=said.inputs,
    )


def sign_output(path: Path, signature: Path, statement: Path | None) -> SignOutput:
    return SignOutput(
        path=str(path), signature=str(signature), provenance=str(statement) if statement is not None else None
    )


def diff_output(found: Comparison) -> DiffOutput:
    return DiffOutput(
        before=_compared(found.before),
        after=_compared(found.after),
        differences=tuple(
            DifferenceShape(
                section=each.section,
                name=each.name or None,
                change=each.change,
                fields=tuple(
                    FieldChangeShape(field=field.field, before=field.before, after=field.after) for field in each.fields
                ),
            )
            for each in found.differences
        ),
    )


def app_control_output(found: ControlRules) -> AppControlOutput:
    return AppControlOutput(
        path=str(found.bundle),
        applocker=str(found.applocker),
        app_control=str(found.code_integrity),
        base_policy=found.base,
        files=tuple(
            GovernedFileShape(
                member=each.owner,
                path=each.path,
                collection=each.collection,
                size=each.size,
                sha256=each.sha256,
                publisher=each.publisher.name if each.publisher is not None else None,
                product=each.publisher.product if each.publisher is not None else None,
            )
            for each in found.files
        ),
        uncovered=tuple(UncoveredShape(what=each.what, why=each.why, advice=each.advice) for each in found.uncovered),
    )


def why_output(path: Path, found: Sequence[Reason]) -> WhyOutput:
    return WhyOutput(
        path=str(path),
        reasons=tuple(
            ReasonShape(
                role=each.role,
                name=each.name,
                version=each.version,
                requested=each.requested,
                chains=tuple(
                    tuple(LinkShape(name=one.name, version=one.version) for one in chain) for chain in each.chains
                ),
                builds=each.builds,
                file=each.file,
                origin=each.origin,
                made_from=each.made_from,
                rejected=tuple(RejectionShape(**dataclasses.asdict(one)) for one in each.rejected),
            )
            for each in found
        ),
    )


def reproduce_output(found: Reproduction) -> ReproduceOutput:
    return ReproduceOutput(
        path=str(found.bundle),
        against=str(found.against),
        verdict=found.verdict,
        sha256=found.wanted,
        made=found.made,
        files=found.members,
        members=tuple(
            UnlikeMemberShape(path=each.path, change=each.how, reason=each.why, details=each.details)
            for each in found.differences
        ),
        taken=tuple(TakenInputShape(file=name, reason=why) for name, why in found.taken),
        built_with=found.built_with,
        version=found.version,
        tools=tuple(OtherToolShape(name=name, then=then, now=now or None) for name, then, now in found.tools),
        output=str(found.path) if found.path is not None else None,
    )


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


def _compared(side: Compared) -> ComparedShape:
    return ComparedShape(
        path=str(side.path),
        kind=side.kind,
        name=side.name,
        version=side.version or None,
        target=side.target,
        size=side.size,
    )


def convert_output(found: Converted) -> ConvertOutput:
    from bundler.legacy import Kind

    kinds = {Kind.WININST: "wininst", Kind.BDIST_MSI: "bdist_msi", Kind.EGG: "egg"}
    return ConvertOutput(
        wheel=str(found.wheel),
        kind=kinds[found.kind],
        name=found.name,
        version=found.version,
        tag=found.tag,
        why=found.why,
        files=dict(found.files),
        dropped=found.dropped,
        post_install=found.post_install,
        warnings=found.warnings,
    )


def doctor_output(found: Sequence[Finding]) -> DoctorOutput:
    return DoctorOutput(
        findings=tuple(
            FindingShape(what=each.what, verdict=each.verdict, detail=each.detail, mend=each.fix) for each in found
        )
    )
