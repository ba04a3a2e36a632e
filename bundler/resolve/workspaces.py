"""Workspaces: which projects belong together according to the one that has the table."""

from __future__ import annotations

import configparser
import itertools
import os
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from bundler.errors import BuildError
from bundler.foreign import read_text
from bundler.resolve.tool_tables import Workspace, stated_name, stated_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_MOST_MEMBERS = 1000
"""Projects of one workspace; a pattern that finds more was meant otherwise."""


def workspace_of(folder: Path, load: Callable[[Path], Mapping[str, Any]]) -> tuple[Path, Mapping[str, Path]] | None:
    """The root of the workspace that ``folder`` belongs to, and all its members by name; None: it belongs to none.

    ``load`` reads a folder's pyproject.toml. Raises BuildError (``pyproject-invalid``) where that of ``folder`` can't be read.
    """
    for root in (folder, *folder.parents):
        if not _may_speak(root, folder):
            continue
        try:
            workspace = stated_workspace(load(root))
        except BuildError:
            if root == folder:
                raise
            continue  # something that isn't this project's
        if workspace is None:
            continue
        places = [root, *_member_folders(root, workspace)]
        if folder not in places:
            return None  # uv: such a project stands alone
        named = ((stated_name(load(each)) or _name_beside(each), each) for each in places)
        return root, {name: place for name, place in named if name}
    return None


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
    left_out = {each for pattern in workspace.exclude for each in _globbed(root, pattern)}
    found = (each for pattern in workspace.members for each in _globbed(root, pattern))
    members = (each for each in found if each not in left_out and (each / "pyproject.toml").is_file())
    return list(itertools.islice(members, _MOST_MEMBERS))


def _globbed(root: Path, pattern: str) -> list[Path]:
    pattern = os.path.normpath(pattern).replace("\\", "/")
    if pattern == ".":
        return [root]
    try:
        return sorted(each for each in root.glob(pattern) if each.is_dir())
    except (ValueError, NotImplementedError, OSError):
        return []
