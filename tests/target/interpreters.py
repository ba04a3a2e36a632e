"""The Pythons of this machine: every one on PATH and of pyenv, one a minor version, 2.7 first; at least the running one."""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

_PROBE = "import os, sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable); print(os.path.dirname(os.__file__))"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """``library`` is the folder of its standard library."""

    version: str
    path: Path
    library: Path

    @property
    def minor(self) -> str:
        return self.version.rpartition(".")[0]

    @property
    def version_info(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))

    def __str__(self) -> str:
        return self.minor

    def run(self, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.path), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",  # -E: Windows' code page, whatever the environment says
            check=False,
            stdin=subprocess.DEVNULL,
            env=environ or {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(Path.home())},
        )


@functools.cache
def interpreters() -> tuple[Interpreter, ...]:
    """Those between 2.7 and 3.14 that the target's half is written for; fewer if ``BUNDLE_TEST_PYTHONS`` says which ("2.7,3.11")."""
    minors = ["2.7", *(f"3.{minor}" for minor in range(6, 15))]
    if wanted := os.environ.get("BUNDLE_TEST_PYTHONS"):
        minors = [minor for minor in minors if minor in wanted.split(",")]
    found = {(current := running()).minor: current}
    named = [shutil.which(f"python{minor}") for minor in minors]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for path in [*sorted(map(str, pyenv.glob("*/bin/python"))), *filter(None, named)]:
        each = _probed(path)
        if each is not None and each.minor in minors:
            found.setdefault(each.minor, each)
    return tuple(sorted(found.values(), key=lambda each: each.version_info))


@functools.cache
def running() -> Interpreter:
    """The one that runs the tests, out of its virtual environment: an environment is made of a base Python."""
    base = _probed(getattr(sys, "_base_executable", sys.executable))
    if base is None:
        raise RuntimeError(f"{sys.executable} does not run")
    return base


def _probed(path: str) -> Interpreter | None:
    try:
        done = subprocess.run(
            [path, "-E", "-s", "-c", _PROBE], capture_output=True, encoding="utf-8", check=False, timeout=60
        )
    except OSError:
        return None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 3:  # a pyenv shim of a version that isn't selected
        return None
    return Interpreter(version=lines[0], path=Path(lines[1]), library=Path(lines[2]))
