"""A quick rehearsal of recipes/quickstart.toml as a whole process, beside its steps run by hand in the same bed.

By hand: the bundle unpacked onto a machine of its own, bootstrap.bat as the rehearsal runs it, the recipe's checks, and one start of
Python for its programs. The rehearsal verifies the bundle before and compares the machine's files and registry besides. The bed is there.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.table import Row
from tests.support.bed import Bed, BedError
from tests.support.rehearse import FOLDER, ROOT, program, recipe_copy, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.model.manifest import Manifest
    from tests.support.bed import Session

RUNS = 3
LIMIT = 1.3
_MODES = (("/plan",), (), (), ("/verify",))
"""Of bootstrap.bat, before the checks; and ``/verify`` once more after them."""


def rows() -> list[Row]:
    """The medians of three, in turns."""
    bed = Bed.open()
    with tempfile.TemporaryDirectory(prefix="rehearsing-") as name:
        folder = Path(name)
        archive = _built(bed, folder)
        ours, by_hand = [], []
        for turn in range(RUNS):
            ours.append(_rehearsed(bed, archive, folder / f"logs-{turn}"))
            by_hand.append(_by_hand(bed, archive, folder / f"prefix-{turn}"))
    return [
        Row(
            label="quick rehearsal of quickstart, in Wine",
            ours=statistics.median(ours),
            peer=statistics.median(by_hand),
            peer_name="its steps by hand",
            limit=LIMIT,
        )
    ]


def _built(bed: Bed, folder: Path) -> Path:
    recipe = recipe_copy(folder, "quickstart.toml")
    _bundle("build", str(recipe), "--output", str(folder / "out"), "--quiet", "--store", str(bed.cache.root / "store"))
    return next((folder / "out").glob("*.zip"))


def _rehearsed(bed: Bed, archive: Path, logs: Path) -> float:
    os.sync()
    begun = time.perf_counter()
    _bundle("rehearse", str(archive), "--quick", "--json", "--logs", str(logs), BUNDLE_TESTBED=str(bed.cache.root))
    return time.perf_counter() - begun


def _by_hand(bed: Bed, archive: Path, prefix: Path) -> float:
    os.sync()
    begun = time.perf_counter()
    with bed.session(prefix) as session:
        manifest = unpack(session, archive)
        for mode in _MODES:
            _run(session, [rf"{FOLDER}\bootstrap.bat", *mode])
        for command in _checks(manifest):
            _run(session, command)
        _run(session, [rf"{FOLDER}\bootstrap.bat", "/verify"])
    return time.perf_counter() - begun


def _checks(manifest: Manifest) -> Iterator[Sequence[str]]:
    python = program(manifest, "python.exe")
    yield [python, "-c", "\n".join(f"import {each}" for each in manifest.checks.imports)]
    for name, *rest in manifest.checks.commands:
        yield [program(manifest, f"{name}.exe"), *rest]
    yield [python, "-c", "from importlib.metadata import distributions; list(distributions())"]


def _run(session: Session, command: Sequence[str]) -> None:
    done = session.run(command, timeout=900)
    if done.returncode:
        raise BedError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.output}")


def _bundle(*arguments: str, **environ: str) -> None:
    command = [sys.executable, "-m", "bundler", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BedError(
            f"bundle {' '.join(arguments)} ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}"
        )


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
