"""Workspaces: which projects belong together according to the one that has the table."""

from __future__ import annotations

import configparser
import itertools
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from bundler.errors import BuildError
from bundler.foreign import read_text
from bundler.resolve.folder_patterns import EndlessPatternError, FolderPatterns
from bundler.resolve.tool_tables import Workspace, stated_name, stated_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_MOST_MEMBERS = 1000
"""Projects of one workspace; a pattern that finds more was meant otherwise."""


class Workspaces:
    """Those that projects belong to. ``load`` reads a folder's pyproject.toml; each workspace is looked for once."""

    def __init__(self, load: Callable[[Path], Mapping[str, Any]]) -> None:
        self._load = load
        self._known: dict[Path, tuple[frozenset[Path], Mapping[str, Path]]] = {}

    def of(self, folder: Path) -> tuple[Path, Mapping[str, Path]] | None:
        """The root of the workspace that ``folder`` belongs to, and all its members by name; None: it belongs to none.

        Raises BuildError (``pyproject-invalid``) where the pyproject.toml of ``folder`` can't be read, or the workspace is without end.
        """
        for root in (folder, *folder.parents):
            if not _may_speak(root, folder):
                continue
            try:
                workspace = stated_workspace(self._load(root))
            except BuildError:
                if root == folder:
                    raise
                continue  # something that isn't this project's
            if workspace is None:
                continue
            if root not in self._known:
                self._known[root] = self._members(root, workspace)
            places, named = self._known[root]
            return (root, named) if folder in places else None  # uv: such a project stands alone
        return None

    def _members(self, root: Path, workspace: Workspace) -> tuple[frozenset[Path], Mapping[str, Path]]:
        places = [root, *_member_folders(root, workspace)]
        named = ((stated_name(self._load(each)) or _name_beside(each), each) for each in places)
        return frozenset(places), {name: place for name, place in named if name}


def _name_beside(folder: Path) -> str:
    """What a project calls itself in setup.cfg, normalized, where its pyproject.toml has no name; empty: neither has."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(folder / "setup.cfg"))
        return canonicalize_name(parser.get("metadata", "name", fallback=""))
    except (OSError, ValueError, configparser.Error):
        return ""


def _may_speak(root: Path, folder: Path) -> bool:
    """Whether ``root`` has a pyproject.toml that speaks for the project in ``folder``: in a folder like /tmp anybody could write one."""
    try:
        owner = (root / "pyproject.toml").stat().st_uid
        return (root / "pyproject.toml").is_file() and owner in (folder.stat().st_uid, 0)
    except OSError:
        return False


def _member_folders(root: Path, workspace: Workspace) -> list[Path]:
    patterns = FolderPatterns(root)
    try:
        left_out = {each for pattern in workspace.exclude for each in patterns.matching(pattern)}
        found = (each for pattern in workspace.members for each in patterns.matching(pattern))
        members = (each for each in found if each not in left_out and (each / "pyproject.toml").is_file())
        return list(itertools.islice(dict.fromkeys(members), _MOST_MEMBERS))
    except EndlessPatternError as error:
        raise BuildError(
            "pyproject-invalid",
            f"the members of {workspace.where} in {root / 'pyproject.toml'} can't be found: {error}",
            hint="name their folders more closely, without ** and without links that lead to each other",
        ) from None
