"""What is made of what programs of a session use."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import session_limits
from tests.unit.rehearse.wine.processes import make_process

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("memory", "count", "exceeded"),
    [(0, 0, None), (100 * 4096, 0, None), (99 * 4096, 0, "memory"), (0, 2, None), (0, 1, "processes")],
)
def test_more_than_the_limits_ends_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, count: int, exceeded: str | None
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(session_limits, "end_others", lambda: ended.append(True))
    make_process(tmp_path, 1, pages=(5000, 0))
    make_process(tmp_path, 2, pages=(90, 30))
    make_process(tmp_path, 3, pages=(40, 0))
    limits = session_limits.Limits(tmp_path, memory, count)
    limits.look()
    peak = 0 if exceeded == "processes" else 100 * 4096  # of too many none is looked at: a fork bomb is faster
    assert (limits.peak, limits.exceeded, bool(ended)) == (peak, exceeded, exceeded is not None)
    limits.look()
    assert limits.ends == len(ended) == (2 if exceeded else 0)


@pytest.mark.parametrize(("most", "exceeded"), [(16, None), (15, "threads")])
def test_threads_are_counted_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, exceeded: str | None
) -> None:
    monkeypatch.setattr(session_limits, "THREADS", most)
    monkeypatch.setattr(session_limits, "end_others", lambda: None)
    make_process(tmp_path, 1, threads=99)
    make_process(tmp_path, 2, threads=20)
    make_process(tmp_path, 3, threads=12)
    limits = session_limits.Limits(tmp_path, 0, 2)
    limits.look()
    assert limits.exceeded == exceeded


def test_this_process_has_as_many_threads_as_the_kernel_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session_limits, "THREADS", threading.active_count() + 8)
    ended: list[bool] = []
    monkeypatch.setattr(session_limits, "end_others", lambda: ended.append(True))
    (tmp_path / "7").symlink_to("/proc/self")
    limits = session_limits.Limits(tmp_path, 0, 1)
    limits.look()
    assert not ended
    end = threading.Event()
    many = [threading.Thread(target=end.wait) for _ in range(60)]
    for each in many:
        each.start()
    limits.look()
    end.set()
    for each in many:
        each.join()
    assert (limits.exceeded, ended) == ("threads", [True])


MEMINFO = "MemTotal: {} kB\nMemFree: 1 kB\nMemAvailable: {} kB\nHugePages_Total: 0\nodd\n"


def statvfs(free: int, files: int) -> SimpleNamespace:
    return SimpleNamespace(f_bavail=free, f_frsize=1 << 20, f_files=1000, f_favail=files)


@pytest.mark.parametrize(
    ("available", "left", "short"),
    [
        (1 << 20, (256, 50), None),
        ((1 << 20) - 1, (256, 50), "memory"),
        (1 << 20, (255, 50), "disk"),
        (1 << 20, (256, 49), "files"),
    ],
)
def test_what_no_process_is_told_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available: int, left: tuple[int, int], short: str | None
) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, 9 << 20))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(9000, 900))
    spare = session_limits.Spare(tmp_path, tmp_path)
    assert spare.short() is None
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, available))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(*left))
    assert spare.short() == short


def test_of_little_that_is_free_half_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, 100))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(10, 7))
    spare = session_limits.Spare(tmp_path, tmp_path)
    assert (spare.memory, spare.disks) == (50 << 10, {tmp_path: (5 << 20, 3)})


def test_the_disk_of_each_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What programs print lies on another than their machine."""
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, 9 << 20))
    left = {"machine": (9000, 900), "printed": (9000, 900)}
    monkeypatch.setattr("os.statvfs", lambda path: statvfs(*left[path.name]))
    spare = session_limits.Spare(tmp_path, tmp_path / "machine", tmp_path / "printed")
    assert spare.short() is None
    left["printed"] = (255, 900)
    assert spare.short() == "disk"


def test_what_else_was_used_up_ends_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(session_limits, "end_others", lambda: ended.append(True))
    limits = session_limits.Limits(tmp_path, 0, 0)
    limits.look()
    assert (limits.exceeded, ended) == (None, [])
    limits.look("disk")
    assert (limits.exceeded, ended) == ("disk", [True])


def test_all_others_have_ended_once_none_has_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose end nobody has asked for yet (a zombie) doesn't run; one whose first thread alone has ended does."""
    waits: list[float] = []
    monkeypatch.setattr(session_limits, "end_others", lambda: None)
    make_process(tmp_path, 1, pages=(90, 0))
    make_process(tmp_path, 2, pages=(90, 0))
    make_process(tmp_path, 3)
    (tmp_path / "meminfo").touch()
    (tmp_path / "3" / "statm").write_text("0 0 0 0 0 0 0\n")
    make_process(tmp_path, 4, threads=2)
    (tmp_path / "4" / "statm").write_text("0 0 0 0 0 0 0\n")

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            (tmp_path / "2" / "statm").write_text("0 0 0 0 0 0 0\n")
        elif len(waits) == 2:
            (tmp_path / "4" / "task" / "5").rmdir()

    monkeypatch.setattr("time.sleep", sleep)
    assert session_limits.end_all(tmp_path)
    assert len(waits) == 2
    make_process(tmp_path, 7, pages=(90, 0))
    assert not session_limits.end_all(tmp_path)
