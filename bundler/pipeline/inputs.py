"""What a recipe and the files that it names ask for: the resolver's request, and the indexes."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import BundleError, Fault, InputError
from bundler.fetch import PipSettings, default_index
from bundler.model.recipe_file import load_recipe
from bundler.pipeline.requirement_sources import project_folder, project_sources, requirements_files
from bundler.pipeline.source_choice import from_source
from bundler.resolve import (
    ALL,
    IndexRoute,
    LocalProject,
    Request,
    Wanted,
    claimed,
    clean_url,
    group_requirements,
    shown_url,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bundler.model.lock import LockedPackage
    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.pipeline.session import Session
    from bundler.resolve import RequirementsFile
    from bundler.resolve.request import Sdists

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
            files = requirements_files(recipe, target)
            yield from (index.url for file in files for index in file.indexes)
            yield from (
                found for file in files for wanted in file.wanted for found in _ADDRESS.findall(wanted.requirement)
            )
            yield from (index.url for index in project_sources(recipe, files, target).pins)


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


def request_for(session: Session, recipe: Recipe, target: Target, preferences: Mapping[str, str]) -> Request:
    """What the recipe and the files that it names ask the resolver."""
    packages = recipe.packages
    files = requirements_files(recipe, target)
    projects = [
        LocalProject(project_folder(recipe, i), tuple(map(canonicalize_name, each.extras)))
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
    sources = project_sources(recipe, files, target)
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


def report_unused(session: Session, recipe: Recipe, request: Request, packages: Sequence[LockedPackage]) -> None:
    """Names in ``packages.build`` and ``packages.source`` that nothing asks for: a misspelled one must not pass for a promise."""
    keys = {"packages.build": request.build, "packages.source": set(map(canonicalize_name, recipe.packages.source))}
    for key, names in keys.items():
        for name in sorted(names - {each.name for each in packages}):
            session.reporter.warn(
                "build-unused", f"{key} names {name}, which is not a package of this bundle for {request.target}"
            )
