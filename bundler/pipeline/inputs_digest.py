"""A digest over all that decides a lock, which the lock holds: another one says that it is stale."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.foreign import read_file
from bundler.model.lock_file import FORMAT
from bundler.pipeline.requirement_sources import (
    FILE_ADDRESS,
    local_place,
    project_folders,
    project_sources,
    requirements_files,
)

if TYPE_CHECKING:
    import re

    from bundler.model.recipe import Recipe, TargetTable
    from bundler.resolve import RequirementsFile


def digest_of_inputs(recipe: Recipe, table: TargetTable) -> str:
    """sha256 over all that decides a lock: the recipe's packages and target, what its files say, its projects' own declarations."""
    files = requirements_files(recipe, table.target())
    folders = project_folders(recipe, files)
    sources = project_sources(recipe, files, table.target())
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


def _portable(requirement: str, folder: Path) -> str:
    """A requirement with a path of this host as it is seen from ``folder``."""

    def relative(found: re.Match[str]) -> str:
        place = local_place(found[0])
        try:
            return found[0] if place is None else Path(os.path.relpath(place, folder)).as_posix()
        except ValueError:  # another drive
            return found[0]

    return FILE_ADDRESS.sub(relative, requirement)
