"""Installers that somebody wants to end, or that last too long: none is ended, for Windows Installer would go on with half of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.processes import Processes
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, lay_bundle
from tests.target.test_modes import installer
from tests.target.test_prerequisites import bundle, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

KILLED = 77
PASSWORD = "/set:password=hidden-words"
WAITING = "An installer is running. It isn't ended: half of what it installs would be left."


def script(laid: Laid, *lines: str) -> str:
    path = laid.temporary / "installer"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    path.chmod(0o755)
    return str(path)


def until(condition: Callable[[], bool]) -> None:
    """An event; what never comes is ended by the run that it belongs to."""
    while not condition():
        time.sleep(0.01)


def cancelling(laid: Laid, log: Path) -> list[str]:
    """The operator presses Ctrl-C again and again while the installer works, which does its work after that was understood.

    It has started for whoever started it once the pipe is closed that would say why it didn't.
    """
    return [
        "until [ -z \"$(find /proc/$PPID/fd -lname 'pipe:*' ! -name 1 ! -name 2)\" ]; do sleep 0.01; done",
        "kill -INT $PPID",
        f'until grep -q "An installer is running" "{log}"; do sleep 0.01; done',
        "kill -INT $PPID",
        f'touch "{laid.root}/whole"',
    ]


def test_ctrl_c_waits_for_an_installer(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    log = laid.root / "run.log"
    done = run(laid, f"/log:{log}", installer=script(laid, *cancelling(laid, log)))
    assert done.code == 1602
    assert done.err.count(WAITING) == 1
    assert "What was begun has been taken back." in done.err
    assert (laid.root / "whole").exists()
    assert not laid.environment.exists()


def test_the_python_that_is_installed_then_is_known(tmp_path: Path, few: Interpreter) -> None:
    """It stays, and the next run takes it; what was ended with its installer would be half of a Python that nobody removes."""
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory, log = Path(laid.manifest.runtime.directory or ""), laid.root / "run.log"
    makes = f'mkdir -p "{directory}" && cp "{laid.folder}/boot/python.exe" "{directory}/python.exe"'
    done = bootstrap(laid, PASSWORD, f"/log:{log}", installer=script(laid, *cancelling(laid, log), makes))
    assert (done.code, WAITING in done.err) == (1602, True)
    assert (directory / ".bundles").is_dir()
    again = bootstrap(laid, PASSWORD, installer="/bin/false")
    assert again.code == 0, again.err
    assert f"Found Python {laid.manifest.target.python} in {directory}" in again.out


def test_one_that_lasts_too_long_goes_on(tmp_path: Path, few: Interpreter) -> None:
    """An hour, which is over at once here. What it unpacked for itself stays too."""
    laid = bundle(tmp_path, boot=few)
    go, whole = laid.root / "go", laid.root / "whole"
    lines = (
        'touch "$TMPDIR/unpacked"',
        f'until [ -e "{go}" ]; do sleep 0.01; done',
        f'cp "$TMPDIR/unpacked" "{whole}"',
    )
    done = run(laid, installer=script(laid, *lines), installer_limit=0)
    assert done.code == 1603
    assert "did not end within an hour, and goes on: ending it would leave half of it" in done.err
    assert not laid.environment.exists()
    assert not whole.exists()
    go.touch()
    until(whole.exists)


@pytest.mark.parametrize("ends", [0, 1618])
def test_another_installation_is_waited_for_by_pythons_own(tmp_path: Path, few: Interpreter, ends: int) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = laid.manifest.runtime.directory
    makes = f'mkdir -p "{directory}" && cp "{laid.folder}/boot/python.exe" "{directory}/python.exe"'
    done = bootstrap(laid, PASSWORD, installer=script(laid, makes), installer_code=[1618, 1618, ends])
    assert done.code == ends, done
    slept = (laid.temporary / "slept").read_text().split()
    assert slept == (["5", "10"] if ends == 0 else ["5", "10", "15", "30", "60", "60", "60", "60"])
    if ends:
        assert "waited for another one, which did not end (exit code 1618)" in done.err
        return
    removes = script(laid, f'rm -f "{directory}/python.exe"')
    gone = bootstrap(laid, "/uninstall", installer=removes, installer_code=[1618, 0])
    assert (gone.code, gone.err) == (0, "")
    assert (laid.temporary / "slept").read_text().split() == ["5", "10", "5"]


def test_an_installer_is_apart_from_the_consoles_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a process group of its own: "Ctrl+C signals will be disabled for all processes within the new process group"."""
    flags: list[object] = []
    real = subprocess.Popen

    def popen(line: list[str], **given: object) -> subprocess.Popen[bytes]:
        flags.append(given.pop("creationflags", 0))
        return real(line, **given)  # type: ignore[call-overload,no-any-return]

    class Apart(Processes):
        apart = 0x200

    monkeypatch.setattr(subprocess, "Popen", popen)
    for start in (Apart().install, Apart().run):
        assert start([sys.executable, "-c", ""], dict(os.environ), str(tmp_path)).code == 0
    assert flags == [0x200, 0]


@pytest.mark.every_moment
def test_the_removal_of_an_installed_python_before_each_of_its_changes(tmp_path: Path) -> None:
    """Whenever it is killed, the next run ends with nothing left."""
    laid = lay_bundle(tmp_path, kind="exe")
    machine, kept = laid.environment.parent, tmp_path / "kept"
    program = installer(laid)
    assert bootstrap(laid, PASSWORD, installer=program).code == 0
    shutil.copytree(machine, kept, symlinks=True)
    for moment in count(1):
        done = bootstrap(laid, "/uninstall", "/purge", installer=program, kill_at=moment)
        if done.code != KILLED:
            break
        again = bootstrap(laid, "/uninstall", "/purge", installer=program)
        assert again.code == 0, (moment, again)
        assert list(machine.iterdir()) == [], moment
        machine.rmdir()
        shutil.copytree(kept, machine, symlinks=True)
    assert (done.code, list(machine.iterdir())) == (0, [])
    assert moment > 20
