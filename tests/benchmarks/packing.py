"""Packing beside the least that it could be: reading, hashing and writing the same bytes once. And memory, whatever the size."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.pack.copying import source_stream
from bundler.pack.forms import FORMATS
from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from tests.benchmarks.table import Row
from tests.support.bundles import Inputs, make_inputs, write_made
from tests.support.packages import make_wheel
from tests.support.trees import with_zeros

if TYPE_CHECKING:
    from bundler.pack.layout import Layout

ROOT = Path(__file__).parents[2]
MB = 1_000_000
WHEELS = (*[1] * 40, *[10] * 15, 150)  # megabytes each: about what a scientific application takes
RUNS = 5
LARGE = 2_000  # megabytes
MEMORY = 200.0
_CHUNK = 1024 * 1024
_MEASURE = "from tests.benchmarks.packing import peak; peak({kind!r})"


def rows() -> list[Row]:
    """Seconds for about 350 MB, the best of three runs; megabytes for a bundle of 2 GB."""
    with tempfile.TemporaryDirectory(prefix="packing-") as name:
        folder = Path(name)
        inputs = _inputs(folder / "inputs")
        times: dict[str, list[float]] = {"zip": [], "7z": [], "peer": []}
        for _ in range(RUNS):
            times["zip"].append(_timed_build(inputs, folder / "out", "zip"))
            times["peer"].append(_timed_peer(inputs.lay_out(), folder / "plain"))
            times["7z"].append(_timed_build(inputs, folder / "out", "7z"))
        peer = min(times["peer"])
        measured = [
            Row(
                label="lay out and write a zip",
                ours=min(times["zip"]),
                peer=peer,
                peer_name="read, hash, write",
                limit=1.5,
            ),
            Row(label="lay out and write a 7z", ours=min(times["7z"]), peer=peer, peer_name="read, hash, write"),
        ]
    return measured + [
        Row(
            label=f"peak memory, {LARGE} MB as {kind}, written and verified",
            ours=_peak_of(kind),
            peer=MEMORY,
            peer_name="allowed",
            unit="MB",
            limit=1.0,
        )
        for kind in FORMATS
    ]


def _inputs(folder: Path) -> Inputs:
    source = random.Random(0)  # noqa: S311  bytes that don't compress, the same each time
    wheels = [
        make_wheel(
            folder / "made",
            f"package{n}",
            "1.0",
            files={f"package{n}/data.bin": source.randbytes(size * MB)},
            stored=True,
        )
        for n, size in enumerate(WHEELS)
    ]
    return make_inputs(folder, wheels=wheels)


def _timed_build(inputs: Inputs, out: Path, kind: str) -> float:
    shutil.rmtree(out, ignore_errors=True)  # replacing a file takes a file system longer than writing it
    begun = time.perf_counter()
    layout = inputs.lay_out()
    write_made(layout, out, kind)
    return time.perf_counter() - begun


def _timed_peer(layout: Layout, out: Path) -> float:
    """What ``cat FILES | tee OUT | sha256sum`` does, in one process."""
    digest = hashlib.sha256()
    out.unlink(missing_ok=True)
    begun = time.perf_counter()
    with out.open("wb", buffering=0) as sink:
        for entry in layout.entries:
            if isinstance(entry.source, bytes):
                digest.update(entry.source)
                sink.write(entry.source)
                continue
            with source_stream(entry.source) as stream:
                while data := stream.read(_CHUNK):
                    digest.update(data)
                    sink.write(data)
    return time.perf_counter() - begun


def _peak_of(kind: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE.format(kind=kind)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


def peak(kind: str) -> None:
    """In a process of its own: write and verify a large bundle, print the most memory that took, in megabytes."""
    with tempfile.TemporaryDirectory(prefix="packing-") as name:
        folder = Path(name)
        inputs = make_inputs(folder)
        parts = tuple(f"large{n}.bin" for n in range(4))
        inputs.boot = with_zeros(inputs.boot, parts, LARGE * MB // len(parts))
        written = write_made(inputs.lay_out(), folder / "out", kind)
        verify_bundle(written.path, Reporter())
    # not ru_maxrss, which a process inherits from the one that started it
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    print(int(kilobytes) * 1024 / MB)


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
