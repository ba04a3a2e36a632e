"""What a service may make in its data folder: folders within folders, deeper than any program calls itself and than any path is long."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.posix import PosixFiles
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = only_linux.SIMULATED

DEEP = [("a", 1100), ("b" * 250, 60), ("\u00e4" * 120, 60)]
"""Names, and how many folders of that name lie within each other: the last two lead beyond 4096 bytes."""


def dig(folder: Path, name: str, depth: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        inner = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


@pytest.mark.parametrize(("name", "depth"), DEEP)
@pytest.mark.parametrize("way", [PosixFiles.discard, PosixFiles.remove_tree])
def test_a_folder_goes_however_deep_it_is(
    tmp_path: Path, way: Callable[[PosixFiles, str], list[str] | None], name: str, depth: int
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    dig(folder, name, depth)
    (folder / ".0.leaving").write_text("what comes up gets another name")
    assert not way(PosixFiles(), str(folder))
    assert not folder.exists()


@pytest.mark.parametrize(("name", "depth"), DEEP)
def test_what_no_path_leads_to_is_not_gone_through(tmp_path: Path, name: str, depth: int) -> None:
    dig(tmp_path, name, depth)
    files = PosixFiles()
    try:
        found = files.walk(str(tmp_path))
        assert len(files.folders(str(tmp_path))) == len(found) + (name == "a")
        assert (len(found) == depth) == (name == "a")
        assert len(files.sizes(str(tmp_path))) == len(found) > 10
    finally:
        files.discard(str(tmp_path / name))


def test_what_is_held_deep_down_stays_with_the_folders_above_it(tmp_path: Path) -> None:
    class Held(PosixFiles):
        def _unlink(self, path: str) -> None:
            if path.endswith("held"):
                raise PermissionError(13, "in use", path)
            super()._unlink(path)

    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "c").mkdir()
    for each in ("a/b/held", "a/b/other", "a/file", "c/file"):
        (folder / each).touch()
    assert Held().discard(str(folder)) == [str(folder / "a" / "b" / "held")]
    assert sorted(each.name for each in folder.rglob("*")) == ["a", "b", "held"]


@pytest.mark.parametrize(("name", "depth"), DEEP)
def test_a_service_can_not_make_its_environment_unremovable(tmp_path: Path, name: str, depth: int) -> None:
    one = lay(tmp_path, 1, running())
    did(one, PASSWORD)
    dig(one.data, name, depth)
    did(one, "/plan", "/uninstall", "/purge")
    did(one, "/uninstall", "/purge")
    assert not one.data.exists()
    assert not one.environment.exists()
