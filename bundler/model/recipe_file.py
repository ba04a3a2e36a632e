"""Reading a recipe's file: every fault at once, each with its key path.

What doesn't go together is looked at in the parts that could be decoded, so that a misspelled key elsewhere hides nothing.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.foreign import nul_places
from bundler.model.acceptance import AcceptanceTable, acceptance_faults
from bundler.model.codec import DecodeError, decode, key_path
from bundler.model.platforms import ONLY_THESE, PLATFORMS, platform_of
from bundler.model.prerequisite import PostInstallTable, PrerequisiteTable
from bundler.model.prerequisite_faults import (
    LOG,
    post_install_faults,
    post_install_texts,
    prerequisite_faults,
    prerequisite_texts,
)
from bundler.model.recipe import (
    BundleTable,
    ChecksTable,
    EnvironmentTable,
    FileTable,
    PackagesTable,
    Recipe,
    RuntimeTable,
    SiteTable,
    TargetTable,
)
from bundler.model.recipe_document import read_document
from bundler.model.recipe_faults import bundle_faults, check_faults, environment_faults, file_faults, package_faults
from bundler.model.recipe_parts import RecipeParts
from bundler.model.recipe_references import Known, references_in
from bundler.model.rehearsal import RehearseTable
from bundler.model.rehearsal_faults import rehearse_faults, rehearse_texts
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.service import PermissionTable, ServiceTable
from bundler.model.service_faults import is_package, permission_faults, service_faults, service_texts
from bundler.model.site_faults import same_names, site_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.model.platforms.target_platform import Platform
    from bundler.model.target import Target

_SITE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe; raises InputError (``recipe-unreadable``, ``recipe-malformed``, ``recipe-invalid``)."""
    data = read_document(path)
    recipe, faults = None, []
    try:
        recipe = dataclasses.replace(decode(Recipe, data), path=path.resolve())
    except DecodeError as error:
        faults = list(error.faults)
    parts = RecipeParts(data, recipe)
    faults += [
        *_target_faults(parts),
        *_table_faults(parts),
        *_reference_faults(parts),
        *_prerequisite_faults(parts),
        *_service_faults(parts),
        *_rehearse_faults(parts),
    ]
    seen = {each.where for each in faults}
    nul = sorted({key_path(each) for each in nul_places(data)})
    faults += [Fault(each, "holds a NUL character") for each in nul if each not in seen]
    if recipe is None or faults:
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise InputError(
            "recipe-invalid",
            f"{path} has {count}",
            faults=tuple(faults),
            hint="`bundle schema` prints every key with what it is for",
        )
    return recipe


def _target_faults(parts: RecipeParts) -> Iterator[Fault]:
    tables = parts.each(TargetTable, "target")
    if not tables and isinstance(parts.data.get("target", []), list):
        yield Fault("target", "at least one [[target]] is needed")
    seen = set()
    for i, table in enumerate(tables):
        where = f"target[{i}]"
        if table is None:
            continue
        try:
            target = table.target()
        except InputError as error:
            yield Fault(where, f"{error.message}; {error.hint}")
            continue
        if table.abi is not None and not re.fullmatch(f"cp{target.minor_version.replace('.', '')}[a-z]*", table.abi):
            yield Fault(f"{where}.abi", f"{table.abi!r} is not an ABI of Python {target.minor_version}")
        if target.slug in seen:
            yield Fault(where, f"{target} is there twice")
        seen.add(target.slug)
        yield from _runtime_faults(where, table.runtime, target)


def _runtime_faults(where: str, runtime: RuntimeTable, target: Target) -> Iterator[Fault]:
    if target.system is None:
        yield Fault(f"{where}.platform", ONLY_THESE)
    if target.version_info < (3, 5, 0) and target.minor_version != "2.7":
        yield Fault(f"{where}.python", "of the Pythons before 3.5 only 2.7 can be a target in this version")
    kind = RUNTIME_KINDS[runtime.kind]
    if kind.outside and runtime.directory is not None and target.system is not None:
        faults = target.system.paths.part_faults(runtime.directory)
        yield from (Fault(f"{where}.runtime.directory", fault) for fault in faults)
    if kind.installed and runtime.directory is None:
        yield Fault(f"{where}.runtime.directory", f"is missing: the {kind.name} needs the folder that Python goes to")
    pointless = {
        "directory": runtime.directory is not None and not kind.outside,
        "prepend-path": runtime.prepend_path and not kind.installed,
        "replace": runtime.replace and not kind.installed,
        "source": runtime.source is not None and kind.present,
        "sha256": runtime.sha256 is not None and kind.present,
    }
    why = "a Python that the target has already" if kind.present else "which lives inside the release"
    for key in (key for key, given in pointless.items() if given):
        yield Fault(f"{where}.runtime.{key}", f"means nothing for kind {kind.name!r}, {why}")
    if runtime.source is None and not (kind.has_address or kind.present):
        yield Fault(f"{where}.runtime.source", f"is missing: kind {kind.name!r} has no default address")


def _table_faults(parts: RecipeParts) -> Iterator[Fault]:
    """Of the tables that stand for themselves, each that could be decoded."""
    if (bundle := parts.part(BundleTable, "bundle")) is not None:
        yield from bundle_faults(bundle)
    if (packages := parts.part(PackagesTable, "packages")) is not None:
        yield from package_faults(packages)
    if (acceptance := parts.part(AcceptanceTable, "acceptance")) is not None:
        yield from acceptance_faults(acceptance)
    if (environment := parts.part(EnvironmentTable, "environment")) is not None:
        yield from environment_faults(environment, _platform(parts).paths)
    if (checks := parts.part(ChecksTable, "checks")) is not None:
        yield from check_faults(checks)
    yield from file_faults(_files(parts), _platform(parts).paths)


def _platform(parts: RecipeParts) -> Platform:
    """The system that the recipe is for: that of its first target which names one, else the first that there is."""
    tables = (each for each in parts.tables("target") if isinstance(each, dict))
    found = (platform_of(str(each.get("platform"))) for each in tables)
    return next((each for each in found if each is not None), PLATFORMS[0])


def _files(parts: RecipeParts) -> dict[int, FileTable]:
    """The extra files that could be decoded, by their place in the recipe."""
    return {i: table for i, table in enumerate(parts.each(FileTable, "file")) if table is not None}


def _known(parts: RecipeParts) -> Known:
    environment, sites = parts.part(EnvironmentTable, "environment"), _sites(parts)
    outlives = environment is None or environment.data is not None
    names = {"environment", "release", *(["data"] if outlives else []), *(f"site.{name}" for name in sites)}
    secrets = {f"site.{name}" for name, table in sites.items() if table is not None and table.secret}
    return Known(names=frozenset(names), secrets=frozenset(secrets))


def _sites(parts: RecipeParts) -> dict[str, SiteTable | None]:
    """By name; None: it couldn't be decoded."""
    sites = parts.data.get("site")
    return {name: parts.part(SiteTable, "site", name) for name in (sites if isinstance(sites, dict) else ())}


def _secrets(parts: RecipeParts) -> dict[str, bool]:
    """Whether each site value is secret, by name."""
    return {name: table is None or table.secret for name, table in _sites(parts).items()}


def _reference_faults(parts: RecipeParts) -> Iterator[Fault]:
    """``{…}`` in commands and destinations that nothing defines."""
    sites = parts.data.get("site")
    for name in sites if isinstance(sites, dict) else {}:
        if not _SITE_NAME.fullmatch(name):
            yield Fault(f"site.{name}", "a name has letters, digits and _, and begins with no digit")
    yield from same_names(sites if isinstance(sites, dict) else ())
    for name, table in _sites(parts).items():
        yield from site_faults(name, table) if table is not None else ()
    texts = []
    checks = parts.part(ChecksTable, "checks") or ChecksTable()
    for i, command in enumerate(checks.commands):
        texts += [(f"checks.commands[{i}][{k}]", word) for k, word in enumerate(command)]
    texts += [(f"file[{i}].destination", file.destination) for i, file in _files(parts).items()]
    known = _known(parts)
    for where, text in texts:
        yield from known.faults(where, text)


def _prerequisite_faults(parts: RecipeParts) -> Iterator[Fault]:
    """Of ``[[prerequisite]]`` and ``[[post-install]]``, each table that could be decoded."""
    known, names = _known(parts), set[str]()
    for i, table in enumerate(parts.each(PrerequisiteTable, "prerequisite")):
        if table is not None:
            where = f"prerequisite[{i}]"
            yield from prerequisite_faults(where, table, earlier=names)
            names.add(table.name.casefold())
            for place, text in prerequisite_texts(where, table):
                # it runs before there is a release
                yield from known.with_({LOG}, without={"release"}).faults(place, text)
    for i, command in enumerate(parts.each(PostInstallTable, "post-install")):
        if command is not None:
            where = f"post-install[{i}]"
            yield from post_install_faults(where, command)
            for place, text in post_install_texts(where, command):
                yield from known.faults(place, text)


def _service_faults(parts: RecipeParts) -> Iterator[Fault]:
    """Of ``[[service]]`` and ``[[permission]]``, each table that could be decoded."""
    known, names = _known(parts), set[str]()
    sites = _sites(parts)
    services = parts.each(ServiceTable, "service")
    table, paths = parts.part(EnvironmentTable, "environment"), _platform(parts).paths
    folder = table.path if table is not None else None
    for i, service in enumerate(services):
        if service is None:
            continue
        where = f"service[{i}]"
        yield from service_faults(where, service, paths, sites=sites, earlier=names, environment=folder)
        names.add(service.name.casefold())
        for place, text in service_texts(where, service):
            packages = [each for each in references_in(text) if is_package(each)]
            yield from known.with_(packages).faults(place, text, private=place.startswith(f"{where}.environment."))
    all_known = None not in services  # a table that couldn't be decoded may be the service that is meant
    for i, permission in enumerate(parts.each(PermissionTable, "permission")):
        if permission is not None:
            if all_known:
                yield from permission_faults(
                    f"permission[{i}]", permission, paths, services=names, sites=sites, environment=folder
                )
            yield from known.faults(f"permission[{i}].path", permission.path)
            yield from known.faults(f"permission[{i}].account", permission.account)
    if services:
        yield from _runtimes_of_one_user(parts)


def _rehearse_faults(parts: RecipeParts) -> Iterator[Fault]:
    table = parts.part(RehearseTable, "rehearse")
    if table is not None:
        known = _known(parts)
        yield from rehearse_faults(table, _platform(parts).paths, secrets=_secrets(parts))
        for where, text in rehearse_texts(table):
            yield from known.faults(where, text)


def _runtimes_of_one_user(parts: RecipeParts) -> Iterator[Fault]:
    for i in range(len(parts.tables("target"))):
        runtime = parts.part(RuntimeTable, "target", i, "runtime")
        if runtime is not None and RUNTIME_KINDS[runtime.kind].outside and not runtime.all_users:
            yield Fault(
                f"target[{i}].runtime.all-users",
                "must be true: a service's account can't use a Python that belongs to one user",
            )
