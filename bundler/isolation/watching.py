"""What nothing else bounds for a program of strangers: its time, the disk that it fills, processes of root."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bundler.isolation.room import Limits

_INTERVAL = 0.5
"""Seconds between two looks: a fast disk takes a gigabyte in one."""


def wait_watching(
    process: subprocess.Popen[bytes],
    command: Sequence[str],
    limits: Limits,
    disk: Path,
    processes: Callable[[], int] | None = None,
) -> int:
    """Wait for the end of a program and return its exit status; ``disk``: a folder of the disk that it writes to.

    ``processes`` says how many it has, where the kernel doesn't count them. Raises BuildError (``build-too-long``, ``build-too-large``);
    then it is for the caller to end it.
    """
    name, end = Path(command[0]).name, time.monotonic() + limits.seconds
    while True:
        try:
            return process.wait(max(0, min(_INTERVAL, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() >= end:
            raise BuildError(
                "build-too-long",
                f"{name} did not end within {limits.seconds:.0f} seconds and was ended",
                hint="a build that waits for something, such as the network or an answer, waits for ever in a sandbox",
            )
        if (free := shutil.disk_usage(disk).free) < limits.spare_disk:
            raise BuildError(
                "build-too-large",
                f"{name} was ended when it had left {free >> 20} MiB of the disk of {disk.parent}",
                hint="free disk space, or set TMPDIR to a folder of a larger disk, if the package is known to need that much",
            )
        if processes is not None and (count := processes()) > limits.processes:
            raise BuildError(
                "build-too-large",
                f"{name} was ended when it had {count} processes",
                hint="no build needs that many: look at its build script before it is tried again",
            )


def processes_beside(number: int) -> int:
    """How many processes are in the namespace of one (pid_namespaces(7)); 0 if it has ended."""
    wanted = _namespace(Path("/proc", str(number)))
    return sum(_namespace(each) == wanted for each in Path("/proc").iterdir() if each.name.isdigit()) if wanted else 0


def _namespace(process: Path) -> str:
    try:
        return os.readlink(process / "ns" / "pid")  # noqa: PTH115 -- no path: a text such as pid:[4026531836]
    except OSError:  # it has ended by now
        return ""
