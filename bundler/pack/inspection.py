"""What ``bundle inspect`` tells, as data."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.dll import DllInfo
from bundler.model.manifest import BundleInfo, ChecksInfo, FileInfo, SharedFiles, SiteInfo, TargetInfo
from bundler.model.policy import needs_admin
from bundler.model.prerequisite import PostInstallInfo, PrerequisiteInfo
from bundler.model.rehearsal import RehearseInfo
from bundler.model.service import PermissionInfo, ServiceInfo
from bundler.pack.names import LICENCES, licence_folder
from bundler.pack.publishers import publishers_inside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.model.manifest import Manifest, WheelInfo
    from bundler.pack.reading import Bundle


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PackageLine:
    """One package. ``size`` in bytes once unpacked, ``packed`` of the wheel; ``license`` empty: not stated; ``startup``: files that decide what code runs whenever Python starts;
    ``license_files``: the texts of its licence, as members of the bundle. ``published_by``: as its index said it, empty: it said nothing;
    ``attestation``: the member that says it.
    """

    name: str
    version: str
    license: str
    size: int
    packed: int
    origin: str
    made_from: str | None
    requested: bool
    sha256: str
    startup: tuple[str, ...]
    license_files: tuple[str, ...]
    published_by: str = ""
    attestation: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeLine:
    """``signer`` None: unsigned; ``directory`` None: inside the release; ``size`` in bytes once installed. ``source`` and ``sha256`` are empty
    where the target has its Python already.
    """

    kind: str
    source: str
    sha256: str
    signer: str | None
    directory: str | None
    all_users: bool
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """``size`` in bytes of all files of the bundle, ``installed`` of runtime and packages on the target; ``longest_path`` in the bundle."""

    files: int
    size: int
    installed: int
    packages: int
    longest_path: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    bundle: BundleInfo
    created: str
    target: TargetInfo
    environment: str
    data: str | None
    maker: str
    admin: bool
    runtime: RuntimeLine
    boot_python: str
    packages: tuple[PackageLine, ...]
    seeds: tuple[PackageLine, ...]
    site: tuple[SiteInfo, ...]
    files: tuple[FileInfo, ...]
    checks: ChecksInfo
    dlls: tuple[DllInfo, ...]
    services: tuple[ServiceInfo, ...]
    permissions: tuple[PermissionInfo, ...]
    prerequisites: tuple[PrerequisiteInfo, ...]
    post_install: tuple[PostInstallInfo, ...]
    shared: tuple[SharedFiles, ...]
    rehearse: RehearseInfo
    totals: Totals

    @property
    def all_packages(self) -> tuple[PackageLine, ...]:
        """Those of the application, and what makes the environment."""
        return (*self.packages, *self.seeds)


def inspect_bundle(bundle: Bundle) -> Inspection:
    """Everything of a bundle that a person wants to see. Says what manifest and lock say: ``verify_bundle`` compares the files with it."""
    found = bundle_contents(bundle.manifest)
    publishers = {each.wheel: each for each in publishers_inside(bundle).values()}

    def published(line: PackageLine) -> PackageLine:
        by = publishers.get(line.sha256)
        return line if by is None else dataclasses.replace(line, published_by=by.by, attestation=by.document)

    return dataclasses.replace(
        found, packages=tuple(map(published, found.packages)), seeds=tuple(map(published, found.seeds))
    )


def bundle_contents(manifest: Manifest) -> Inspection:
    """What the manifest says."""
    runtime = manifest.runtime
    return Inspection(
        bundle=manifest.bundle,
        created=manifest.created,
        target=manifest.target,
        environment=manifest.environment.path,
        data=manifest.environment.data,
        maker=manifest.environment.maker,
        admin=needs_admin(manifest),
        runtime=RuntimeLine(
            kind=runtime.kind,
            source=runtime.source,
            sha256=runtime.sha256,
            signer=runtime.signer,
            directory=runtime.directory,
            all_users=runtime.all_users,
            size=runtime.size,
        ),
        boot_python=manifest.boot.python,
        packages=tuple(_lines(manifest.packages, manifest)),
        seeds=tuple(_lines(manifest.seeds, manifest)),
        site=manifest.site,
        files=manifest.files,
        checks=manifest.checks,
        dlls=manifest.dlls,
        services=manifest.services,
        permissions=manifest.permissions,
        prerequisites=manifest.prerequisites,
        post_install=manifest.post_install,
        shared=manifest.shared,
        rehearse=manifest.rehearse,
        totals=Totals(
            files=len(manifest.members),
            size=sum(each.size for each in manifest.members),
            installed=runtime.size + sum(each.size for each in manifest.packages),
            packages=len(manifest.packages),
            longest_path=max((len(each.path) for each in manifest.members), default=0),
        ),
    )


def _lines(wheels: Iterable[WheelInfo], manifest: Manifest) -> Iterable[PackageLine]:
    members = {each.path: each for each in manifest.members}
    texts: dict[str, list[str]] = {}
    for path in members:
        if path.startswith(LICENCES):
            texts.setdefault("/".join(path.split("/", 2)[:2]) + "/", []).append(path)
    for each in wheels:
        member = members.get(each.file)
        yield PackageLine(
            name=each.name,
            version=each.version,
            license=each.license,
            size=each.size,
            packed=member.size if member else 0,
            origin=each.origin,
            made_from=each.made_from,
            requested=each.requested,
            sha256=member.sha256 if member else "",
            startup=each.startup,
            license_files=tuple(texts.get(licence_folder(each.name, each.version), ())),
        )
