"""``bundle build`` as a whole process: beside what people do by hand, and beside the least that it could be.

From files that lie on the disk to an archive that lies there. Linux only, as what peers are measured with is.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tests.benchmarks.table import Row
from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex
from tests.support.packages import make_wheel

PACKAGES = 60
SIZE = 20_000_000  # bytes each: a large application, so that the start of Python counts for little
RUNS = 5
VERSION_LIMIT = 150  # ms
_CHUNK = 1024 * 1024


def rows() -> list[Row]:
    """The median of five, in turns with the peer."""
    with tempfile.TemporaryDirectory(prefix="building-") as name, LocalIndex() as index:
        bench = make_bench(Path(name), index)
        wheels = _publish(bench, index)
        bench.write(requirements=["top"], base=index.base)
        cold: list[float] = []
        by_hand: list[float] = []
        warm: list[float] = []
        least: list[float] = []
        version: list[float] = []
        for _ in range(RUNS):
            by_hand.append(_by_hand(bench))
            cold.append(_cold(bench))
            warm.append(_build(bench))
            least.append(_least(bench, wheels))
            version.append(_timed([sys.executable, "-m", "bundler", "--version"], bench) * 1000)
    return [
        Row(
            label="cold build from a local index",
            ours=_median(cold),
            peer=_median(by_hand),
            peer_name="pip download, zip",
            limit=1.0,
        ),
        Row(
            label="build with everything in the store",
            ours=_median(warm),
            peer=_median(least),
            peer_name="read, hash, write",
            limit=1.5,
        ),
        Row(
            label="bundle --version",
            ours=_median(version),
            peer=VERSION_LIMIT,
            peer_name="allowed",
            unit="ms",
            limit=1.0,
        ),
    ]


def _publish(bench: Bench, index: LocalIndex) -> list[Path]:
    source = random.Random(0)  # noqa: S311 -- bytes that don't compress, the same each time
    names = [f"package{n}" for n in range(PACKAGES)]
    wheels = [
        make_wheel(bench.published, name, "1.0", files={f"{name}/data.bin": source.randbytes(SIZE)}, stored=True)
        for name in names
    ]
    wheels.append(make_wheel(bench.published, "top", "1.0", requires=names))
    for each in wheels:
        index.add(each)
    return wheels


def _cold(bench: Bench) -> float:
    shutil.rmtree(bench.store, ignore_errors=True)
    bench.lock.unlink(missing_ok=True)
    return _build(bench)


def _build(bench: Bench) -> float:
    shutil.rmtree(bench.output, ignore_errors=True)
    return _timed(bench.command("build", bench.recipe, "--output", bench.output, "--quiet"), bench)


def _by_hand(bench: Bench) -> float:
    """The loop that this product replaces: ``pip download`` for the target's platform, then an archive of what came."""
    folder = bench.root / "by-hand"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "top", "--dest", str(folder), "--index-url", bench.index.url]
    command += [
        "--platform",
        "win_amd64",
        "--python-version",
        "3.11.9",
        "--only-binary",
        ":all:",
        "--quiet",
        "--no-cache-dir",
    ]
    seconds = _timed(command, bench)
    begun = time.perf_counter()
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_STORED) as archive:
        for each in sorted(folder.glob("*.whl")):
            archive.write(each, each.name)
    os.sync()
    return seconds + time.perf_counter() - begun


def _least(bench: Bench, wheels: list[Path]) -> float:
    target = bench.root / "least"
    target.unlink(missing_ok=True)
    digest = hashlib.sha256()
    _settle(bench)
    begun = time.perf_counter()
    with target.open("wb", buffering=0) as sink:
        for each in wheels:
            with each.open("rb", buffering=0) as stream:
                while data := stream.read(_CHUNK):
                    digest.update(data)
                    sink.write(data)
    os.sync()
    return time.perf_counter() - begun


def _timed(command: list[str], bench: Bench) -> float:
    _settle(bench)
    begun = time.perf_counter()
    subprocess.run(
        command,
        cwd=bench.folder,
        env={**bench.environ(), "PIP_CONFIG_FILE": os.devnull},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    os.sync()
    return time.perf_counter() - begun


def _settle(bench: Bench) -> None:
    """What was written is on the disk, and what will be read is no more in memory: so it is when somebody builds."""
    os.sync()
    for each in (*bench.published.rglob("*"), *bench.store.rglob("*")):
        if each.is_file():
            with each.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
