"""Installing the 91 wheels of JupyterLab on the target: our installer beside pip and uv, each a whole process, into a fresh environment.

The wheels come from the index that pip is configured to use, once; nothing else does. uv's cache is empty each time and it copies: that is
the state of a machine where something is installed for the first time. Turns alternate, so that what else the machine does hits all alike.

Nothing is deleted before the last turn: for some minutes ext4 doesn't give away again what a deleted file had and searches past it at each
new one, which made every installation after the first up to five times as long. It takes about 10 GB for that time.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.table import Row
from tests.target.interpreters import Interpreter, running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WANTED = "jupyterlab"
RUNS = 5
ROOT = Path(__file__).parents[2]
TWICE_AND_A_HALF, THRICE, NEARLY = 1 / 2.5, 1 / 3, 1.3
_OURS = "from tests.benchmarks.install_process import main; main()"


def rows() -> list[Row]:
    """The median of five runs."""
    with tempfile.TemporaryDirectory(prefix="installing-") as name:
        folder = Path(name)
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--only-binary", ":all:", "--dest", str(wheels), "-qq"]
        subprocess.run([*command, WANTED, "pip"], check=True)
        bench = _Bench(folder, wheels)
        plain = bench.measure({"ours": bench.by_us(), "pip": bench.by_pip("--no-compile"), "uv": bench.by_uv()})
        compiled = bench.measure(
            {"ours": bench.by_us("compile"), "pip": bench.by_pip(), "uv": bench.by_uv("--compile-bytecode")}
        )
    limits = (("pip", TWICE_AND_A_HALF, THRICE), ("uv", NEARLY, NEARLY))
    return [
        Row(label=f"install {bench.count} wheels, {what}", ours=of["ours"], peer=of[peer], peer_name=peer, limit=limit)
        for what, of, column in (("not compiled", plain, 0), ("compiled", compiled, 1))
        for peer, limit in ((peer, (first, second)[column]) for peer, first, second in limits)
    ]


class _Bench:
    def __init__(self, folder: Path, wheels: Path) -> None:
        self._folder = folder
        self._interpreter: Interpreter = running()
        self._pip = next(wheels.glob("pip-*.whl"))
        # pip as a target has it: installed, with its own modules compiled
        self._seed = folder / "seed"
        self._make(self._seed)
        self._run([sys.executable, "-m", "pip", "--python", str(self._python(self._seed)), "install", str(self._pip)])
        self._wheels = [each for each in sorted(wheels.glob("*.whl")) if each != self._pip]
        self.count = len(self._wheels)
        self._turn = itertools.count()

    def by_us(self, *options: str) -> Callable[[Path], Sequence[str]]:
        return lambda place: [
            *(str(self._interpreter.path), "-E", "-s", "-S", "-c", _OURS, str(place), str(self._pip)),
            *(self._interpreter.version, ",".join(options), *map(str, self._wheels)),
        ]

    def by_pip(self, *options: str) -> Callable[[Path], Sequence[str]]:
        library = next(self._seed.glob("lib/python*/site-packages"))
        return lambda place: [
            *(str(self._python(place)), "-E", "-s", str(library / "pip"), "install", "--no-index", "--no-deps"),
            *("--no-warn-script-location", "--no-cache-dir", "--quiet", *options, *map(str, self._wheels)),
        ]

    def by_uv(self, *options: str) -> Callable[[Path], Sequence[str]]:
        uv = Path(sys.executable).with_name("uv")
        return lambda place: [
            *(str(uv), "pip", "install", "--quiet", "--cache-dir", f"{place}-cache"),
            *("--python", str(self._python(place)), "--no-index", "--no-deps", "--link-mode", "copy"),
            *(*options, *map(str, self._wheels)),
        ]

    def measure(self, contenders: dict[str, Callable[[Path], Sequence[str]]]) -> dict[str, float]:
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(RUNS):
            for name, command in contenders.items():
                place = self._folder / f"place-{next(self._turn)}"
                self._make(place)
                os.sync()  # what was written before is not this contender's
                begun = time.perf_counter()
                self._run(command(place))
                seconds[name].append(time.perf_counter() - begun)
                installed = len(list(place.glob("lib/python*/site-packages/*.dist-info/RECORD")))
                if installed != self.count:
                    raise RuntimeError(f"{name} installed {installed} of {self.count} packages")
        return {name: sorted(values)[RUNS // 2] for name, values in seconds.items()}

    def _make(self, place: Path) -> None:
        done = self._interpreter.run("-m", "venv", "--without-pip", str(place))
        if done.returncode:
            raise RuntimeError(done.stderr)

    def _run(self, command: Sequence[str]) -> None:
        environ = {"PATH": os.defpath, "HOME": str(self._folder), "PIP_CONFIG_FILE": os.devnull, "LC_ALL": "C.UTF-8"}
        subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)

    def _python(self, place: Path) -> Path:
        return place / "bin" / "python"


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
