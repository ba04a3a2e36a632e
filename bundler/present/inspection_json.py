"""What is inside a bundle as the shapes of ``bundler.present.inspection_shapes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.inspection_shapes import (
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
    DetectShape,
    HealthShape,
    InspectOutput,
    MissingDllShape,
    SharedFilesShape,
    SiteValueShape,
    TotalsShape,
)
from bundler.present.rehearsal_json import rehearsal_terms

if TYPE_CHECKING:
    from bundler.model.dll import DllInfo
    from bundler.model.prerequisite import PrerequisiteInfo
    from bundler.model.service import ServiceInfo
    from bundler.pack.inspection import Inspection, PackageLine


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
