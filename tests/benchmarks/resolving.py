"""Resolving jupyterlab (some 90 packages) for CPython 3.11.9 on win_amd64, beside uv: whole processes, in turns.

Cold: both begin with empty caches. Warm: both run again with what they kept. The index is the one that pip on this host is
configured to use; uv gets the same. The two sets must be equal, or the times mean nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bundler.fetch import default_index, pip_settings
from tests.benchmarks.resolve_process import PYTHON
from tests.benchmarks.table import Row

ROUNDS = 7
LIMIT = 1.5
REQUIREMENT = "jupyterlab"
_ROOT = Path(__file__).parents[2]


def rows() -> tuple[Row, ...]:
    """Median of each, cold and warm; raises AssertionError when the two chose different sets."""
    times: dict[str, list[float]] = {"ours cold": [], "ours warm": [], "uv cold": [], "uv warm": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = _our_command(Path(folder)), _uv_command(Path(folder))
            found = []
            # in turns, so that a slow minute of the network or the machine meets both
            for state in ("cold", "warm"):
                for who, command in (("ours", ours), ("uv", theirs)):
                    seconds, pins = _timed(command)
                    times[f"{who} {state}"].append(seconds)
                    found.append(pins)
            assert all(pins == found[0] for pins in found), "the two don't choose the same"
            assert len(found[0]) > 1
    medians = {key: statistics.median(each) for key, each in times.items()}
    return tuple(
        Row(
            label=f"resolve {REQUIREMENT}, {state}",
            ours=medians[f"ours {state}"],
            peer=medians[f"uv {state}"],
            peer_name="uv",
            limit=LIMIT,
        )
        for state in ("cold", "warm")
    )


def _our_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.resolve_process", str(folder / "ours"), REQUIREMENT]


def _uv_command(folder: Path) -> list[str]:
    asked = folder / "requirements.in"
    asked.write_text(REQUIREMENT + "\n", encoding="utf-8")
    uv = Path(sys.executable).with_name("uv")
    # without --python and --no-python-downloads it looks for a 3.11.9 to download, which takes many times the resolution
    options = f"--python-platform windows --python-version {PYTHON} --no-build --no-header --no-annotate -q"
    return [
        *(str(uv), "pip", "compile", str(asked), *options.split(), "--no-python-downloads", "--python", sys.executable),
        *("--default-index", default_index(pip_settings(os.environ)), "--cache-dir", str(folder / "uv")),
    ]


def _timed(command: list[str]) -> tuple[float, list[str]]:
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … failed:\n{done.stderr}")
    return seconds, sorted(done.stdout.split())
