"""The launchers and the service host as they were compiled: what they are can be read out of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pefile
import pytest

from bundler.pack.shipped import target_folder

MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
CONSOLE, WINDOWS = 3, 2
MESSAGES, MANIFEST = 11, 24
BUILD = Path(__file__).parents[3] / "build" / "shims.py"


@pytest.mark.parametrize("platform", sorted(MACHINES))
@pytest.mark.parametrize(
    ("name", "subsystem", "libraries"),
    [
        ("shim.exe", CONSOLE, {"kernel32.dll"}),
        ("shimw.exe", WINDOWS, {"kernel32.dll", "user32.dll"}),
        ("service.exe", CONSOLE, {"kernel32.dll", "advapi32.dll"}),
    ],
)
def test_a_program_runs_on_every_windows_and_needs_nothing(
    platform: str, name: str, subsystem: int, libraries: set[str]
) -> None:
    content = (target_folder() / "shims" / platform / name).read_bytes()
    assert len(content) < 30_000
    with pefile.PE(data=content) as pe:
        assert pe.FILE_HEADER.Machine == MACHINES[platform]
        optional = pe.OPTIONAL_HEADER
        assert optional.Subsystem == subsystem
        assert (optional.MajorSubsystemVersion, optional.MinorSubsystemVersion) <= (6, 1)
        used = {each.dll.decode().lower() for each in pe.DIRECTORY_ENTRY_IMPORT}
        assert used == libraries
        kinds = [each.id for each in pe.DIRECTORY_ENTRY_RESOURCE.entries]
        assert kinds == ([MESSAGES, MANIFEST] if name == "service.exe" else [MANIFEST])
    assert b'level="asInvoker"' in content


def test_they_are_those_of_the_source() -> None:
    done = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(".exe") == 3 * len(MACHINES)
