"""The launchers and the service host as they were compiled: what they are can be read out of them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pefile
import pytest

import bundler
from bundler import __version__
from bundler.pack.shipped import target_folder
from tests.support import only_linux
from tests.support.signing import make_ca, sign

if TYPE_CHECKING:
    from types import ModuleType

MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
CONSOLE, WINDOWS = 3, 2
VERSION, MANIFEST = 16, 24
PROTECTED = 0x40 | 0x100
"""DYNAMIC_BASE and NX_COMPAT."""
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
        assert kinds == [VERSION, MANIFEST]
        assert optional.DllCharacteristics & PROTECTED == PROTECTED
        told = {key.decode(): value.decode() for key, value in pe.FileInfo[0][0].StringTable[0].entries.items()}
        fixed = pe.VS_FIXEDFILEINFO[0]
        # nothing behind the image: signatures go there, and what antivirus programs suspect
        end = max(each.PointerToRawData + each.SizeOfRawData for each in pe.sections)
        assert (len(content), len(content) % 8) == (end, 0)
    assert told["ProductName"] == "offline-bundler"
    assert (told["OriginalFilename"], told["FileVersion"]) == (name, __version__)
    assert "release in use" in told["FileDescription"]
    numbers = [int(each) for each in __version__.split(".")[:3]]
    assert [fixed.FileVersionMS >> 16, fixed.FileVersionMS & 0xFFFF, fixed.FileVersionLS >> 16] == numbers
    assert b'level="asInvoker"' in content


def test_they_are_those_of_the_source() -> None:
    done = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(".exe") == 3 * len(MACHINES) + 2


def test_what_rehearsals_start_programs_with_goes_into_no_bundle() -> None:
    folder = Path(bundler.__file__).parent
    (lies,) = folder.rglob("run_program.exe")
    assert lies.parent == folder / "rehearse" / "wine" / "programs" / "win_amd64"
    with pefile.PE(data=lies.read_bytes()) as pe:
        assert pe.FILE_HEADER.Machine == MACHINES["win_amd64"]
        assert {each.dll.decode().lower() for each in pe.DIRECTORY_ENTRY_IMPORT} == {"kernel32.dll"}


@only_linux.SIGNING
def test_a_signed_one_is_still_that_of_the_source(tmp_path: Path) -> None:
    """Whoever signs them doesn't get them compiled anew; whoever changes a byte does."""
    shims = _build()
    path = target_folder() / "shims" / "win_amd64" / "service.exe"
    signed = Path(shutil.copy(path, tmp_path / "signed.exe"))
    sign(signed, make_ca(tmp_path / "ca"))
    assert signed.stat().st_size > path.stat().st_size
    assert shims.unsigned(signed.read_bytes()) == shims.unsigned(path.read_bytes())
    changed = bytearray(signed.read_bytes())
    changed[0x500] ^= 1
    assert shims.unsigned(bytes(changed)) != shims.unsigned(path.read_bytes())


def _build() -> ModuleType:
    specification = importlib.util.spec_from_file_location("shims", BUILD)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["shims"] = module  # dataclasses look themselves up
    try:
        specification.loader.exec_module(module)
    finally:
        del sys.modules["shims"]
    return module
