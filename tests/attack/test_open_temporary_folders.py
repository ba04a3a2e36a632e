"""A folder for temporary files that several share, and in which others may put a folder of theirs in the place of ours."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import new_folder, remove_tree, scratch_folder
from bundler.owners import open_to_others
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What TMPDIR names, where others reach it, as pytest's own folders aren't."""
    with scratch_folder("temporary-of-others-") as folder:
        folder.chmod(0o755)
        place = folder / "shared"
        place.mkdir()
        place.chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        yield place


@only_linux.MODES
def test_nothing_that_is_believed_or_run_lies_there(shared: Path) -> None:
    with scratch_folder("scratch-") as scratch:
        assert not scratch.is_relative_to(shared)
        assert open_to_others(scratch) is None
    folder = new_folder("kept-")
    assert not folder.is_relative_to(shared)
    remove_tree(folder)
    assert not list(shared.iterdir())


@only_linux.MODES
def test_where_nobody_may_move_what_is_anothers_it_is_used(shared: Path) -> None:
    shared.chmod(0o1777)
    with scratch_folder("scratch-") as scratch:
        assert scratch.parent == shared


@only_linux.MODES
def test_a_folder_that_is_asked_for_lies_where_it_is_asked_for(shared: Path) -> None:
    with scratch_folder("scratch-", shared) as scratch:
        assert scratch.parent == shared


@only_linux.MODES
def test_where_all_are_open_it_is_made_all_the_same(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundler.atomic._USUAL", (str(shared), str(shared / "none")))
    with scratch_folder("scratch-") as scratch:
        assert scratch.parent == shared


@only_linux.MODES
@pytest.mark.parametrize(("mode", "goes"), [(0o1777, True), (0o777, False)])
def test_what_a_killed_process_gave_to_others_goes_where_nothing_is_exchanged(
    shared: Path, mode: int, goes: bool
) -> None:
    """A browser of a rehearsal has a folder that as root belongs to nobody; with the right to write it is as open to others."""
    left = shared / "scratch-left"
    left.mkdir()
    left.chmod(0o777)
    (shared / "scratch-left.claim").touch(mode=0o600)
    shared.chmod(mode)
    with scratch_folder("scratch-", shared):
        assert left.exists() is not goes
