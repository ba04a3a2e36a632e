"""Which file goes where in a bundle, and the manifest that says so. Nothing is written here."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import Fault, InputError, IntegrityError
from bundler.formats.core_metadata import CoreMetadata
from bundler.formats.icon import LARGEST, check_icon
from bundler.model.bundle_files import ATTESTATIONS, BILL, LOCK, MANIFEST, README, RECIPE, SUMS, TELLING
from bundler.model.manifest import (
    FORMAT,
    BootInfo,
    FileInfo,
    Manifest,
    Member,
    bundle_info,
    checks_info,
    environment_info,
    file_info,
    runtime_info,
    site_infos,
    target_info,
)
from bundler.model.manifest_encoding import encode_manifest
from bundler.model.platforms import demand_platform
from bundler.model.prerequisite import CheckedInstaller, post_install_infos, prerequisite_info
from bundler.model.recipe_encoding import encode_recipe
from bundler.model.rehearsal import rehearse_info
from bundler.model.service import permission_infos, service_infos
from bundler.pack.boot_entries import boot_entries, own_library
from bundler.pack.command_programs import check_programs
from bundler.pack.copying import source_stream
from bundler.pack.draft import Draft
from bundler.pack.entry import Entry, bytes_entry, stored_entry
from bundler.pack.environment_files import check_installed
from bundler.pack.installed_places import check_places
from bundler.pack.names import path_faults, safe_name, unique
from bundler.pack.shipped import shipped, target_folder
from bundler.pack.sums import encode_sums
from bundler.pack.templates import check_templates
from bundler.pack.wheels import ContentReader, ReadWheel, read_wheels, wheel_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bundler.model.artifact import StoredFile, WheelFile
    from bundler.model.lock import Lock
    from bundler.model.platforms.target_platform import Platform
    from bundler.model.prerequisite import PrerequisiteInfo
    from bundler.model.recipe import FileTable
    from bundler.pack.bundle_input import BundleOrder, BundleParts, PackedRuntime

_ICON = "icon.ico"
_DIGEST_LENGTH = 8


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A whole bundle before it is written; ``entries`` in the order of the archive, the manifest and the sums first.

    ``metadata``: what each wheel says of itself, by normalized name; where one makes the environment and another one is a package, the latter.
    """

    manifest: Manifest
    entries: tuple[Entry, ...]
    metadata: Mapping[str, CoreMetadata]

    @property
    def size(self) -> int:
        return sum(each.size for each in self.entries)

    @property
    def longest_path(self) -> int:
        """Characters of the longest path inside the bundle."""
        return max(len(each.path) for each in self.entries)


def readme_of(platform: Platform) -> Callable[[Manifest], bytes]:
    """Who writes README.txt for a system: the module of its name."""
    found: Callable[[Manifest], bytes] = importlib.import_module(
        f"bundler.pack.{platform.name.lower()}_readme"
    ).operators_readme
    return found


def lay_out(
    order: BundleOrder,
    parts: BundleParts,
    runtime: PackedRuntime,
    *,
    created: datetime.datetime,
    ours: Path | None = None,
    content: ContentReader = wheel_content,
) -> Layout:
    """Say what the bundle of ``order`` consists of; the same for the same input, wherever and whenever.

    ``ours`` is ``bundler/target``; ``content`` reads a wheel. Raises InputError (``file-empty``, ``file-unfit``, ``installed-path-too-long``, ``names-unfit``, ``program-unknown``), IntegrityError
    (``wheels-differ``, ``wheel-malformed``, ``wheel-unfit``, ``member-empty``) and HostError (``shims-missing``).
    """
    recipe, lock, installer = order.recipe, order.lock, runtime.installer
    platform = demand_platform(lock.target.platform)
    wheels = read_wheels([*parts.wheels, *parts.seeds], lock.target, content)
    read = wheels[: len(parts.wheels)]
    packages = _in_order(read, lock)
    files = {wheel.filename: each.files for wheel, each in zip(parts.wheels, read, strict=True)}
    makers = sorted(wheels[len(parts.wheels) :], key=lambda each: each.frozen)
    check_programs(recipe, [each.programs for each in packages], platform)
    check_templates(parts.files, recipe.site)
    placed, placed_entries = _extra_files(parts.files, platform)
    needed, needed_entries = _prerequisites(parts.prerequisites, lock)
    started, placeholders = boot_entries(runtime.boot)
    started += own_library(runtime.boot, lock.target)
    file = lock.runtime.file
    installed = f"runtime/{safe_name(file.filename)}" if installer is not None and file is not None else None
    manifest = Manifest(
        format=FORMAT,
        bundle=bundle_info(recipe.bundle, icon=_ICON if parts.icon is not None else None),
        created="",
        target=target_info(lock.target, windows=runtime.windows),
        boot=BootInfo(python=f"boot/{runtime.boot.python}", placeholders=placeholders),
        runtime=runtime_info(order.table.runtime, lock.runtime, file=installed, size=runtime.size),
        environment=environment_info(recipe.environment, maker=runtime.maker),
        seeds=tuple(each.info for each in makers),
        packages=tuple(each.info for each in packages),
        frozen=tuple(sorted(each.frozen for each in packages)),
        site=site_infos(recipe.site),
        files=placed,
        checks=checks_info(recipe.checks),
        members=(),
        dlls=tuple(parts.dlls),
        services=service_infos(recipe.service, data=recipe.environment.data is not None),
        permissions=permission_infos(recipe.permission, recipe.service),
        prerequisites=needed,
        post_install=post_install_infos(recipe.post_install),
        shared=check_installed(parts.wheels, files, platform),
        rehearse=rehearse_info(recipe.rehearse),
    )
    inside = runtime.boot.paths if installer is None else ()
    check_places(manifest, files, platform, environment=recipe.environment, runtime=inside)
    entries = [
        *started,
        *placed_entries,
        *needed_entries,
        *(_wheel(each) for each in (*parts.wheels, *parts.seeds)),
        *(bytes_entry(each.path, each.content) for wheel in (*packages, *makers) for each in wheel.licences),
        *(stored_entry(f"{ATTESTATIONS}{safe_name(name)}", file) for name, file in parts.attestations),
        *(
            bytes_entry(each.path, each.content)
            for each in shipped(
                ours or target_folder(),
                lock.target.platform,
                services=bool(recipe.service),
                signed=parts.programs,
            )
        ),
        bytes_entry(LOCK, order.lock_text.encode()),
        bytes_entry(RECIPE, encode_recipe(recipe, order.table).encode()),
        bytes_entry(README, readme_of(platform)(manifest)),
    ]
    if parts.icon is not None:
        entries.append(_icon(parts.icon))
    if installer is not None and installed is not None:
        entries.append(stored_entry(installed, installer))
    entries = _distinct(entries)
    if parts.bill is not None:
        entries.append(bytes_entry(BILL, parts.bill(_draft(manifest, entries, (*packages, *makers)))))
    manifest, entries = _finish(manifest, entries, created)
    metadata: dict[str, CoreMetadata] = {
        canonicalize_name(each.info.name): each.metadata for each in (*makers, *packages)
    }
    return Layout(manifest=manifest, entries=tuple(entries), metadata=metadata)


def _draft(manifest: Manifest, entries: Sequence[Entry], wheels: Sequence[ReadWheel]) -> Draft:
    return Draft(
        manifest=dataclasses.replace(manifest, members=_members(sorted(entries, key=lambda each: each.path))),
        metadata={canonicalize_name(each.info.name): each.metadata for each in wheels},
        contents={each.sha256: each.source for each in entries if isinstance(each.source, bytes)},
    )


def _members(entries: Sequence[Entry]) -> tuple[Member, ...]:
    return tuple(Member(path=each.path, size=each.size, sha256=each.sha256) for each in entries)


def _finish(manifest: Manifest, entries: Sequence[Entry], created: datetime.datetime) -> tuple[Manifest, list[Entry]]:
    """Name the release after its content, list the members, check their names."""
    ordered = sorted(entries, key=lambda each: each.path)
    faults = tuple(path_faults([*sorted((MANIFEST, SUMS)), *(each.path for each in ordered)]))
    if faults:
        raise InputError("names-unfit", "files have names that a bundle can't hold", faults=faults)
    if empty := [each.path for each in ordered if not each.size]:
        raise IntegrityError("member-empty", "a bundle holds no empty file", context=tuple(empty))
    members = _members(ordered)
    # neither the time nor the release's own name belongs to the content, nor what tells of it: the same content is the same release
    told = dataclasses.replace(manifest, members=tuple(each for each in members if each.path not in TELLING))
    digest = hashlib.sha256(encode_manifest(told)).hexdigest()[:_DIGEST_LENGTH]
    manifest = dataclasses.replace(manifest, members=members)
    release = dataclasses.replace(manifest.bundle, release=f"{manifest.bundle.version}-{digest}")
    moment = created.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = dataclasses.replace(manifest, bundle=release, created=moment)
    contract = bytes_entry(MANIFEST, encode_manifest(manifest))
    sums = bytes_entry(SUMS, encode_sums({each.path: each.sha256 for each in (*ordered, contract)}))
    return manifest, [contract, sums, *ordered]


def _in_order(wheels: Sequence[ReadWheel], lock: Lock) -> list[ReadWheel]:
    """The lock's order, and each of its packages exactly once."""
    by_name = {canonicalize_name(each.info.name): each for each in wheels}
    faults = [
        f"{name}: there is a wheel, but the lock has no such package"
        for name in sorted(by_name.keys() - {canonicalize_name(each.name) for each in lock.packages})
    ]
    ordered = []
    for package in lock.packages:
        found = by_name.get(canonicalize_name(package.name))
        if found is None:
            faults.append(f"{package.name}: there is no wheel of it")
            continue
        if package.kind != "directory" and Version(found.info.version) != Version(package.version):
            faults.append(f"{package.name}: the wheel is {found.info.version}, the lock says {package.version}")
        ordered.append(found)
    if faults or len(by_name) != len(wheels):
        raise IntegrityError(
            "wheels-differ",
            "the wheels are not those that the lock asks for",
            context=tuple(faults or ["a package has two wheels"]),
            hint="run `bundle lock RECIPE --refresh`",
        )
    return ordered


def _extra_files(
    files: Sequence[tuple[FileTable, StoredFile]], platform: Platform
) -> tuple[tuple[FileInfo, ...], list[Entry]]:
    taken: dict[str, int] = {}
    infos, entries, faults = [], [], []
    for i, (table, stored) in enumerate(files):
        if not stored.size:
            faults.append(Fault(f"file[{i}].source", f"{table.source} is empty, and a bundle holds no empty file"))
        path = unique(f"files/{safe_name(platform.paths.file_name(table.destination))}", taken)
        infos.append(file_info(table, path))
        entries.append(stored_entry(path, stored))
    if faults:
        raise InputError("file-empty", "extra files must not be empty", faults=tuple(faults))
    return tuple(infos), entries


def _icon(file: StoredFile) -> Entry:
    with source_stream(file.path) as stream:
        content = stream.read(LARGEST + 1)
    check_icon(content, "bundle.icon")
    return bytes_entry(_ICON, content)


def _prerequisites(given: Sequence[CheckedInstaller], lock: Lock) -> tuple[tuple[PrerequisiteInfo, ...], list[Entry]]:
    taken: dict[str, int] = {}
    infos, entries = [], []
    for each in given:
        path = unique(f"prerequisites/{safe_name(each.filename)}", taken)
        infos.append(prerequisite_info(each, file=path, bits=lock.target.bits))
        entries.append(stored_entry(path, each.file))
    return tuple(infos), entries


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    """One entry a path where several say the very same, such as a wheel that is both a seed and a package."""
    found: dict[tuple[str, str], Entry] = {}
    for each in entries:
        found.setdefault((each.path, each.sha256), each)
    return list(found.values())


def _wheel(wheel: WheelFile) -> Entry:
    return stored_entry(f"wheels/{wheel.filename}", wheel.file)
