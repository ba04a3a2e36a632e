"""Why a test can't run on Windows: marks, with reasons that are about the platform.

Where Windows has something of its own for it, another test is for that; the reason names it.
"""

from __future__ import annotations

import sys

import pytest

SIGNALS = pytest.mark.linux_only(
    "a signal interrupts a process (Windows: Ctrl-C in a console, tests/e2e/test_windows_host.py)"
)
LIMITS = pytest.mark.linux_only("a limit of the system on the size of a process's files")
MOUNTS = pytest.mark.linux_only("a file system of its own, in a mount namespace")
SHELL = pytest.mark.linux_only("a POSIX shell, and tools that come with it")
TERMINAL = pytest.mark.linux_only("a pseudo-terminal (Windows: a console, tests/e2e/test_windows_host.py)")
MODES = pytest.mark.linux_only("POSIX file modes")
LINKS = pytest.mark.linux_only("symbolic links, which not every user of Windows may make, and special files")
NAMESPACES = pytest.mark.linux_only("the engine of rehearsals in Wine, which runs on Linux")
SIGNING = pytest.mark.linux_only("openssl and osslsigncode, which sign what the test makes")
ELSEWHERE = pytest.mark.linux_only("what happens elsewhere than on Windows")
CHANGES = pytest.mark.linux_only(
    "the time of a file's last change, which nobody can set back: Windows shows programs none"
)
COMPILER = pytest.mark.linux_only("a C compiler that is called as on POSIX")
BACKSLASHES = pytest.mark.linux_only("backslashes in the names of a zip, which zipfile on Windows makes slashes of")
SIMULATED = pytest.mark.linux_only(
    "the simulated target is a POSIX machine: its programs are shell scripts (Windows: tests/native)"
)


def require(mark: pytest.MarkDecorator) -> None:
    """The same in a fixture: whoever asks for it is skipped elsewhere."""
    if not sys.platform.startswith("linux"):
        pytest.skip(f"Linux only: {mark.args[0]}")
