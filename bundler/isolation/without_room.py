"""Programs of strangers where no room can be had: with scrubbed variables and a home of their own, else as this user."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, BinaryIO

from bundler.isolation.watching import wait_watching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bundler.isolation.room import Room


def run_openly(room: Room, command: Sequence[str], *, cwd: Path, output: BinaryIO, scratch: Path) -> int:
    """See ``Sandbox.run``; ``scratch``: an empty folder for its home and temporary files; on Windows it keeps this user's."""
    posix = os.name == "posix"
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=_own_variables(room.environment, scratch) if posix else dict(room.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0 if posix else None,
    )
    try:
        return wait_watching(process, command, room.limits, scratch)
    finally:
        if process.poll() is None:
            if posix:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()


def _own_variables(given: Mapping[str, str], scratch: Path) -> dict[str, str]:
    home, temporary = scratch / "home", scratch / "tmp"
    for each in (home, temporary):
        each.mkdir()
    return {**given, "HOME": str(home), **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(temporary))}
