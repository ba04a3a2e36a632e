"""Ctrl-C while Python imports: at the first, the last and some modules between that a command imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.commandline import ROOT
from tests.support.surroundings import text_of

PROGRAM = """
import sys, _signal

class Finder:
    def find_spec(self, name, path=None, target=None):
        if PRINT:
            print(name)
        elif name == NAME:
            NAMES.append(name)
            _signal.raise_signal(_signal.SIGINT)

NAMES = []
sys.path.insert(0, ROOT)
sys.argv = ["bundle", "schema", "recipe"]
sys.meta_path.insert(0, Finder())
from bundler.__main__ import main
main()
"""


def run(name: str) -> subprocess.CompletedProcess[bytes]:
    program = f"ROOT = {str(ROOT)!r}\nPRINT = {not name}\nNAME = {name!r}\n{PROGRAM}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120, check=False)


def imported() -> list[str]:
    """The modules that are imported once our own code has begun, each at its first time."""
    lines = text_of(run("").stdout).partition("{")[0].split()
    return list(dict.fromkeys(lines[lines.index("bundler.__main__") + 1 :]))


@pytest.mark.skipif(sys.platform == "win32", reason="there a process can't send Ctrl-C to itself alone")
def test_ctrl_c_while_python_imports() -> None:
    names = imported()
    assert len(names) > 100
    for name in (*names[:8], *names[8 :: len(names) // 12], names[-1]):
        done = run(name)
        assert done.returncode in (130, -2), (name, done.stderr)
        assert b"Traceback" not in done.stderr, (name, done.stderr)
        assert b"internal-error" not in done.stderr, (name, done.stderr)


LOST = """
import signal, sys, threading
sys.path.insert(0, ROOT)
sys.argv = ["bundle"]
if NAME == "SIGHUP":  # the tests may run under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
from bundler import __main__
from bundler.cli import running

class Left:
    def __del__(self):
        signal.raise_signal(getattr(signal, NAME))

def run(*_):
    Left()
    threading.Event().wait(60)
    return 0

running.run = run
__main__.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there a process can't send Ctrl-C to itself alone")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_that_arrives_where_nothing_can_be_raised(name: str, code: int) -> None:
    """In ``__del__``, and in functions that C calls, Python prints what was raised and goes on."""
    program = f"ROOT = {str(ROOT)!r}\nNAME = {name!r}\n{LOST}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no hang-up")
def test_a_terminal_that_is_closed_ends_nothing_under_nohup() -> None:
    program = f"""
import signal, sys
sys.path.insert(0, {str(ROOT)!r})
sys.argv = ["bundle"]
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from bundler import __main__
from bundler.cli import running

running.run = lambda *_: signal.raise_signal(signal.SIGHUP) or 0
__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


WRAPPED = """
import signal, sys
sys.path.insert(0, ROOT)
sys.argv = ["bundle"]
if NAME == "SIGHUP":  # the tests may run under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
from bundler import __main__
from bundler.cli.main import main

def command(*_, **__):
    try:
        signal.raise_signal(getattr(signal, NAME))
    except BaseException as error:
        raise ValueError(repr(error)) from None

main.main = command
__main__.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there a process can't send Ctrl-C to itself alone")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_that_a_library_makes_another_error_of(name: str, code: int) -> None:
    """pydantic does while it makes validators, at the beginning of each command: that was an internal error."""
    program = f"ROOT = {str(ROOT)!r}\nNAME = {name!r}\n{WRAPPED}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert b"internal-error" not in done.stderr
    assert (b"[interrupted]" in done.stderr) is (name == "SIGINT")
