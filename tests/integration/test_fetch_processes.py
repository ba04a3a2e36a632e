"""One store, several processes: races, Ctrl-C, kill, a disk that is full."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import only_linux
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel

SIZE = 3_000_000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    noise = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that don't pack
    return make_wheel(tmp_path / "published", files={"noise.bin": noise}, stored=True)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def start(store: Path, index: LocalIndex, wheel: Path, *limit: str) -> subprocess.Popen[str]:
    arguments = [str(store), index.file_url(wheel.name), sha256(wheel), *limit]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.fetch_program", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def files_in(root: Path) -> dict[str, Path]:
    return {each.name: each for each in root.rglob("*") if each.is_file()}


def wait_for(file: Path, size: int) -> None:
    while not (file.exists() and file.stat().st_size >= size):
        time.sleep(0.01)


def test_processes_share_one_download(wheel: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with LocalIndex(wheel) as index:
        index.fault(wheel.name, Fault(pause=0.02, times=None))
        runs = [start(store, index, wheel) for _ in range(3)]
        outputs = [each.communicate(timeout=60)[0] for each in runs]
        assert [each.returncode for each in runs] == [0, 0, 0]
        assert len(set(outputs)) == 1
        assert len(index.requests) == 1, "who comes second waits for the first and takes its file"
    assert set(files_in(store)) == {sha256(wheel)}
    assert sha256(files_in(store)[sha256(wheel)]) == sha256(wheel)


@only_linux.SIGNALS
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_an_interrupted_process_leaves_a_whole_store(wheel: Path, tmp_path: Path, how: str) -> None:
    store = tmp_path / "store"
    small = make_wheel(tmp_path / "published", "small")
    with LocalIndex(wheel, small) as index:
        start(store, index, small).communicate(timeout=60)
        index.fault(wheel.name, Fault(stall=True, cut=2_000_000))
        run = start(store, index, wheel)
        wait_for(store / "partial" / f"{sha256(wheel)}.part", 1_900_000)
        run.send_signal(signal.Signals[how])
        # the stalled connection would hold it for twenty seconds, several times
        run.communicate(timeout=15)
        assert run.returncode == (130 if how == "SIGINT" else -signal.SIGKILL)
        assert set(files_in(store / "sha256")) == {sha256(small)}
        assert sha256(files_in(store)[sha256(small)]) == sha256(small)
        again = start(store, index, wheel)
        assert again.communicate(timeout=60)[0].strip() == str(files_in(store)[sha256(wheel)])
        resumed_at = int(index.requests[-1].headers["range"].removeprefix("bytes=").removesuffix("-"))
        assert 1_900_000 <= resumed_at <= 2_000_000
    assert set(files_in(store)) == {sha256(wheel), sha256(small)}
    assert sha256(files_in(store)[sha256(wheel)]) == sha256(wheel)


@only_linux.LIMITS
def test_a_file_grows_beyond_what_the_system_allows(wheel: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with LocalIndex(wheel) as index:
        run = start(store, index, wheel, "1000000")
        assert run.communicate(timeout=60)[0] == "disk-full\n"
        assert run.returncode == 7
    assert not [each for each in files_in(store) if not each.endswith(".lock")]


@only_linux.MOUNTS
def test_a_disk_that_is_really_full(wheel: Path, tmp_path: Path) -> None:
    """A file system of one megabyte, in a mount namespace of its own."""
    store = tmp_path / "store"
    store.mkdir()
    with LocalIndex(wheel) as index:
        script = 'mount -t tmpfs -o size=1m none "$1" && shift && "$@"; code=$?; find "$STORE" -type f; exit $code'
        command = [sys.executable, "-m", "tests.integration.fetch_program", str(store), index.file_url(wheel.name)]
        own = [] if os.geteuid() == 0 else ["-r"]
        unshare = shutil.which("unshare")
        assert unshare, "this test needs unshare (util-linux)"
        run = subprocess.run(
            [unshare, *own, "-m", "sh", "-c", script, "sh", str(store), *command, sha256(wheel)],
            cwd=ROOT,
            env={**os.environ, "STORE": str(store)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    left = run.stdout.splitlines()
    assert left.pop(0) == "disk-full", run.stderr
    assert run.returncode == 7
    assert all(each.endswith(".lock") for each in left)
