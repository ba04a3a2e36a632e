"""Installing the wheels of JupyterLab for Windows, in Wine: our installer beside pip, each a whole process, into a fresh environment.

Ours is run as a bootstrap runs it: under the base Python, with worker processes of that Python, nothing of ours compiled beforehand. pip is
installed in an environment, compiled, and is run by the Python of the environment that it fills. Only what a user gets, compiled modules,
has a limit. As in `installing`, turns alternate and nothing is deleted before the last one; it takes about 5 GB for that time.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.table import Row
from tests.support.bed import Bed, BedError, Mirror
from tests.support.bed.cache import copy_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.bed import Session

WANTED = "jupyterlab"
VERSION = "3.11.7"
RUNS = 3
THRICE = 1 / 3
ROOT = Path(__file__).parents[2]
_OURS = "from tests.benchmarks.install_process import main; main()"
_SOURCES = ("bundler/__init__.py", "bundler/target/**/*.py", "tests/__init__.py", "tests/benchmarks/*.py")
_PYTHON, _CHECKOUT, _WHEELS, _EMPTY, _SEED = r"C:\Python311", r"C:\checkout", r"C:\wheels", r"C:\empty", r"C:\seed"


def rows() -> list[Row]:
    """The median of three runs."""
    bed = Bed.open()
    with tempfile.TemporaryDirectory(prefix="installing-wine-") as name:
        folder = Path(name)
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--only-binary", ":all:", "--dest", str(wheels), "-qq"]
        subprocess.run([*command, "--platform", "win_amd64", "--python-version", "3.11", WANTED, "pip"], check=True)
        with bed.session(folder / "prefix") as session:
            session.copy_in(Mirror(bed, folder / "mirror").tree(VERSION, "amd64"), _PYTHON)
            bench = _Bench(session, wheels)
            plain = bench.measure({"ours": bench.by_us(), "pip": bench.by_pip("--no-compile")})
            compiled = bench.measure({"ours": bench.by_us("compile"), "pip": bench.by_pip()})
    return [
        Row(
            label=f"install {bench.count} wheels in Wine, {what}",
            ours=of["ours"],
            peer=of["pip"],
            peer_name="pip",
            limit=limit,
        )
        for what, of, limit in (("not compiled", plain, None), ("compiled", compiled, THRICE))
    ]


class _Bench:
    def __init__(self, session: Session, wheels: Path) -> None:
        self._session = session
        names = sorted(each.name for each in wheels.iterdir())
        self._pip = next(rf"{_WHEELS}\{each}" for each in names if each.startswith("pip-"))
        self._wheels = [rf"{_WHEELS}\{each}" for each in names if not each.startswith("pip-")]
        self.count = len(self._wheels)
        self._turn = itertools.count()
        session.copy_in(wheels, _WHEELS)
        # without the compiled modules of this system, which lie beside the sources
        for pattern in _SOURCES:
            for source in ROOT.glob(pattern):
                place = session.host_path(_CHECKOUT) / source.relative_to(ROOT)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
        for each in (_EMPTY, _SEED):
            self._run([rf"{_PYTHON}\python.exe", "-m", "venv", "--without-pip", "--copies", each])
        # as the module of a wheel: on Windows pip doesn't install itself as a program
        command = [rf"{_SEED}\Scripts\python.exe", "-m", "pip", "install", "--no-index", self._pip]
        self._run(command, PYTHONPATH=self._pip)

    def by_us(self, *options: str) -> Callable[[str], Sequence[str]]:
        return lambda place: [
            *(rf"{_PYTHON}\python.exe", "-E", "-s", "-S", "-B", "-c", _OURS, place, self._pip),
            *(VERSION, ",".join(options), *self._wheels),
        ]

    def by_pip(self, *options: str) -> Callable[[str], Sequence[str]]:
        return lambda place: [
            *(rf"{place}\Scripts\python.exe", "-E", "-s", rf"{_SEED}\Lib\site-packages\pip", "install", "--no-index"),
            *("--no-deps", "--no-warn-script-location", "--no-cache-dir", "--quiet", *options, *self._wheels),
        ]

    def measure(self, contenders: dict[str, Callable[[str], Sequence[str]]]) -> dict[str, float]:
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(RUNS):
            for name, command in contenders.items():
                place = rf"C:\place-{next(self._turn)}"
                copy_tree(self._session.host_path(_EMPTY), self._session.host_path(place))
                os.sync()  # what was written before is not this contender's
                begun = time.perf_counter()
                self._run(command(place))
                seconds[name].append(time.perf_counter() - begun)
                found = self._session.host_path(place).glob("Lib/site-packages/*.dist-info/RECORD")
                installed = len(list(found))
                if installed != self.count:
                    raise RuntimeError(f"{name} installed {installed} of {self.count} packages")
        return {name: sorted(values)[RUNS // 2] for name, values in seconds.items()}

    def _run(self, command: Sequence[str], **environ: str) -> None:
        done = self._session.run(command, cwd=_CHECKOUT, env={"PIP_CONFIG_FILE": "nul", **environ}, timeout=900)
        if done.returncode:
            raise BedError(f"{command[0]} failed with exit code {done.returncode}:\n{done.output}")


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
