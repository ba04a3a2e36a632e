"""A source tree to build in: an sdist unpacked, or a copy of a local project."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BuildError, InputError
from bundler.formats.archives.unpacking import newest_entry, unpack
from bundler.isolation.checkout import checkout_of, is_inside
from bundler.plain_file import hash_of, leads_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What is made from a project and not part of it; setuptools puts what lies in build/lib into every wheel.
_MADE = frozenset(
    {"__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "node_modules"}
)
_MADE_BY_SETUPTOOLS = ("lib", "lib.", "bdist.", "temp.", "scripts-")


_MOST = 1_000_000
"""Files and folders of one project."""

EARLIEST, LATEST = 315532800, 4354819199
"""The first and the last second that a zip can hold, in seconds since 1970."""


def time_of(source: Path) -> int:
    """The time that the build of ``source`` sees where nobody says another, in seconds since 1970: that of an sdist's newest entry.

    A folder's files have their times of this host and of whoever checked them out: it has the earliest that a zip can hold. Raises
    IntegrityError where the sdist can't be read.
    """
    return EARLIEST if source.is_dir() else min(max(newest_entry(source), EARLIEST), LATEST)


def open_source(source: Path, folder: Path) -> Path:
    """Make a tree of ``source`` (an sdist's file or a project's folder) below ``folder``, not there yet, and return its root.

    The source itself stays as it is. Raises BuildError (``source-missing``, ``sdist-layout``, ``not-a-project``,
    ``project-unreadable``), or what unpacking raises.
    """
    if source.is_dir():
        return copy_project(source, folder)
    if not source.is_file():
        raise BuildError("source-missing", f"there is no {source}")
    unpack(source, folder, sdist=True)
    roots = [each for each in folder.iterdir() if each.name != "pax_global_header"]
    if len(roots) != 1 or not roots[0].is_dir():
        raise BuildError(
            "sdist-layout",
            f"{source.name} is not an sdist: it must hold one folder, not {len(roots)} things",
            hint="an sdist holds NAME-VERSION/ and everything in it (PEP 517)",
        )
    return roots[0]


def copy_project(project: Path, folder: Path, *, most: int = _MOST) -> Path:
    """Copy a project's files into ``folder``, without caches, environments and what earlier builds left.

    Raises BuildError (``not-a-project``, ``project-unreadable``), InputError (``source-place-outside``).
    """
    project = project.resolve()
    if not any((project / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
        raise BuildError(
            "not-a-project",
            f"{project} is not a Python project",
            hint="a project's folder holds a pyproject.toml or a setup.py",
        )

    walk = _Walk(project, most)

    def ignore(where: str, names: list[str]) -> set[str]:
        return set(names).difference(walk.kept(Path(where), names))

    destination = folder / project.name
    try:
        shutil.copytree(project, destination, ignore=ignore)
    except (shutil.Error, OSError) as error:
        raise BuildError("project-unreadable", f"{project} can't be copied: {str(error)[:300]}") from None
    return destination


def project_digest(project: Path, *, most: int = _MOST) -> str:
    """sha256 over what ``copy_project`` copies: paths, contents, and who may run a file. Raises OSError, BuildError (``project-unreadable``),
    InputError (``source-place-outside``).
    """
    project = project.resolve()
    digest = hashlib.sha256()
    for path in _Walk(project, most).files(project):
        runs = path.stat().st_mode & 0o111
        digest.update(
            f"{path.relative_to(project).as_posix()}\0{runs}\0{hash_of(path)}\n".encode(errors="surrogateescape")
        )
    return digest.hexdigest()


class _Walk:
    """What belongs to a project, in its folders and in those that links in it lead to."""

    def __init__(self, project: Path, most: int) -> None:
        self._project, self._most = project, most
        self._whole = checkout_of(project)
        self._seen = 0

    def files(self, folder: Path) -> Iterator[Path]:
        for name in sorted(self.kept(folder, os.listdir(folder))):  # noqa: PTH208 - as copytree does
            path = folder / name
            if path.is_dir():
                yield from self.files(path)
            else:
                yield path

    def kept(self, folder: Path, names: Iterable[str]) -> list[str]:
        """Of the names in a folder, those that belong to it. Raises BuildError (``project-unreadable``), InputError (``source-place-outside``)."""
        found = [
            name
            for name in names
            if not _is_made(folder / name, self._project) and _is_plain(folder / name, self._project)
        ]
        for each in (folder / name for name in found):
            if leads_elsewhere(each.lstat()) and not is_inside(each, self._whole):
                raise InputError(
                    "source-place-outside",
                    f"the link {each} leads out of {self._whole}, and a build would read what lies there",
                    hint="put what the project needs into its checkout (.git), or remove the link: a checkout of others could show builds any file of yours",
                )
        self._seen += len(found)
        if self._seen > self._most:
            raise BuildError(
                "project-unreadable",
                f"{self._project} holds more than {self._most:,} files and folders",
                hint="a link to a folder stands for all that is in it, each time: are there links that lead to each other?",
            )
        return found


def _is_made(path: Path, project: Path) -> bool:
    if path.name in _MADE or (path / "pyvenv.cfg").is_file():
        return True
    if path.name.endswith(".egg-info") and path.is_dir():
        # its own lies beside its packages; inside of one it is another distribution's, which the package carries along
        inside = path.relative_to(project).parents[:-1]
        return not any((project / each / "__init__.py").is_file() for each in inside)
    return path.parent == project / "build" and path.name.startswith(_MADE_BY_SETUPTOOLS) and path.is_dir()


def _is_plain(path: Path, project: Path) -> bool:
    """No pipe, no socket, no link to nothing, and no link to a folder that holds it or by which it was reached: that would never end."""
    if not path.is_dir():
        return path.is_file()
    if not path.is_symlink():
        return True
    real, above = path.resolve(), path.parent
    while not above.resolve().is_relative_to(real):
        if above in (project, above.parent):
            return True
        above = above.parent
    return False
