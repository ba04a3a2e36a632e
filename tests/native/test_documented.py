"""Windows itself: what Microsoft documents, the target relies on, and Wine doesn't show. See docs/development/windows-confirmed.md."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.target.own_host import own_host

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.windows

_MODE = "import ctypes; print(ctypes.WinDLL('kernel32').GetErrorMode())"


@pytest.mark.real_windows("rights are not enforced")
def test_a_folder_in_which_only_folders_may_be_made(tmp_path: Path) -> None:
    r"""As ``C:\`` is to users: FILE_ADD_SUBDIRECTORY, and not FILE_ADD_FILE."""
    folder = tmp_path / "folder"
    folder.mkdir()
    files = own_host().files
    assert (files.may_create(str(folder)), files.may_make_folder(str(folder))) == (True, True)
    account = "*" + str(own_host().rights.account()[1])
    icacls = own_host().rights.icacls()
    assert icacls is not None
    subprocess.run([icacls, folder, "/inheritance:r", "/grant:r", f"{account}:(RX,AD,DC,WDAC)"], check=True)
    try:
        assert (files.may_create(str(folder)), files.may_make_folder(str(folder))) == (False, True)
    finally:
        subprocess.run([icacls, folder, "/reset"], check=True)


@pytest.mark.real_windows("error modes are not inherited")
def test_programs_inherit_that_there_are_no_message_boxes() -> None:
    own_host().system.no_message_boxes()
    done = subprocess.run([sys.executable, "-c", _MODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) & 0x8003 == 0x8003
