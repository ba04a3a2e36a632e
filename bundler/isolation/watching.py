"""What nothing else bounds for a program of strangers: its time, the disk that it fills, shared memory, processes and threads of root."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bundler.isolation.room import Limits

_INTERVAL = 0.5
"""Seconds between two looks: a fast disk takes a gigabyte in one."""
_GIB = 1 << 30
_MOST_SPARE_FILES = 100_000
_MEMORY = re.compile(r"^(?:RssAnon|RssShmem):\s*(\d+) kB", re.MULTILINE)
_AVAILABLE = re.compile(r"^(MemTotal|MemAvailable):\s*(\d+) kB", re.MULTILINE)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """``tasks``: processes and threads; ``memory``: bytes of the process that takes most, shared ones with it and no files."""

    tasks: int = 0
    memory: int = 0


@contextlib.contextmanager
def before_others() -> Iterator[None]:
    """This thread of root's runs before all others meanwhile: what multiplies would leave it ever less of the processor. What it starts doesn't."""
    try:
        was, priority = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except (AttributeError, OSError):  # Windows; a user's may not
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, was, priority)


def wait_watching(
    process: subprocess.Popen[bytes],
    command: Sequence[str],
    limits: Limits,
    disk: Path,
    usage: Callable[[], Usage] = Usage,
) -> int:
    """Wait for the end of a program and return its exit status; ``disk``: a folder of the disk that it writes to.

    ``usage`` says what it takes, where that can be known. Raises BuildError (``build-too-long``, ``build-too-large``); then it is for
    the caller to end it.
    """
    name, end = Path(command[0]).name, time.monotonic() + limits.seconds
    limits = _of_what_is_there(limits, disk)
    while True:
        code = _ended(process, max(0, min(_INTERVAL, end - time.monotonic())))
        if code is not None:
            return code
        if time.monotonic() >= end:
            raise BuildError(
                "build-too-long",
                f"{name} did not end within {limits.seconds:.0f} seconds and was ended",
                hint="a build that waits for something, such as the network or an answer, waits for ever in a sandbox",
            )
        for what, hint in (*_of_host(limits, disk), *_of_room(limits, usage())):
            raise BuildError("build-too-large", f"{name} was ended when it had {what}", hint=hint)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Its exit status as soon as it ends, None: not within so many seconds."""
    if sys.platform == "linux" and process.poll() is None:
        with contextlib.suppress(OSError):  # kernels before 5.3
            descriptor = os.pidfd_open(process.pid)
            try:
                waiting = select.poll()
                waiting.register(descriptor, select.POLLIN)
                waiting.poll(seconds * 1000)
            finally:
                os.close(descriptor)
            return process.poll()
    try:
        return process.wait(seconds)  # looks again and again, with pauses of up to 50 ms
    except subprocess.TimeoutExpired:
        return None


def _of_what_is_there(limits: Limits, disk: Path) -> Limits:
    """What is to stay free, where nobody said it: half of what is free now at most, or others' programs would be held against this one."""
    files, left = _files_left(disk)
    total, available = memory_of_host()
    spare_files = min(_MOST_SPARE_FILES, files // 20, left // 2) if limits.spare_files is None else limits.spare_files
    spare_memory = min(_GIB, total // 8, available // 2) if limits.spare_memory is None else limits.spare_memory
    return dataclasses.replace(limits, spare_files=spare_files, spare_memory=spare_memory)


def _of_host(limits: Limits, disk: Path) -> Iterator[tuple[str, str]]:
    """What is short on this host, and what to do about it."""
    if (free := shutil.disk_usage(disk).free) < limits.spare_disk:
        yield (
            f"left {free >> 20} MiB of the disk of {disk.parent}",
            "free disk space, or set TMPDIR to a folder of a larger disk, if the package is known to need that much",
        )
    files, left = _files_left(disk)
    if files and left < (limits.spare_files or 0):  # some disks have no such number
        yield (
            f"left room for {left} files on the disk of {disk.parent}",
            "remove files, or set TMPDIR to a folder of another disk, if the package is known to have that many",
        )
    total, available = memory_of_host()
    if total and available < (limits.spare_memory or 0):
        yield (
            f"left {available >> 20} MiB of this host's memory",
            "end other programs, or build on a host with more memory, if the package is known to need that much",
        )


def _of_room(limits: Limits, used: Usage) -> Iterator[tuple[str, str]]:
    if used.tasks > limits.processes:
        yield (
            f"{used.tasks} processes and threads",
            "no build needs that many: look at its build script before it is tried again",
        )
    total, _ = memory_of_host()
    if total and used.memory > limits.memory_of_one(total):
        yield (
            f"{used.memory >> 20} MiB of memory in one process",
            "build on a host with more memory, if the package is known to need that much",
        )


def _files_left(disk: Path) -> tuple[int, int]:
    """How many files a disk can have, and how many more this user may make; 0: it doesn't say."""
    if not hasattr(os, "statvfs"):  # Windows
        return 0, 0
    found = os.statvfs(disk)
    return found.f_files, found.f_favail


def memory_of_host() -> tuple[int, int]:
    """Bytes that there are, and that programs can still have (proc(5)); 0: it doesn't say."""
    found: dict[str, int] = {}
    with contextlib.suppress(OSError):
        found = {name: int(kib) << 10 for name, kib in _AVAILABLE.findall(Path("/proc/meminfo").read_text("ascii"))}
    return (found["MemTotal"], found["MemAvailable"]) if len(found) > 1 else (0, 0)


def usage_beside(number: int) -> Usage:
    """What the processes in the namespace of one take (pid_namespaces(7)); nothing if it has ended."""
    wanted = _namespace(Path("/proc", str(number)))
    if not wanted:
        return Usage()
    inside = [each for each in Path("/proc").iterdir() if each.name.isdigit() and _namespace(each) == wanted]
    return Usage(tasks=sum(map(_tasks, inside)), memory=max(map(_memory, inside), default=0))


def _tasks(process: Path) -> int:
    try:
        return len(os.listdir(process / "task"))  # noqa: PTH208 - thousands, of which the names are nothing
    except OSError:  # it has ended by now
        return 0


def _memory(process: Path) -> int:
    try:
        return sum(int(kib) << 10 for kib in _MEMORY.findall((process / "status").read_text("utf-8", "replace")))
    except OSError:
        return 0


def _namespace(process: Path) -> str:
    try:
        return os.readlink(process / "ns" / "pid")  # noqa: PTH115 -- no path: a text such as pid:[4026531836]
    except OSError:  # it has ended by now
        return ""
