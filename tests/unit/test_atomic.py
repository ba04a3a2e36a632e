from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler import atomic
from bundler.atomic import move, remove_tree, replace_folder, scratch_folder, write_whole
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scanner:
    """Denies the first renames as Windows does."""

    def __init__(self, denials: int, winerror: int | None = 32) -> None:
        self.left, self.winerror = denials, winerror
        self.waited: list[float] = []

    def rename(self, work: Path, final: Path) -> None:
        self.left -= 1
        if self.left >= 0:
            error = PermissionError(13, "denied", str(work))
            if self.winerror is not None:  # elsewhere there is no such attribute
                error.winerror = self.winerror  # type: ignore[attr-defined,unused-ignore]
            raise error
        work.replace(final)


def test_a_file_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    (tmp_path / "old").write_text("old", encoding="utf-8")
    move(tmp_path / "new", tmp_path / "old")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("winerror", [5, 32])
def test_who_looks_at_it_is_waited_for(tmp_path: Path, winerror: int) -> None:
    (tmp_path / "new").mkdir()
    scanner = Scanner(3, winerror)
    move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert (tmp_path / "final").is_dir()
    assert len(scanner.waited) == 3
    assert scanner.waited == sorted(scanner.waited)


def test_who_keeps_it_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    scanner = Scanner(1000)
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert 1 < sum(scanner.waited) < 3


@pytest.mark.parametrize("winerror", [2, None])
def test_other_refusals_are_told_at_once(tmp_path: Path, winerror: int | None) -> None:
    scanner = Scanner(1000, winerror)
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert not scanner.waited


class TestReplacingAFolder:
    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path, Path]:
        """What is new, the name that it gets, and where an old one goes."""
        work, final, aside = (tmp_path / each for each in ("work", "final", "aside"))
        for each in (work, final, aside):
            each.mkdir()
        (work / "who").write_text("new", encoding="utf-8")
        (final / "who").write_text("old", encoding="utf-8")
        return work, final, aside

    def test_the_old_one_goes(self, folders: tuple[Path, Path, Path]) -> None:
        work, final, aside = folders
        replace_folder(work, final, aside)
        assert (final / "who").read_text(encoding="utf-8") == "new"
        assert not work.exists()

    def test_others_who_do_the_same_have_their_turn(self, folders: tuple[Path, Path, Path]) -> None:
        work, final, aside = folders
        others = ["moves the old one away", "has the name", "has the name"]

        def rename(source: Path, place: Path) -> None:
            if others and (source == work) == (others[0] == "has the name"):
                if others.pop(0) == "has the name":
                    final.mkdir()
                    (final / "who").write_text("another", encoding="utf-8")
                else:
                    final.replace(aside / "by another")
            source.replace(place)

        replace_folder(work, final, aside, rename=rename, sleep=lambda _: None)
        assert (final / "who").read_text(encoding="utf-8") == "new"
        assert not others

    def test_one_that_cant_be_replaced_stays(self, folders: tuple[Path, Path, Path]) -> None:
        work, final, aside = folders

        def rename(source: Path, place: Path) -> None:
            if source == work:
                raise PermissionError(13, "denied", str(source))
            source.replace(place)

        with pytest.raises(PermissionError):
            replace_folder(work, final, aside, rename=rename)
        assert (final / "who").read_text(encoding="utf-8") == "old"
        assert (work / "who").read_text(encoding="utf-8") == "new"

    def test_others_without_end_are_an_error(self, folders: tuple[Path, Path, Path]) -> None:
        work, final, aside = folders

        def rename(source: Path, place: Path) -> None:
            if source == work:
                final.mkdir(exist_ok=True)
                (final / "who").write_text("another", encoding="utf-8")
            source.replace(place)

        with pytest.raises(OSError, match=re.escape(work.name)):
            replace_folder(work, final, aside, rename=rename, sleep=lambda _: None)
        assert (final / "who").read_text(encoding="utf-8") == "another"


@pytest.mark.linux_only("handles of folders")
def test_any_number_of_files_in_one_folder_is_removed_in_little_memory(tmp_path: Path) -> None:
    """200,000 took 66 MB, and a large disk has room for tens of millions."""
    for number in range(20_000):
        (tmp_path / "many").mkdir(exist_ok=True)
        (tmp_path / "many" / f"{number:0200}").touch()
    tracemalloc.start()
    remove_tree(tmp_path / "many")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not (tmp_path / "many").exists()
    assert most < 1 << 20


def test_a_tree_is_removed_and_what_links_lead_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with scratch_folder("test-", tmp_path) as folder:
        deep = folder / "a" / "b" / "c"
        deep.mkdir(parents=True)
        (deep / "file").write_bytes(b"x")
        (deep / "file").chmod(0o400)
        (folder / "a" / "b").chmod(0o500)
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
    remove_tree(tmp_path / "nothing")


class TestProcessesThatAreKilled:
    """What they were making goes with the next that makes something there, and never before its time."""

    @pytest.fixture
    def other(self, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
        program = (
            "import sys; from pathlib import Path; from bundler.atomic import scratch_folder\n"
            "with scratch_folder('.made-', Path(sys.argv[1])) as folder:\n"
            "    (folder / 'half').touch(); print(folder, flush=True); sys.stdin.read()"
        )
        command = [sys.executable, "-c", program, str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield process, Path(process.stdout.readline().strip())
            process.kill()

    def test_while_it_runs_its_folder_stays(self, other: tuple[subprocess.Popen[str], Path], tmp_path: Path) -> None:
        process, theirs = other
        with scratch_folder(".made-", tmp_path) as ours:
            assert (ours != theirs, (theirs / "half").exists()) == (True, True)
        process.communicate()
        assert list(tmp_path.iterdir()) == []

    def test_once_it_was_killed_the_next_removes_it(
        self, other: tuple[subprocess.Popen[str], Path], tmp_path: Path
    ) -> None:
        process, theirs = other
        process.kill()
        process.wait()
        with scratch_folder(".others-", tmp_path):
            assert theirs.is_dir(), "another prefix is another's"
        with scratch_folder(".made-", tmp_path) as ours:
            assert sorted(each.name for each in tmp_path.iterdir()) == [ours.name, f"{ours.name}.claim"]
        assert list(tmp_path.iterdir()) == []

    def test_one_that_sweeps_between_a_claim_and_its_lock_takes_nothing_that_is_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock = atomic._locked
        swept: list[int] = []

        def swept_before(handle: int) -> bool:
            if not swept:
                swept.append(handle)
                atomic._sweep(tmp_path, ".made-")
            return lock(handle)

        monkeypatch.setattr(atomic, "_locked", swept_before)
        with scratch_folder(".made-", tmp_path) as folder:
            (folder / "whole").touch()
        assert swept
        assert list(tmp_path.iterdir()) == []

    def test_what_nobody_claimed_is_somebodys(self, tmp_path: Path) -> None:
        (tmp_path / ".made-by hand").mkdir()
        (tmp_path / ".made-folder.claim").mkdir()
        with scratch_folder(".made-", tmp_path):
            pass
        assert sorted(each.name for each in tmp_path.iterdir()) == [".made-by hand", ".made-folder.claim"]

    @only_linux.LINKS
    def test_a_claim_that_is_a_link_removes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        (tmp_path / ".made-x").mkdir()
        (tmp_path / ".made-x.claim").symlink_to("file")
        with scratch_folder(".made-", tmp_path):
            pass
        assert (tmp_path / ".made-x").is_dir()
        assert (tmp_path / "file").read_text() == "x"


@pytest.mark.linux_only("links, and rights that close a folder")
def test_links_and_closed_folders(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_bytes(b"x")
    folder = tmp_path / "folder"
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner" / "to kept").symlink_to(tmp_path / "kept")
    (folder / "to kept").symlink_to(tmp_path / "kept")
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0)
    remove_tree(folder)
    assert not folder.exists()
    assert (tmp_path / "kept" / "file").exists()


class Held:
    """Removes a folder once whoever has a file in it open has let go of it, after ``tries``."""

    def __init__(self, tries: int) -> None:
        self.tries = tries
        self.waited: list[float] = []

    def once(self, folder: Path) -> None:
        self.tries -= 1
        if self.tries < 0:
            folder.rmdir()


def test_what_somebody_has_open_is_tried_again_on_windows(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    held = Held(3)
    remove_tree(folder, once=held.once, sleep=held.waited.append, patient=True)
    assert not folder.exists()
    assert len(held.waited) == 3
    assert held.waited == sorted(held.waited)


def test_what_stays_open_stays_and_is_no_error(tmp_path: Path) -> None:
    held = Held(1000)
    remove_tree(tmp_path, once=held.once, sleep=held.waited.append, patient=True)
    assert tmp_path.exists()
    assert sum(held.waited) < 3


def test_elsewhere_nobody_is_waited_for(tmp_path: Path) -> None:
    held = Held(1)
    remove_tree(tmp_path, once=held.once, sleep=held.waited.append, patient=False)
    assert (held.tries, held.waited) == (0, [])


def test_a_file_is_whole_at_any_time_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("others'")
    place = tmp_path / "report.html"
    place.symlink_to("elsewhere")
    write_whole(place, "über\n")
    assert (place.read_bytes(), place.is_symlink()) == ("über\n".encode(), False)
    with pytest.raises(UnicodeEncodeError):
        write_whole(place, "half \ud800")
    assert place.read_text("utf-8") == "über\n"
    assert (tmp_path / "elsewhere").read_text() == "others'"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "report.html"]


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_text("x")
    (tmp_path / "link").symlink_to("elsewhere")
    remove_tree(tmp_path / "link")
    assert (tmp_path / "elsewhere" / "precious").read_text() == "x"


@only_linux.LINKS
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """As root the system's own /dev/stdout would be gone."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(OSError, match="not a regular file"):
            write_whole(path, "x")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "pipe"]
