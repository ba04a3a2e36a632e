"""Who may change a place is asked of all on the way to it."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import struct
import sys
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import scratch_folder
from bundler.owners import open_to_others
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = only_linux.MODES


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may enter, as pytest's own aren't."""
    with scratch_folder("owners-") as made:
        made.chmod(0o755)
        yield made


def folder(path: Path, mode: int = 0o755) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    return path


def test_what_only_we_may_write_is_closed(place: Path) -> None:
    assert open_to_others(folder(place / "a" / "b")) is None
    assert open_to_others(place / "a" / "b" / "not" / "there") is None


@pytest.mark.parametrize("mode", [0o757, 0o777, 0o702, 0o1777])
def test_what_everybody_may_write_is_open(place: Path, mode: int) -> None:
    found = open_to_others(folder(place / "a", mode))
    assert found is not None
    assert (found.path, found.owner, found.mode) == (place / "a", os.geteuid(), mode)
    assert f"mode {mode:04o}" in found.words


def test_a_folder_above_counts_unless_it_is_sticky(place: Path) -> None:
    below = folder(place / "a" / "b")
    folder(place / "a", 0o777)
    found = open_to_others(below)
    assert found is not None
    assert found.path == place / "a"
    folder(place / "a", 0o777 | stat.S_ISVTX)
    assert open_to_others(below) is None


def test_what_nobody_else_may_enter_is_closed_whatever_is_in_it(place: Path) -> None:
    below = folder(place / "a" / "b", 0o777)
    folder(place / "a", 0o700)
    assert open_to_others(below) is None
    assert open_to_others(below, strict=True) is not None


def test_links_are_followed_and_their_folders_asked(place: Path) -> None:
    closed, opened = folder(place / "closed" / "x"), folder(place / "open")
    (opened / "way").symlink_to(closed.parent)
    assert open_to_others(opened / "way" / "x") is None
    folder(opened, 0o777)
    found = open_to_others(opened / "way" / "x")
    assert found is not None
    assert found.path == opened
    # out of a folder that nobody else may enter, a link leads to one that everybody may write
    inner = folder(place / "inner", 0o700)
    (inner / "way").symlink_to("../open")
    assert open_to_others(inner / "way" / "z") == found
    (inner / "round").symlink_to("round")
    with pytest.raises(OSError, match="40 links"):
        open_to_others(inner / "round")


def test_whom_a_list_of_rights_names_is_another(place: Path) -> None:
    """Its right to write shows as the group's: of the account's private one that was nobody else's."""
    if sys.platform != "linux":
        pytest.skip("only Linux keeps lists in such a form")
    mine = folder(place / "a")
    everybody = 0xFFFFFFFF
    entries = ((1, 7, everybody), (2, 7, 60123), (4, 5, everybody), (16, 7, everybody), (32, 5, everybody))
    rights = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
    try:
        os.setxattr(mine, "system.posix_acl_access", rights)
    except OSError:
        pytest.skip("this file system knows no lists")
    assert stat.S_IMODE(mine.stat().st_mode) == 0o775
    assert open_to_others(mine) is not None


def test_the_private_group_is_no_other(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(own.pw_gid)
    if group.gr_name != own.pw_name or set(group.gr_mem) - {own.pw_name}:
        pytest.skip("this account has no group of its own")
    if any(each.pw_gid == own.pw_gid and each.pw_uid not in (0, own.pw_uid) for each in pwd.getpwall()):
        pytest.skip("another account has this one's group")
    os.chown(folder(place / "a"), -1, own.pw_gid)
    (place / "a").chmod(0o775)
    assert open_to_others(place / "a") is None
    assert open_to_others(place / "a", strict=True) is not None
    stranger = pwd.struct_passwd(("stranger", "x", 60123, own.pw_gid, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [own, stranger])
    assert open_to_others(place / "a") is not None, "the first group of another account"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_what_belongs_to_another_is_open(place: Path) -> None:
    mine = folder(place / "a")
    os.chown(mine, 1, -1)
    found = open_to_others(mine / "x")
    assert found is not None
    assert (found.path, found.owner) == (mine, 1)
    os.chown(mine, 0, 1)  # the group of somebody
    mine.chmod(0o775)
    assert open_to_others(mine / "x") is not None
    link = place / "link"
    link.symlink_to(folder(place / "b"))
    os.lchown(link, 1, -1)
    assert open_to_others(link) is not None
