"""Files that somebody has open for a moment: how often they are tried, and what is given up at once. Nothing here waits."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.files import Files
from bundler.target.machine.patience import PAUSES, Alone
from bundler.target.steps.switch import put_program
from bundler.target.wheels.unpacking import write
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap
from tests.target.interpreters import running
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from collections.abc import Callable

ALWAYS = 10**6
PASSWORD = "/set:password=secret-words"


class HeldFiles(Files):
    """Each path of ``held`` is refused so many times."""

    def __init__(self, **held: int) -> None:
        super().__init__()
        self.held = held
        self.slept: list[float] = []
        self.tries = 0

    def is_held(self, error: OSError) -> bool:
        return error.errno == errno.EBUSY

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def _refuse(self, path: str) -> None:
        self.tries += 1
        name = Path(path).name
        if self.held.get(name, 0) > 0:
            self.held[name] -= 1
            raise OSError(errno.EBUSY, "in use", path)

    def _replace(self, source: str, destination: str) -> None:
        self._refuse(destination)
        Path(source).replace(destination)

    def _unlink(self, path: str) -> None:
        self._refuse(path)
        Path(path).unlink()


def test_an_empty_folder_that_somebody_has_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that holds something isn't tried at all, and one that is held for ever stays without an error."""
    files, real = HeldFiles(folder=2, held=ALWAYS), os.rmdir

    def rmdir(path: str) -> None:
        files._refuse(path)
        real(path)

    monkeypatch.setattr("bundler.target.machine.files.os.rmdir", rmdir)
    for name in ("folder", "held", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").write_bytes(b"")
    files.remove_empty(str(tmp_path / "folder"))
    assert (files.slept, (tmp_path / "folder").exists()) == (list(PAUSES[:2]), False)
    files.remove_empty(str(tmp_path / "full"))
    files.remove_empty(str(tmp_path / "no such folder"))
    assert len(files.slept) == 2
    files.remove_empty(str(tmp_path / "held"))
    assert (tmp_path / "held").is_dir()
    assert len(files.slept) == 2 + len(PAUSES)


def test_a_worker_waits_for_a_file_that_it_writes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages share it, and a scanner looks at the first one's: a worker has no machine to ask."""
    path, slept, left = tmp_path / "shared", [], [32, 5, 0]  # type: Path, list[float], list[int]
    path.write_bytes(b"first")

    def unlink(name: str) -> None:
        number = left.pop(0)
        if number:
            error = OSError(errno.EACCES, "in use", name)
            error.winerror = number  # type: ignore[attr-defined]
            raise error
        os.remove(name)  # noqa: PTH107 - `unlink` is this one

    monkeypatch.setattr("bundler.target.wheels.unpacking.os.unlink", unlink)
    monkeypatch.setattr(Alone, "sleep", lambda _, seconds: slept.append(seconds))
    write(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert (tuple(slept), left) == (PAUSES[:2], [])
    left[:] = [2]  # ERROR_FILE_NOT_FOUND has nothing to do with others
    with pytest.raises(OSError, match="in use"):
        write(str(path), b"third")
    assert len(slept) == 2


def written(files: Files, path: Path) -> None:
    files.write(str(path), b"new")


def unlinked(files: Files, path: Path) -> None:
    files.unlink(str(path))


def removed(files: Files, path: Path) -> None:
    files.remove_tree(str(path.parent))


def discarded(files: Files, path: Path) -> None:
    assert files.discard(str(path.parent)) == []


@pytest.mark.parametrize("way", [written, unlinked, removed, discarded])
def test_what_is_held_for_a_moment_is_tried_again(tmp_path: Path, way: Callable[[Files, Path], None]) -> None:
    path = tmp_path / "folder" / "current"
    path.parent.mkdir()
    for name in ("current", "another", "third"):
        (path.parent / name).write_bytes(b"old")
    files = HeldFiles(current=8, another=8, third=8)
    way(files, path)
    assert files.slept[:2] == list(PAUSES[:2])
    assert (path.read_bytes() if path.exists() else b"new") == b"new"


@pytest.mark.parametrize("way", [written, unlinked, removed])
def test_it_is_given_up_after_several_seconds(tmp_path: Path, way: Callable[[Files, Path], None]) -> None:
    path = tmp_path / "folder" / "current"
    path.parent.mkdir()
    path.write_bytes(b"old")
    files = HeldFiles(current=ALWAYS)
    with pytest.raises(OSError, match="in use"):
        way(files, path)
    assert tuple(files.slept) == PAUSES
    assert 5 < sum(PAUSES) < 15
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["current"]


def test_other_errors_are_no_matter_of_time(tmp_path: Path) -> None:
    class Full(HeldFiles):
        def _replace(self, source: str, destination: str) -> None:
            raise OSError(errno.ENOSPC, "the disk is full", source, None, destination)

    files = Full()
    with pytest.raises(OSError, match="full"):
        files.write(str(tmp_path / "file"), b"x")
    assert files.slept == []
    assert list(tmp_path.iterdir()) == []


def test_what_may_stay_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    files = HeldFiles(program=ALWAYS)
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "program").touch()
        assert files.discard(str(tmp_path / str(number))) == [str(tmp_path / str(number) / "program")]
    assert sum(files.slept) <= 30


def test_a_program_that_runs_is_renamed_and_not_waited_for(tmp_path: Path) -> None:
    path, old = tmp_path / "service.exe", tmp_path / "service.exe.1.old"
    path.write_bytes(b"runs")

    class Running(HeldFiles):
        def _replace(self, source: str, destination: str) -> None:
            if Path(destination).exists():
                raise OSError(errno.EBUSY, "in use", destination)
            Path(source).replace(destination)

    files = Running()
    put_program(own_host(files=files), str(path), b"new", str(old))
    assert (path.read_bytes(), old.read_bytes(), files.slept) == (b"new", b"runs", [])


@only_linux.SIMULATED
def test_a_whole_life_under_a_scanner(laid: Laid) -> None:
    """In every test of the simulated machine 5 of 100 changes of names are refused for 300 ms: here it is seen that they are."""
    quick = {"quick": str(running().path), "minor": running().minor, "identity": f"{running().version} 64"}
    refused = 0
    for arguments in (["/plan", PASSWORD], [PASSWORD], ["/verify"], ["/repair"], ["/uninstall"]):
        ran = bootstrap(laid, *arguments, **quick)  # type: ignore[arg-type]
        assert ran.code == 0, ran.out + ran.err
        refused += int((laid.temporary / "refused").read_text())
    assert refused > 5
    assert not os.path.lexists(laid.environment)
