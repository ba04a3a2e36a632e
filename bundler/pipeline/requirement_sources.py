"""The requirements files, locks and local projects that a recipe names, read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.foreign import local_path
from bundler.pipeline.source_choice import from_source
from bundler.plain_file import real_path
from bundler.resolve import LockSelection, read_project_sources, read_requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.resolve import ProjectSources, RequirementsFile

FILE_ADDRESS = re.compile(r"(?<!\+)file:[^\s;#]+")
"""A place of this host in a requirement; ``git+file:`` is a repository."""


def requirements_files(recipe: Recipe, target: Target) -> list[RequirementsFile]:
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


def project_folders(recipe: Recipe, files: Sequence[RequirementsFile]) -> list[Path]:
    """Those of the local projects that the recipe and its files name, by their addresses too."""
    wanted = (*recipe.packages.requirements, *(each.requirement for file in files for each in file.wanted))
    addressed = (local_place(found[0]) for each in wanted if (found := FILE_ADDRESS.search(each)))
    return [
        *(recipe.folder / each.path for each in recipe.packages.projects),
        *(each.path for file in files for each in file.projects),
        *(each for each in addressed if each is not None and each.is_dir()),
    ]


def project_sources(recipe: Recipe, files: Sequence[RequirementsFile], target: Target) -> ProjectSources:
    """What these projects, and those that they lead to, say of where packages come from."""
    groups: dict[Path, tuple[str, ...]] = {}
    for each in recipe.packages.projects:  # one folder may be named twice
        place = recipe.folder / each.path
        groups[place] = (*groups.get(place, ()), *each.groups)
    return read_project_sources(project_folders(recipe, files), target, groups)


def project_folder(recipe: Recipe, number: int) -> Path:
    """Where the recipe's project of this number lies; raises InputError (``project-missing``)."""
    folder = real_path(recipe.folder / recipe.packages.projects[number].path)
    if not folder.is_dir():
        raise InputError(
            "project-missing",
            f"packages.projects[{number}]: there is no folder {folder}",
            hint="its path is relative to the recipe",
        )
    return folder


def local_place(address: str) -> Path | None:
    """None: the address isn't one of this host."""
    try:
        return Path(local_path(address))
    except ValueError:
        return None
