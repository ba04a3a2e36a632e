"""Programs of strangers where no room can be had: with scrubbed variables and a home of their own, else as this user."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bundler.isolation.watching import wait_watching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.isolation.room import Room


def run_openly(room: Room, command: Sequence[str], *, cwd: Path, output: BinaryIO, scratch: Path) -> int:
    """See ``Sandbox.run``; ``scratch``: an empty folder for its home and temporary files; on Windows it keeps this user's for these."""
    posix = os.name == "posix"
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=(_own_variables if posix else own_profile)(room.environment, scratch),
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


def own_profile(given: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """An empty profile on Windows: a developer's ``pydistutils.cfg`` would choose another compiler, other tools have their settings there.

    Rust's compilers lie in the profile too, and stay; what cargo is told there doesn't.
    """
    home = scratch / "home"
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "AppData" / "Roaming",
        "LOCALAPPDATA": home / "AppData" / "Local",
    }
    variables = {
        name: value for name, value in given.items() if name.upper() not in (*folders, "HOMEDRIVE", "HOMEPATH")
    }
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        variables[name] = str(folder)
    profile = next((value for name, value in given.items() if name.upper() == "USERPROFILE"), "")
    if profile and Path(profile, ".rustup").is_dir():
        variables.setdefault("RUSTUP_HOME", str(Path(profile, ".rustup")))
    return variables


def _own_variables(given: Mapping[str, str], scratch: Path) -> dict[str, str]:
    home, temporary = scratch / "home", scratch / "tmp"
    for each in (home, temporary):
        each.mkdir()
    return {**given, "HOME": str(home), **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(temporary))}
