"""What an operator waits for with recipes/quickstart.toml, in Wine: a first installation, ``/verify``, an upgrade, and ``/uninstall`` of two releases.

Each is bootstrap.bat as a whole process. Beside it the bundle's own Python does the least that could be done to the same files in the same Wine,
one after the other: copies them, reads and hashes them, or removes the copy. Nothing else of an installation is in that: no compiling, no
launchers, no checks. Turns are taken on machines of their own.
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
from tests.support.rehearse import ROOT, recipe_copy, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.bed import Session

RUNS = 3
VERSIONS = ("4.14.2", "4.14.3")
_COPIED, _BOTH = r"C:\copied", r"C:\copied both"
_COPY = "import shutil, sys; shutil.copytree(*sys.argv[1:])"
_REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[1])"
_HASH = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as stream:
            hashlib.sha256(stream.read()).digest()
"""
_PEERS = {
    "install": "its files copied",
    "verify": "its files read and hashed",
    "upgrade": "the files of both copied",
    "uninstall two releases": "the copy of both removed",
}


def rows() -> list[Row]:
    """The medians of three."""
    bed = Bed.open()
    ours: dict[str, list[float]] = {name: [] for name in _PEERS}
    peers: dict[str, list[float]] = {name: [] for name in _PEERS}
    with tempfile.TemporaryDirectory(prefix="quickstart-wine-") as name:
        folder = Path(name)
        archives = [_built(bed, folder / version, version) for version in VERSIONS]
        for turn in range(RUNS):
            with bed.session(folder / f"prefix-{turn}") as session:
                _turn(session, archives, ours, peers)
    return [
        Row(
            label=f"{what} of quickstart in Wine",
            ours=statistics.median(ours[what]),
            peer=statistics.median(peers[what]),
            peer_name=peer,
        )
        for what, peer in _PEERS.items()
    ]


def _turn(
    session: Session, archives: Sequence[Path], ours: dict[str, list[float]], peers: dict[str, list[float]]
) -> None:
    one, two = (rf"C:\disk {number}" for number in range(len(archives)))
    environment = ""
    for place, archive in zip((one, two), archives, strict=True):
        environment = unpack(session, archive, place).environment.path
    python = [rf"{one}\boot\python.exe", "-I", "-B", "-c"]
    ours["install"].append(_timed(session, [rf"{one}\bootstrap.bat", "/quiet"]))
    peers["install"].append(_timed(session, [*python, _COPY, environment, _COPIED]))
    ours["verify"].append(_timed(session, [rf"{one}\bootstrap.bat", "/verify", "/quiet"]))
    peers["verify"].append(_timed(session, [*python, _HASH, _COPIED]))
    ours["upgrade"].append(_timed(session, [rf"{two}\bootstrap.bat", "/quiet"]))
    peers["upgrade"].append(_timed(session, [*python, _COPY, environment, _BOTH]))
    releases = list((session.host_path(_BOTH) / "releases").iterdir())
    if len(releases) != len(archives):
        raise BedError(f"There are {len(releases)} releases, and {len(archives)} were installed")
    ours["uninstall two releases"].append(_timed(session, [rf"{two}\bootstrap.bat", "/uninstall", "/quiet"]))
    peers["uninstall two releases"].append(_timed(session, [*python, _REMOVE, _BOTH]))
    left = [each for each in (environment, _BOTH) if session.host_path(each).exists()]
    if left:
        raise BedError(f"Something is left of {', '.join(left)}")


def _timed(session: Session, command: Sequence[str]) -> float:
    os.sync()  # what was written before is not this command's
    begun = time.perf_counter()
    done = session.run(command, timeout=900)
    took = time.perf_counter() - begun
    if done.returncode:
        raise BedError(f"{command[0]} ended with exit code {done.returncode}:\n{done.output}")
    return took


def _built(bed: Bed, folder: Path, version: str) -> Path:
    folder.mkdir()
    recipe = recipe_copy(folder, "quickstart.toml")
    text = recipe.read_text("utf-8")
    if VERSIONS[0] not in text:
        raise BedError(f"{recipe.name} has another version than {VERSIONS[0]}")
    recipe.write_text(text.replace(f'"{VERSIONS[0]}"', f'"{version}"'), "utf-8")
    store = str(bed.cache.root / "store")
    command = [sys.executable, "-m", "bundler", "build", str(recipe), "--quiet", "--store", store]
    done = subprocess.run(
        [*command, "--output", str(folder / "out")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BedError(f"bundle build ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}")
    return next((folder / "out").glob("*.zip"))


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
