"""The folder in which others could put a file that leads a Python to their library (CVE-2026-12003): closed, looked at, and refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap, lay_bundle
from tests.target.test_modes import installer

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=hidden-words"
ADMINISTRATORS, USER, USERS = "S-1-5-32-544", "S-1-5-21-1-2-3-1001", "S-1-5-32-545"
MODIFY = 0x1301BF
OLD = "3.11.9"


def laid_bundle(root: Path, python: str = OLD, boot: Interpreter | None = None) -> Laid:
    laid = lay_bundle(root, boot=boot, kind="exe")
    target = dataclasses.replace(laid.manifest.target, python=python)
    laid.rewrite(dataclasses.replace(laid.manifest, target=target))
    return laid


def folder(laid: Laid) -> Path:
    return Path(laid.manifest.runtime.directory or "").parent.parent / "Modules"


def run(laid: Laid, *arguments: str, **machine: Any) -> Ran:
    return bootstrap(laid, *arguments, PASSWORD, **{"has_build_landmark": True, **machine})


@pytest.mark.parametrize(
    ("python", "words"),
    [
        *(("2.7.18", False), ("3.10.11", False), ("3.13.15", False), ("3.14.7", False), ("3.15.0", False)),
        *(("3.11.0", True), (OLD, True), ("3.12.10", True), ("3.13.14", True), ("3.14.6", True)),
    ],
)
def test_pythons_that_look_there(tmp_path: Path, python: str, words: bool) -> None:
    laid = laid_bundle(tmp_path, python)
    planned = run(laid, "/plan")
    assert (f"make the empty folder {folder(laid)}, closed to others" in planned.out) == words, planned
    for machine in ({"admin": False}, {"has_build_landmark": False}):
        assert "make the empty folder" not in run(laid, "/plan", **machine).out


def test_the_folder_is_made_closed_and_goes_with_the_python(tmp_path: Path, few: Interpreter) -> None:
    laid = laid_bundle(tmp_path, few.version, few)
    if not looks(few):
        pytest.skip("this Python doesn't look there")
    program = installer(laid)
    done = run(laid, installer=program)
    assert done.code == 0, done.err
    assert f"Closed {folder(laid)}" in done.out
    assert str(folder(laid)) in (laid.temporary / "guarded").read_text("utf-8").splitlines()
    assert str(folder(laid)) in json.loads((laid.environment / "receipt.json").read_bytes())["folders"]
    assert bootstrap(laid, "/verify", has_build_landmark=True).code == 0

    folder(laid).rmdir()
    open_again = bootstrap(laid, "/verify", has_build_landmark=True)
    assert open_again.code == 1603
    assert f"{folder(laid)} isn't there: whoever makes it can lead Python" in open_again.err
    assert bootstrap(laid, "/repair", has_build_landmark=True).code == 0
    assert folder(laid).is_dir()

    second = run(laid, "/instance:Second", installer=program)
    assert second.code == 0, second.err
    assert bootstrap(laid, "/uninstall", "/purge", installer=program, has_build_landmark=True).code == 0
    assert folder(laid).is_dir(), "another installation still needs that Python"


def looks(few: Interpreter) -> bool:
    return few.version.startswith(("3.11.", "3.12."))


def test_a_failed_installation_takes_the_folder_away(tmp_path: Path) -> None:
    laid = laid_bundle(tmp_path)
    assert run(laid, installer="/bin/false", installer_code=1603).code == 1603
    assert not folder(laid).exists()


@pytest.mark.parametrize("mode", ["install", "/verify", "/repair"])
def test_a_file_that_is_there_stops_everything(tmp_path: Path, few: Interpreter, mode: str) -> None:
    laid = laid_bundle(tmp_path, few.version, few)
    if not looks(few):
        pytest.skip("this Python doesn't look there")
    if mode != "install":
        assert run(laid, installer=installer(laid)).code == 0
    folder(laid).mkdir(exist_ok=True)
    (folder(laid) / "Setup.local").write_text("")
    done = bootstrap(laid, PASSWORD if mode == "install" else mode, has_build_landmark=True)
    assert done.code == (1603 if mode == "/verify" else 1625), done
    assert f"there is {folder(laid) / 'Setup.local'}: Python" in done.err


@pytest.mark.parametrize(
    ("access", "words"),
    [
        ([USER, []], f"belongs to {USER}"),
        ([ADMINISTRATORS, [[USERS, MODIFY, False]]], "can be changed by every user (Users)"),
    ],
)
def test_a_folder_of_others_is_refused(tmp_path: Path, access: list[object], words: str) -> None:
    laid = laid_bundle(tmp_path)
    folder(laid).mkdir()
    done = run(laid, access={str(folder(laid)): access})
    assert done.code == 1625
    assert words in done.err
    assert "CVE-2026-12003" in done.err
