"""What the programs of a session may use, and the end of all of them where they use more.

The standard library only: the first process of the session's namespaces runs it (agent.py).
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

END = b"end"
"""What the first process is told that is to end all others (agent.py)."""
THREADS = 16
"""For each process: all are counted together, since a few processes may have any number."""
_TURN, _TURNS = 0.05, 200
"""Seconds, and how often: what a program was in the middle of when it was ended may take a while."""
_PAGE = 4096
_NO_THREADS = 2
"""Names of a folder /proc/N/task by itself; each thread is one more (proc(5) calls them subdirectories)."""


class Limits:
    """What all processes of the namespace together may use, and what they used at most. ``ends``: how often all were ended for it."""

    def __init__(self, processes: Path, memory: int, count: int) -> None:
        self.peak = self.ends = 0
        self.exceeded: str | None = None
        self._processes, self._memory, self._count = processes, memory, count
        self.are_given = bool(memory)

    def look(self, also: str | None = None) -> None:
        """Count; end everything that is over the limit, or that used up what ALSO says."""
        used = threads = 0
        others = [each for each in self._processes.iterdir() if each.name.isdecimal() and each.name != "1"]
        too_many = 0 < self._count < len(others)
        # of too many none is looked at: they multiply faster than that, and leave this one ever less of the processor
        for process in () if too_many else others:
            with suppress(OSError, ValueError, IndexError):
                fields = (process / "statm").read_text(encoding="ascii").split()
                used += (int(fields[1]) - int(fields[2])) * _PAGE
                threads += (process / "task").stat().st_nlink - _NO_THREADS
        self.peak = max(self.peak, used)
        if self._memory and used > self._memory:
            self.exceeded = "memory"
        elif too_many:
            self.exceeded = "processes"
        elif self._count and threads > self._count * THREADS:
            self.exceeded = "threads"
        elif also is not None:
            self.exceeded = also
        else:
            return
        self.ends += 1
        end_others()


class Spare:
    """What of this host's memory and of the disks of some folders isn't for the programs in here: what they share is counted at no process.

    Of what is free at the beginning half at most, or others' programs would be held against these.
    """

    def __init__(self, processes: Path, *folders: Path) -> None:
        self._processes = processes
        total, available = self._memory()
        self.memory = min(1 << 30, total // 8, available // 2)
        self.disks = {each: _left_alone(each) for each in folders}

    def short(self) -> str | None:
        """What there is too little of."""
        if self._memory()[1] < self.memory:
            return "memory"
        for folder, (size, files) in self.disks.items():
            found = os.statvfs(folder)
            if found.f_bavail * found.f_frsize < size:
                return "disk"
            if found.f_favail < files:
                return "files"
        return None

    def _memory(self) -> tuple[int, int]:
        """Bytes that there are, and that programs can still have (proc(5)); 0: it doesn't say."""
        lines = (line.split() for line in (self._processes / "meminfo").read_text(encoding="ascii").splitlines())
        found = {words[0]: int(words[1]) << 10 for words in lines if len(words) > 1 and words[1].isdecimal()}
        return found.get("MemTotal:", 0), found.get("MemAvailable:", 0)


def _left_alone(folder: Path) -> tuple[int, int]:
    """Bytes and files of a disk."""
    found = os.statvfs(folder)
    size = min(256 << 20, found.f_bavail * found.f_frsize // 2)
    return size, min(100_000, found.f_files // 20, found.f_favail // 2)


def end_all(processes: Path) -> bool:
    """End all others, and wait for that: whether nothing runs any more. PROCESSES is a /proc."""
    for _ in range(_TURNS):
        end_others()
        if not any(map(_runs, processes.iterdir())):
            return True
        time.sleep(_TURN)
    return False


def _runs(process: Path) -> bool:
    """What has ended, and whose end nobody has asked for, has no threads any more but one without memory."""
    if not process.name.isdecimal() or process.name == "1":
        return False
    try:
        threads = (process / "task").stat().st_nlink - _NO_THREADS
        return threads > 1 or not (process / "statm").read_text(encoding="ascii").startswith("0 ")
    except OSError:  # it is gone
        return False


def end_others() -> None:
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all of this namespace but its first process, which this one is
