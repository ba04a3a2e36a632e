"""Many runs of the bootstrap in little time: see `forking.py`."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

TARGET = Path(__file__).parents[2] / "bundler" / "target"
SIMULATED = Path(__file__).with_name("simulated")
DRIVER = SIMULATED / "driver.py"
SURROUNDINGS = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
_READ_AT_THE_START = ("PYTHON", "LC_", "LANG")
"""Variables that a Python looks at before a program of it runs."""


class Forks:
    """A Python that has everything imported, and whose forks are runs."""

    def __init__(self, python: Interpreter, folder: Path) -> None:
        self._process = subprocess.Popen(
            [python.path, "-s", "-S", "-B", SIMULATED / "forking.py", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=SURROUNDINGS,
        )

    def run(self, **order: object) -> int:
        """What `forking.py` reads; the exit code of the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@functools.cache
def forks_of(python: Interpreter) -> Forks:
    """One for all tests of this process."""
    forks = Forks(python, _copy())
    atexit.register(forks.close)
    return forks


def starts_as_the_others(environ: dict[str, str]) -> bool:
    """Whether a fork can stand for a process of its own with these variables."""
    return all(
        SURROUNDINGS.get(name) == value for name, value in environ.items() if name.startswith(_READ_AT_THE_START)
    )


@functools.cache
def _copy() -> Path:
    """``target`` alone: beside the product's other rooms, these could be imported too."""
    folder = Path(tempfile.mkdtemp(prefix="bundle-test-"))
    atexit.register(shutil.rmtree, folder)
    shutil.copytree(TARGET, folder / "target", ignore=shutil.ignore_patterns("*.exe", "__pycache__"))
    return folder
