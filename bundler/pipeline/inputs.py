"""What a recipe and the files that it names ask for: the resolver's request, the indexes, and a digest over it all."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from bundler.errors import BundleError, Fault, InputError
from bundler.fetch import PipSettings, default_index
from bundler.foreign import local_path, read_file
from bundler.model.lock_file import FORMAT
from bundler.model.recipe_file import load_recipe
from bundler.resolve import (
    ALL,
    IndexRoute,
    LocalProject,
    LockSelection,
    Request,
    Wanted,
    claimed,
    clean_url,
    group_requirements,
    read_project_sources,
    read_requirements,
    shown_url,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bundler.model.lock import LockedPackage
    from bundler.model.recipe import Recipe, TargetTable
    from bundler.model.target import Target
    from bundler.pipeline.session import Session
    from bundler.resolve import ProjectSources, RequirementsFile
    from bundler.resolve.request import Sdists


_FILE_ADDRESS = re.compile(r"(?<!\+)file:[^\s;#]+")
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\;#]+")


def recipe_of(session: Session, path: Path) -> Recipe:
    """Load a recipe; the addresses in it, and in the requirements files that it names, are the user's own."""
    recipe = load_recipe(path)
    session.name_addresses(_addresses(recipe))
    return recipe


def _addresses(recipe: Recipe) -> Iterator[str]:
    yield from _ADDRESS.findall(json.dumps(dataclasses.asdict(recipe), default=str))
    for target in (table.target() for table in recipe.target):
        with contextlib.suppress(BundleError):  # whoever needs the files says what is wrong with them
            files = _requirements_files(recipe, target)
            yield from (index.url for file in files for index in file.indexes)
            yield from (
                found for file in files for wanted in file.wanted for found in _ADDRESS.findall(wanted.requirement)
            )
            yield from (index.url for index in _project_sources(recipe, files, target).pins)


def index_routes(
    session: Session, recipe: Recipe, more: tuple[IndexRoute, ...] = (), pins: tuple[IndexRoute, ...] = ()
) -> tuple[IndexRoute, ...]:
    """The indexes that serve this recipe: ``--index`` overrides those without patterns, pip's are the default.

    ``pins`` are those of its projects, which don't count for packages that the recipe itself gives an index.
    """
    named = tuple(IndexRoute(each.url, each.packages) for each in recipe.packages.indexes)
    pinned = tuple(each for each in named if each.packages)
    free = [(each.url, [name for name in each.packages if not claimed(name, pinned)]) for each in pins]
    pinned += tuple(IndexRoute(url, tuple(names)) for url, names in free if names)
    general = tuple(each for each in (*named, *more) if not each.packages)
    if session.index_origin == "--index" or not general:
        general = tuple(IndexRoute(each) for each in session.indexes)
    return (*pinned, *general)


def digest_of_inputs(recipe: Recipe, table: TargetTable) -> str:
    """sha256 over all that decides a lock: the recipe's packages and target, what its files say, its projects' own declarations."""
    files = _requirements_files(recipe, table.target())
    folders = _folders(recipe, files)
    sources = _project_sources(recipe, files, table.target())
    folders += sources.folders
    # a lock from before "sdists" and "source" asked for the same, and what may lack something when it is built is chosen all the same
    packages = dataclasses.asdict(dataclasses.replace(recipe.packages, incomplete=()))
    del packages["shared_files"], packages["toolset"]  # they are asked for when the bundle is made
    packages["source"] = {name: table.said() for name, table in recipe.packages.source.items()}
    if not packages["build_constraints"]:
        del packages["build_constraints"]
    # and so did one from before projects could be tables
    packages["projects"] = [each.path if each.plain else dataclasses.asdict(each) for each in recipe.packages.projects]
    if not packages["lock_extras"]:
        del packages["lock_extras"]
    if packages["lock_groups"] is None:
        del packages["lock_groups"]
    declared = [folder / name for folder in folders for name in ("pyproject.toml", "setup.cfg", "setup.py")]
    said: dict[str, Any] = {
        "format": FORMAT,
        "target": dataclasses.asdict(table),
        "packages": {
            key: value
            for key, value in packages.items()
            if (key, value) not in (("sdists", "fallback"), ("source", {}))
        },
        "files": [_said(each, recipe.folder) for each in files],
        # a checkout on Windows may have other line ends
        "projects": [
            hashlib.sha256(read_file(path).replace(b"\r\n", b"\n")).hexdigest() if path.is_file() else None
            for path in declared
        ],
    }
    if own := sources.said(recipe.folder):
        said["sources"] = own
    if accepted := recipe.acceptance.said():
        said["acceptance"] = accepted
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _requirements_files(recipe: Recipe, target: Target) -> list[RequirementsFile]:
    """All of them; raises InputError with the faults of all."""
    found, broken = [], []
    packages = recipe.packages
    selection = LockSelection(
        target=target,
        extras=packages.lock_extras,
        groups=packages.lock_groups,
        from_source=None if packages.sdists == "prefer" else from_source(recipe),
    )
    for each in recipe.packages.files:
        try:
            found.append(read_requirements(recipe.folder / each, selection=selection))
        except InputError as error:
            broken.append(error)
    if len(broken) > 1:
        raise InputError(
            "requirements-invalid",
            "requirements files can't be used",
            context=tuple(line for each in broken for line in (each.message, *each.context)),
            hint="; ".join(dict.fromkeys(each.hint for each in broken if each.hint)),
        )
    if broken:
        raise broken[0]
    return found


def _folders(recipe: Recipe, files: Sequence[RequirementsFile]) -> list[Path]:
    """Those of the local projects that the recipe and its files name, by their addresses too."""
    wanted = (*recipe.packages.requirements, *(each.requirement for file in files for each in file.wanted))
    addressed = (_local(found[0]) for each in wanted if (found := _FILE_ADDRESS.search(each)))
    return [
        *(recipe.folder / each.path for each in recipe.packages.projects),
        *(each.path for file in files for each in file.projects),
        *(each for each in addressed if each is not None and each.is_dir()),
    ]


def _project_sources(recipe: Recipe, files: Sequence[RequirementsFile], target: Target) -> ProjectSources:
    groups: dict[Path, tuple[str, ...]] = {}
    for each in recipe.packages.projects:  # one folder may be named twice
        place = recipe.folder / each.path
        groups[place] = (*groups.get(place, ()), *each.groups)
    return read_project_sources(_folders(recipe, files), target, groups)


def _local(address: str) -> Path | None:
    try:
        return Path(local_path(address))
    except ValueError:
        return None


def _portable(requirement: str, folder: Path) -> str:
    """A requirement with a path of this host as it is seen from ``folder``."""

    def relative(found: re.Match[str]) -> str:
        place = _local(found[0])
        try:
            return found[0] if place is None else Path(os.path.relpath(place, folder)).as_posix()
        except ValueError:  # another drive
            return found[0]

    return _FILE_ADDRESS.sub(relative, requirement)


def _said(file: RequirementsFile, folder: Path) -> list[Any]:
    """What a requirements file asks for, those that it names included, wherever the checkout lies."""
    return [
        [_portable(each.requirement, folder) for each in file.wanted],
        [_portable(each.requirement, folder) for each in file.constraints],
        [[os.path.relpath(each.path, folder), *each.extras] for each in file.projects],
        [
            *(each.url for each in file.indexes),
            *(each.requirement for each in file.extra_indexes),
            *(f"{each.url} {' '.join(each.packages)}" for each in file.pins),
        ],
        sorted((name, sorted(hashes)) for name, hashes in file.hashes.items()),
        sorted(file.prereleases),
        file.sdists,
    ]


def request_for(session: Session, recipe: Recipe, target: Target, preferences: Mapping[str, str]) -> Request:
    """What the recipe and the files that it names ask the resolver."""
    packages = recipe.packages
    files = _requirements_files(recipe, target)
    projects = [
        LocalProject(_project_folder(recipe, i), tuple(map(canonicalize_name, each.extras)))
        for i, each in enumerate(packages.projects)
    ]
    grouped = [
        wanted
        for i, each in enumerate(packages.projects)
        for wanted in group_requirements(projects[i].path, each.groups, f"packages.projects[{i}].groups")
    ]
    hashes: dict[str, frozenset[str]] = {}
    for file in files:
        hashes |= file.hashes
    sources = _project_sources(recipe, files, target)
    more = tuple(each for file in files for each in file.indexes)
    asked = [Fault(f"{file}: {index.where}", index.url) for index, file in sources.general]
    asked += [Fault(each.origin, each.requirement) for file in files for each in file.extra_indexes]
    _demand_named(session, recipe, asked, more)
    prereleases = {each if each == ALL else canonicalize_name(each) for each in packages.prereleases}
    return Request(
        target=target,
        wanted=(
            *(Wanted(each, f"packages.requirements[{i}]") for i, each in enumerate(packages.requirements)),
            *(each for file in files for each in file.wanted),
            *grouped,
        ),
        constraints=(
            *(Wanted(each, f"packages.constraints[{i}]") for i, each in enumerate(packages.constraints)),
            *(each for file in files for each in file.constraints),
            *sources.constraints,
        ),
        projects=(*projects, *(each for file in files for each in file.projects)),
        prereleases=frozenset(prereleases.union(*(file.prereleases for file in files))),
        indexes=index_routes(session, recipe, more, (*sources.pins, *_own_indexes(files))),
        preferences=preferences,
        hashes=hashes,
        sdists=_sdists(recipe, files),
        build=from_source(recipe),
        supplied=sources.supplied,
    )


def _own_indexes(files: Sequence[RequirementsFile]) -> tuple[IndexRoute, ...]:
    """Those that locks name, but for pip's usual one, which this host may be configured to reach elsewhere."""
    pins = [each for file in files for each in file.pins]
    usual = _bare(default_index(PipSettings())) if pins else ""
    return tuple(each for each in pins if _bare(each.url) != usual)


def _demand_named(session: Session, recipe: Recipe, found: Sequence[Fault], more: tuple[IndexRoute, ...]) -> None:
    """Raise InputError (``index-unnamed``) where a requirements file or a project's tool has an index (``found``: its address, and where
    it stands) that nothing of the recipe names: what comes from there would come from another one, or could be a stranger's.
    """
    if session.index_origin == "--index" or not found:
        return
    urls = (*(each.url for each in recipe.packages.indexes), *(each.url for each in more), *session.indexes)
    named = {*map(_bare, urls), _bare(default_index(PipSettings()))}
    unnamed = tuple(Fault(each.where, shown_url(each.message)) for each in found if _bare(each.message) not in named)
    if unnamed:
        raise InputError(
            "index-unnamed",
            "packages may come from an index that the recipe doesn't name",
            faults=unnamed,
            hint='name it in the recipe with what comes from there: [packages] indexes = [{ url = "…", packages = ["NAME"] }]; '
            "or name all indexes, in the order in which they are to be asked",
        )


def _bare(url: str) -> str:
    return clean_url(url).rstrip("/")


def _sdists(recipe: Recipe, files: Sequence[RequirementsFile]) -> Sdists:
    if not any(file.sdists == "never" for file in files):
        return recipe.packages.sdists
    if recipe.packages.sdists == "prefer":
        raise InputError(
            "sdists-contradict",
            'packages.sdists is "prefer", and a requirements file says --only-binary :all:',
            context=tuple(recipe.packages.files),
            hint="take one of the two out",
        )
    return "never"


def from_source(recipe: Recipe) -> frozenset[str]:
    return frozenset(map(canonicalize_name, recipe.packages.build))


def incomplete(recipe: Recipe) -> frozenset[str]:
    """The packages (normalized names) that may be built without extension modules which their builds call optional."""
    return frozenset(map(canonicalize_name, recipe.packages.incomplete))


def source_reason(recipe: Recipe, name: str) -> str:
    """Where the recipe says that the package ``name`` (normalized) comes from source although there may be a wheel; empty: nowhere."""
    if name in from_source(recipe):
        return "packages.build names it"
    return 'packages.sdists is "prefer"' if recipe.packages.sdists == "prefer" else ""


def report_unused(session: Session, recipe: Recipe, request: Request, packages: Sequence[LockedPackage]) -> None:
    """Names in ``packages.build`` and ``packages.source`` that nothing asks for: a misspelled one must not pass for a promise."""
    keys = {"packages.build": request.build, "packages.source": set(map(canonicalize_name, recipe.packages.source))}
    for key, names in keys.items():
        for name in sorted(names - {each.name for each in packages}):
            session.reporter.warn(
                "build-unused", f"{key} names {name}, which is not a package of this bundle for {request.target}"
            )


def _project_folder(recipe: Recipe, number: int) -> Path:
    folder = (recipe.folder / recipe.packages.projects[number].path).resolve()
    if not folder.is_dir():
        raise InputError(
            "project-missing",
            f"packages.projects[{number}]: there is no folder {folder}",
            hint="its path is relative to the recipe",
        )
    return folder
