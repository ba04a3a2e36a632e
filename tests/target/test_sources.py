"""What is shipped as it lies in the tree must be right as it lies there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.target.forks import TARGET

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

GUEST = TARGET.parent / "rehearse" / "windows" / "guest"
"""What a rehearsal runs in Windows by the bundle's own Python."""
SOURCES = sorted([*TARGET.rglob("*.py"), *GUEST.glob("*.py")])
POLYGLOT = [*SOURCES, *Path(__file__).with_name("simulated").glob("*.py")]


def test_every_python_compiles_every_module(interpreter: Interpreter) -> None:
    program = "import io, sys\nfor path in sys.argv[1:]: compile(io.open(path, 'rb').read(), path, 'exec')\n"
    done = interpreter.run("-c", program, *map(str, POLYGLOT))
    assert done.returncode == 0, done.stderr


# used where the version was asked for, or by type checkers only; vermin is wrong about os.path.ismount, which 2.7 has
ASKED_FOR = (
    "typing", "collections.abc", "time.monotonic", "urllib2", "urllib.error", "urllib.request", "os.path.ismount", "os.sync", "os.scandir", "winreg", "_winreg", "_winreg.CreateKeyEx",
    "_winreg.DeleteKeyEx", "Queue", "queue", "imp", "sys.implementation", "importlib.util", "importlib.util.MAGIC_NUMBER",
)  # fmt: skip


def test_the_least_version_is_2_7_and_3_6() -> None:
    program = [sys.executable, "-c", "import vermin; vermin.main()", "-t=2.7", "-t=3.6-", "--no-tips", "--violations"]
    excluded = [word for each in ASKED_FOR for word in ("--exclude", each)]
    done = subprocess.run([*program, *excluded, *map(str, SOURCES)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_method_is_called_that_text_of_2_7_lacks(path: Path) -> None:
    """Nothing else tells: what has the method is known when it runs."""
    called = {node.attr for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Attribute)}
    assert (
        called
        & {
            "casefold",
            "format_map",
            "isascii",
            "isidentifier",
            "isprintable",
            "maketrans",
            "removeprefix",
            "removesuffix",
        }
        == set()
    )


@pytest.mark.parametrize("path", POLYGLOT, ids=lambda path: path.name)
def test_a_module_is_ascii_and_treats_text_alike_everywhere(path: Path) -> None:
    source = path.read_bytes().decode("ascii")
    if path.name == "__main__.py":  # it imports nothing before the path is its own
        assert "__future__ import" not in source
    elif path.name != "__init__.py":
        assert "from __future__ import absolute_import, unicode_literals\n" in source


def test_the_port_to_windows_is_typed_for_windows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--platform", "win32", "-p", "bundler.target"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=TARGET.parents[1],
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["bootstrap.bat", "kept.bat"])
def test_the_starters_are_for_every_cmd(name: str) -> None:
    content = (TARGET / name).read_bytes()
    lines = content.decode("ascii").split("\r\n")
    assert content.count(b"\n") == len(lines) - 1
    assert lines[0] == "@echo off"
    code = [line for line in lines if not line.startswith(("rem ", "echo ", "@echo", ":")) and line]
    assert code[0] == "setlocal EnableExtensions DisableDelayedExpansion"
    # brackets around a block end at the first one in a path, but for a path in quotes; PowerShell and chcp aren't everywhere
    blocks = [line for line in code if not line.startswith("for /f ")]
    assert not any(word in line.lower() for line in blocks for word in ("(", "powershell", "chcp", "call "))
    # its own folder is asked for once, and every word with it is quoted
    assert [line for line in code if "%~dp0" in line] == ['set "BUNDLE_FOLDER=%~dp0"']
    for line in code:
        assert line.count("%BUNDLE_FOLDER") == line.count('"%BUNDLE_FOLDER') + line.count(
            "=%BUNDLE_FOLDER:"
        ) + line.count("=\\\\%BUNDLE_FOLDER:")
