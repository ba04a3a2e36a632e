"""What programs that tests start see of this machine: enough to run, and nothing of the user who runs the tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OF_WINDOWS = (
    "COMSPEC",
    "PATHEXT",
    "SYSTEMROOT",
    "WINDIR",
    "SYSTEMDRIVE",
    "PROCESSOR_ARCHITECTURE",
    "NUMBER_OF_PROCESSORS",
)


def bare_environ(*, home: Path, temporary: Path) -> dict[str, str]:
    """An environment whose home and folder for temporary files are these; Windows' programs don't start without its own."""
    if os.name != "nt":
        path = os.environ["PATH"]
        return {"PATH": path, "HOME": str(home), "TMPDIR": str(temporary), "LC_ALL": "C.UTF-8"}
    return {
        "PATH": os.environ["PATH"],
        **{name: os.environ[name] for name in _OF_WINDOWS if name in os.environ},
        "USERPROFILE": str(home),
        "APPDATA": str(home / "AppData" / "Roaming"),
        "LOCALAPPDATA": str(home / "AppData" / "Local"),
        "TEMP": str(temporary),
        "TMP": str(temporary),
        "PYTHONUTF8": "1",
    }


def text_of(output: bytes) -> str:
    """What a program of ours wrote, with the line ends of text files."""
    return output.decode().replace("\r\n", "\n")
