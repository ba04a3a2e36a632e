"""What is left of a program that crashes: nothing that is written, and no program of the host's that is started."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bundler.isolation import Room, Sandbox
from bundler.isolation.core_limit import without_cores
from bundler.isolation.sandbox import Unavailable, sandbox_of_this_host
from tests.support.reporters import Remembering

pytestmark = pytest.mark.linux_only("limits of Linux")
_PRINTED = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"


@pytest.mark.parametrize(("hard", "limit"), [("unlimited", 1), ("4096", 1), ("1", 1), ("0", 0)])
def test_a_limit_that_this_user_may_set(hard: str, limit: int) -> None:
    """A hard limit of 0 can't be raised, but by root."""
    code = f"import subprocess, sys; from bundler.isolation.core_limit import without_cores; sys.exit(subprocess.call([*without_cores(), sys.executable, '-c', {_PRINTED!r}]))"
    said = subprocess.run(
        ["prlimit", f"--core={hard}", "--", sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said == f"({limit}, {limit})\n"


def test_its_program_may_be_named() -> None:
    assert without_cores("/usr/bin/prlimit")[0] == "/usr/bin/prlimit"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter of system calls")
def test_in_a_room_nobody_changes_it() -> None:
    """For 0 the kernel hands a crashed program to that of the host (core_pattern), as root and outside of the room."""
    if isinstance(found := sandbox_of_this_host(), Unavailable):
        pytest.skip(found.reason)
    script = "ulimit -c; ulimit -c 0 && ulimit -c; prlimit --core=0 true; prlimit --pid $$ --core --raw --noheadings --output SOFT,HARD"
    with tempfile.TemporaryFile() as output:
        room = Room(environment={"PATH": os.defpath})
        Sandbox("required", Remembering()).run(room, ["/bin/bash", "-c", script], cwd=Path("/"), output=output)
        output.seek(0)
        said = output.read().decode()
    assert said.split() == ["0", "0", "1", "1"], "in units of 1024 bytes"
