"""What others have put into the folder in which somebody happens to be isn't run."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
