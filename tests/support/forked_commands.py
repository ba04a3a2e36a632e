"""Commands of the product in a fraction of their time: see ``forking_commands``."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
SURROUNDINGS = {"LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
"""What a Python looks at before a program of it runs: whoever wants it otherwise has a Python of their own."""
SWITCH = "BUNDLE_TEST_FORKS"
_READ_AT_THE_START = ("PYTHON", "LC_", "LANG", "LD_", "OPENSSL", "MALLOC", "GLIBC")


class Forks:
    """A Python that has the product imported, and whose forks are commands: one at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.support.forking_commands import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": os.devnull, **SURROUNDINGS},
            cwd=ROOT,
        )

    def run(
        self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """As ``subprocess.run`` would; raises subprocess.TimeoutExpired."""
        with tempfile.NamedTemporaryFile() as output, tempfile.NamedTemporaryFile() as errors:
            order = {"arguments": list(arguments), "folder": str(folder), "environ": dict(environ)}
            self._order({**order, "output": output.name, "errors": errors.name})
            child = self._answer()
            assert self._process.stdout is not None
            if not select.select([self._process.stdout], [], [], timeout)[0]:
                os.kill(child, signal.SIGKILL)
                self._answer()
                raise subprocess.TimeoutExpired(["bundle", *arguments], timeout, output.read(), errors.read())
            code = self._answer()
            return subprocess.CompletedProcess(["bundle", *arguments], code, output.read(), errors.read())

    def close(self) -> None:
        self._process.communicate()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _order(self, order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _answer(self) -> int:
        """Unbuffered: what has been read already would be waited for."""
        assert self._process.stdout is not None
        found = b""
        while not found.endswith(b"\n"):
            piece = os.read(self._process.stdout.fileno(), 1)
            assert piece, "the process whose forks are commands has ended"
            found += piece
        return int(found)


@functools.cache
def forks() -> Forks:
    """One for all tests of this process."""
    made = Forks()
    atexit.register(made.close)  # whose end is the end of its input
    return made


def run_forked(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes] | None:
    """The command, ended; None where it must be a process of its own: on Windows, with other variables that Python reads at its start,
    while another command is running, and where ``BUNDLE_TEST_FORKS`` is 0.
    """
    if sys.platform == "win32" or os.environ.get(SWITCH) == "0":
        return None
    own = {name: value for name, value in environ.items() if name.startswith(_READ_AT_THE_START)}
    if own != SURROUNDINGS or not forks().lock.acquire(blocking=False):
        return None
    used = forks()
    try:
        return used.run(arguments, folder, environ, timeout)
    except subprocess.TimeoutExpired:
        raise
    except BaseException:  # in the midst of an order: the next one would get its answer
        used.kill()
        forks.cache_clear()
        raise
    finally:
        used.lock.release()
