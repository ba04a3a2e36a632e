"""Folders that others may write to as well: what they rename there to look like what a killed run of ours left isn't removed by the next."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import remove_tree, scratch_folder, write_whole
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = only_linux.MODES


@pytest.fixture
def reached() -> Iterator[Path]:
    """A folder that others get to, as pytest's own aren't."""
    with scratch_folder("claims-of-others-") as folder:
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def mine(reached: Path) -> Path:
    """A folder of this account's that nobody else may write to."""
    folder = reached / "mine"
    folder.mkdir(mode=0o755)
    (folder / "kept").write_text("x")
    return folder


@pytest.fixture
def shared(reached: Path) -> Path:
    """Where others may make and rename things, as in a group's folder."""
    folder = reached / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def _claim(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def test_a_folder_that_others_renamed_is_not_a_left_one(mine: Path, shared: Path) -> None:
    _claim(shared / ".bundle-x.claim")  # any empty file of ours does
    mine.rename(shared / ".bundle-x")  # who can't remove what is in it can rename it
    write_whole(shared / "report.json", "{}")
    assert (shared / ".bundle-x" / "kept").exists()


def test_a_file_of_a_checkout_is_no_claim(mine: Path, reached: Path) -> None:
    (reached / ".bundle-x.claim").touch(mode=0o644)
    mine.rename(reached / ".bundle-x")
    write_whole(reached / "report.json", "{}")
    assert (reached / ".bundle-x" / "kept").exists()


def test_a_file_that_got_the_name_of_a_claim_stays(mine: Path, reached: Path) -> None:
    key = reached / "key"
    _claim(key)
    key.write_text("secret")
    (reached / ".bundle-x.claim").hardlink_to(key)
    (reached / "empty").touch(mode=0o600)
    (reached / ".bundle-y.claim").hardlink_to(reached / "empty")
    mine.rename(reached / ".bundle-y")
    write_whole(reached / "report.json", "{}")
    assert (reached / ".bundle-y" / "kept").exists()
    assert (reached / ".bundle-x.claim").read_text() == "secret"


def test_a_folder_that_becomes_a_link_while_it_is_removed(
    mine: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removal = shutil.rmtree

    def meanwhile(folder: Path, **options: object) -> None:
        """What another account does, which owns the folder that ours stands in: as much time as it likes, by many files that can't be removed."""
        if folder.parent == shared:
            folder.rename(shared / "aside")
            folder.symlink_to(mine)
        else:
            removal(folder, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "rmtree", meanwhile)
    mode = mine.stat().st_mode
    with scratch_folder(".bundle-", shared):
        pass
    assert (mine / "kept").exists()
    assert mine.stat().st_mode == mode


def test_what_nobody_else_can_exchange_goes_all_the_same(shared: Path) -> None:
    shared.chmod(0o1777)  # as /tmp is
    folder = shared / ".bundle-x"
    folder.mkdir(mode=0o700)
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed").chmod(0)
    remove_tree(folder)
    assert not folder.exists()
