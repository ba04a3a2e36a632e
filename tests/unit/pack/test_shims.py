"""The launchers as they were compiled: what they are can be read out of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pefile
import pytest

from bundler.pack.shipped import target_folder

MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
CONSOLE, WINDOWS = 3, 2
BUILD = Path(__file__).parents[3] / "build" / "shims.py"


@pytest.mark.parametrize("platform", sorted(MACHINES))
@pytest.mark.parametrize(("name", "subsystem"), [("shim.exe", CONSOLE), ("shimw.exe", WINDOWS)])
def test_a_launcher_runs_on_every_windows_and_needs_nothing(platform: str, name: str, subsystem: int) -> None:
    content = (target_folder() / "shims" / platform / name).read_bytes()
    assert len(content) < 20_000
    with pefile.PE(data=content) as pe:
        assert pe.FILE_HEADER.Machine == MACHINES[platform]
        optional = pe.OPTIONAL_HEADER
        assert optional.Subsystem == subsystem
        assert (optional.MajorSubsystemVersion, optional.MinorSubsystemVersion) <= (6, 1)
        used = {each.dll.decode().lower() for each in pe.DIRECTORY_ENTRY_IMPORT}
        assert used == ({"kernel32.dll"} if subsystem == CONSOLE else {"kernel32.dll", "user32.dll"})
        manifest = 24
        assert [each.id for each in pe.DIRECTORY_ENTRY_RESOURCE.entries] == [manifest]
    assert b'level="asInvoker"' in content


def test_they_are_those_of_the_source() -> None:
    done = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("shim") == 2 * len(MACHINES)
