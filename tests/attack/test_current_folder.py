"""What others have put into the folder in which somebody happens to be isn't run."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.isolation.bubblewrap import Bubblewrap, find_bubblewrap
from bundler.rehearse.wine import host_tools
from tests.support import only_linux
from tests.target.interpreters import interpreters, running

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

BOOTSTRAP = Path(__file__).parents[2] / "bundler" / "target" / "bootstrap.bat"
PLANTED = "open('ran', 'w').close()\n"


@only_linux.SIMULATED
@pytest.mark.parametrize("python", dict.fromkeys([interpreters()[0], running()]), ids=str)
def test_the_bundles_own_python_takes_no_module_from_there(
    tmp_path: Path, python: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried before anything is verified: with ``-c``, a Python without a ``._pth`` looks in the current folder first."""
    for name in ("ctypes", "struct", "os", "_ctypes", "encodings"):
        (tmp_path / f"{name}.py").write_text(PLANTED)
    monkeypatch.chdir(tmp_path)
    tried = re.findall(r'boot\\python\.exe" (.*) -c "(.*)"', BOOTSTRAP.read_text())
    assert len(tried) == 1
    options, program = tried[0]
    done = python.run(*options.split(), "-c", program)
    assert not (tmp_path / "ran").exists(), done
    python.run(*options.split(), "-c", "import ctypes")
    assert (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.platform != "win32", reason="Windows' compilers are looked for on Windows only")
def test_programs_that_look_for_compilers_start_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``cmd`` finds a ``reg.exe`` of the current folder before Windows' own, and Microsoft's scripts name it bare."""
    monkeypatch.chdir(tmp_path)
    made = importlib.import_module("bundler.build.compilers.this_machine").ThisMachine({})
    said = made.run([sys.executable, "-c", "import os; print(os.getcwd(), os.listdir())"], os.environ)
    assert said.output.decode().strip().endswith(" []")
    assert str(tmp_path) not in said.output.decode()


@only_linux.MODES
@pytest.mark.parametrize("path", ["{}:", ":{}", ".:{}", "{}:bin"])
def test_programs_of_a_checkout_make_no_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """An empty entry of PATH, as a colon too many leaves it, is the current folder."""
    checkout, own = planted(tmp_path, "bwrap", "prlimit", "unshare", "mount")
    monkeypatch.chdir(checkout)
    found = find_bubblewrap(path.format(own))
    assert isinstance(found, str)
    assert "bwrap" in found
    for each in checkout.iterdir():
        if each.is_file():
            (own / each.name).symlink_to("/bin/true")
    found = find_bubblewrap(path.format(own))
    assert isinstance(found, Bubblewrap)
    assert found.program == own / "bwrap"


@only_linux.MODES
@pytest.mark.parametrize("path", [None, "", "{}:", ":{}", ".:bin:{}"])
def test_nor_do_they_make_a_machine_that_rehearses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | None
) -> None:
    """Without a PATH too: the folders of the system stood behind nothing and a colon."""
    checkout, own = planted(tmp_path, "true", "never-installed")
    monkeypatch.chdir(checkout)
    if path is None:
        monkeypatch.delenv("PATH")
    else:
        monkeypatch.setenv("PATH", path.format(own))
    assert host_tools.which("never-installed") is None
    assert Path(str(host_tools.which("true"))).is_absolute()
    host_tools.run("true")
    assert not (checkout / "ran").exists()


def planted(folder: Path, *names: str) -> tuple[Path, Path]:
    """A checkout with programs of these names, in it and in its ``bin``, that say when they are run; and an empty folder of one's own."""
    checkout, own = folder / "checkout", folder / "own"
    own.mkdir()
    for place in (checkout, checkout / "bin"):
        place.mkdir()
        for name in names:
            (place / name).write_text(f"#!/bin/sh\ntouch {checkout}/ran\n")
            (place / name).chmod(0o755)
    return checkout, own
