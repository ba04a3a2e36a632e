"""Who else than this account and root may change a file or a folder of this host, by owners and modes.

Windows' rights don't stand in what Python says of a file: there nobody is found.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import sys
from pathlib import Path

_LINKS = 40
"""On one way: as many as Linux follows (path_resolution(7))."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OpenPlace:
    """A file or folder that others may change, or put another in the place of what lies in it."""

    path: Path
    owner: int
    mode: int

    @property
    def words(self) -> str:
        """For an error's context."""
        return f"{self.path}: owner {self.owner}, mode {self.mode:04o}"


def open_to_others(path: Path, *, strict: bool = False) -> OpenPlace | None:
    """The first place on the way to ``path``, itself and links among it, that others may change; None: they can't, as far as it is there.

    In a folder above that is sticky (/tmp) others may make files, and move none of ours. But for ``strict``, what lies in a folder that
    nobody else may enter is closed to them, and the account's private group is no other. Raises OSError.
    """
    if os.name == "nt":
        return None
    for _ in range(_LINKS):
        found = _walked(Path(os.path.abspath(path)), strict=strict)  # noqa: PTH100 -- links stay: who may change one chooses the way
        if not isinstance(found, Path):
            return found
        path = found
    raise OSError(f"more than {_LINKS} links lead on to {path}")


def open_inside(folder: Path, depth: int) -> OpenPlace | None:
    """The same of folders and links in a folder, so many within each other: who made them may have let others in. Raises OSError."""
    if os.name == "nt":
        return None
    with os.scandir(folder) as entries:
        for each in entries:
            try:
                state = each.stat(follow_symlinks=False)
            except FileNotFoundError:  # another run's, and gone
                continue
            is_folder = stat.S_ISDIR(state.st_mode)
            if not is_folder and not stat.S_ISLNK(state.st_mode):
                continue
            doubtful = state.st_uid not in (0, os.geteuid()) or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            found = open_to_others(Path(each.path)) if doubtful else None
            if found is None and is_folder and depth > 1:
                found = open_inside(Path(each.path), depth - 1)
            if found is not None:
                return found
    return None


def _walked(path: Path, *, strict: bool) -> OpenPlace | Path | None:
    """A Path: where a link on the way leads."""
    closed = False
    for here in (*reversed(path.parents), path):
        try:
            found = here.lstat()
        except FileNotFoundError:
            return None
        link = stat.S_ISLNK(found.st_mode)
        mode = 0 if link else stat.S_IMODE(found.st_mode)  # a link's own says nothing
        group = mode & stat.S_IWGRP and (strict or not _is_own_group(found.st_gid) or _has_a_list(here))
        may_write = (group or mode & stat.S_IWOTH) and (here == path or not mode & stat.S_ISVTX)
        if not closed and (may_write or found.st_uid not in (0, os.geteuid())):
            return OpenPlace(path=here, owner=found.st_uid, mode=mode)
        if link:
            return here.parent / here.readlink() / path.relative_to(here)
        closed = not strict and (closed or (stat.S_ISDIR(found.st_mode) and not mode & (stat.S_IXGRP | stat.S_IXOTH)))
    return None


def _is_own_group(number: int) -> bool:
    """Whether it is the account's private group, as most Linuxes make one for each: then a umask that lets it write lets in nobody."""
    import grp  # not on Windows
    import pwd

    try:
        own, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    if group.gr_gid != own.pw_gid or group.gr_name != own.pw_name or not set(group.gr_mem) <= {own.pw_name}:
        return False
    # whose first group it is stands in no list of its members
    return not any(each.pw_gid == number and each.pw_uid not in (0, own.pw_uid) for each in pwd.getpwall())


def _has_a_list(path: Path) -> bool:
    """Whether rights stand in an access control list (acl(5)): the mode's bits of the group are then the most that anybody named in it has."""
    if sys.platform != "linux":
        return False
    try:
        return bool(os.getxattr(path, "system.posix_acl_access"))
    except OSError:
        return False
