"""A bundle that lies where few expect one: on a share, in the root of a drive, on a medium that can't be written, in a folder whose name
Windows takes for another one's.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.icons import make_icon
from tests.support.rehearse import FOLDER, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.bed import Bed, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
RECIPE = r"""
[bundle]
name = "small"
version = "1.0"
icon = "small.ico"

[[target]]
python = "3.11.7"
platform = "win_amd64"
[target.runtime]
kind = "embed"

[packages]
requirements = ["tomli-w"]

[environment]
path = 'C:\Envs\Small'
"""
SHARE = r"\\server\share" + FOLDER[2:]


@pytest.fixture(scope="module")
def windows(build: Callable[[Path], Path], bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    r"""The bundle in FOLDER; the same is ``\\server\share`` and the whole of drive X:."""
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "small.toml").write_text(RECIPE, "utf-8")
    (folder / "small.ico").write_bytes(make_icon())
    with bed.session(tmp_path_factory.mktemp("windows") / "prefix") as session:
        unpack(session, build(folder / "small.toml"))
        devices = session.prefix / "dosdevices"
        (devices / "unc" / "server").mkdir(parents=True)
        (devices / "unc" / "server" / "share").symlink_to("../../../drive_c")
        (devices / "x:").symlink_to(os.path.relpath(session.host_path(FOLDER), devices))
        yield session


@pytest.mark.parametrize("place", [FOLDER, SHARE, "X:", r"\\.\X:", r"\\.\C:" + FOLDER[2:], r"\\?\X:"])
def test_it_is_whole_wherever_it_lies(windows: Session, place: str) -> None:
    before = times(windows.host_path(FOLDER))
    planned = windows.run([rf"{place}\bootstrap.bat", "/plan"], timeout=120)
    assert (planned.returncode, "Nothing was changed." in planned.output) == (0, True), planned.output
    assert times(windows.host_path(FOLDER)) == before


def times(folder: Path) -> dict[str, int]:
    """Of files and folders: what was made there and removed again shows too."""
    return {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def test_pushd_leads_into_a_share(windows: Session) -> None:
    """Real Windows gives it the letter of a drive until popd."""
    done = windows.cmd(f'pushd "{SHARE}"\ncall bootstrap.bat /plan\npopd', timeout=120)
    assert (done.returncode, "Nothing was changed." in done.output) == (0, True), done.output


@pytest.mark.parametrize("name", ["blank ", "two  "])
def test_a_name_whose_end_windows_drops(windows: Session, name: str) -> None:
    """One with a dot isn't found by any program; with a blank the files in it are found and the folder itself isn't."""
    folder = windows.prefix / "drive_c" / name
    shutil.copytree(windows.host_path(FOLDER), folder)
    done = windows.run([f"C:\\{name}\\bootstrap.bat", "/plan"], timeout=60)
    assert done.returncode == 1603
    assert f'ends with a dot or a blank, which Windows drops:\n  "C:\\{name}\\"' in done.output.replace("\r", "")
    assert "damaged" not in done.output


def test_such_a_name_above_it_is_none_of_its_business(windows: Session) -> None:
    folder = windows.prefix / "drive_c" / "above " / "bundle"
    shutil.copytree(windows.host_path(FOLDER), folder)
    done = windows.run(["C:\\above \\bundle\\bootstrap.bat", "/plan"], timeout=120)
    assert (done.returncode, "Nothing was changed." in done.output) == (0, True), done.output


def test_from_a_medium_that_cant_be_written(windows: Session) -> None:
    """Installed from files that are read-only, whose copies are not; and removed from a drive's root."""
    folder = windows.host_path(FOLDER)
    for path in folder.rglob("*"):
        path.chmod(0o555)
    before = times(folder)
    done = windows.run([r"X:\bootstrap.bat"], timeout=600)
    assert done.returncode == 0, done.output
    assert windows.host_path(r"C:\Envs\Small\uninstall\icon.ico").read_bytes() == make_icon()
    kept = windows.run([r"\\.\C:\Envs\Small\uninstall\bootstrap.bat", "/verify"], timeout=600)
    assert (kept.returncode, "The kept copy is whole." in kept.output) == (0, True), kept.output
    for mode in ("/verify", "/repair", "/uninstall"):
        done = windows.run([r"X:\bootstrap.bat", mode], timeout=600)
        assert done.returncode == 0, done.output
    assert not windows.host_path(r"C:\Envs").exists()
    assert times(folder) == before
