"""Command lines of Windows, and the program of ours that starts them, whatever plays the machine."""

from __future__ import annotations

import subprocess
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAMS = Path(__file__).parent / "wine" / "programs" / "win_amd64"
RUNNER = _PROGRAMS / "run_program.exe"
"""For 64-bit Windows, that for ARM included. What it is told stands in variables of the environment: see its source."""
SAVER = _PROGRAMS / "save_registry.exe"
"""The same for Wine's registry."""
BATCH = frozenset({".bat", ".cmd"})


def compiled(program: Path) -> Path:
    """RUNNER or SAVER; raises HostError (``shims-missing``) where it wasn't compiled."""
    if not program.is_file():
        raise HostError(
            "shims-missing",
            f"this installation lacks {program.name}, which runs on the rehearsed machine",
            context=(str(program),),
            hint="install the product as a wheel or with `pip install`, or run `python build/shims.py` in its source tree",
        )
    return program


def registering(key: str, name: str, data: str) -> list[str]:
    """The command that puts a value into the registry; an empty ``name`` is the key's own value."""
    return ["reg.exe", "add", key, *(("/v", name) if name else ("/ve",)), "/d", data, "/f"]


def is_batch(command: Sequence[str | PureWindowsPath]) -> bool:
    """Whether cmd runs it."""
    return PureWindowsPath(command[0]).suffix.lower() in BATCH


def command_line(command: Sequence[str | PureWindowsPath]) -> str:
    """One command line of arguments: as Microsoft's C library splits it, or for a batch file as `cmd /s` does."""
    words = [str(part) for part in command]
    if not is_batch(command):
        return subprocess.list2cmdline(words)
    # Quoted, cmd leaves spaces, brackets and ampersands alone; /s takes off the outermost pair of quotes only.
    quoted = " ".join(f'"{part}"' for part in words)
    return f'cmd.exe /d /s /c "{quoted}"'
