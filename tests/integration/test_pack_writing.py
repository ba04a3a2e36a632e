"""Bundles written by processes of their own: other hosts, other times, other programs that read them, full disks, Ctrl-C."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bundler.pack.forms import FORMATS
from tests.support import only_linux

ROOT = Path(__file__).parents[2]
WRITE = """
import sys
from pathlib import Path
from bundler.errors import BundleError
from tests.support.bundles import make_inputs, write_made
from tests.support.trees import with_zeros

work, out, kind, size = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
inputs = make_inputs(work)
if size:
    inputs.boot = with_zeros(inputs.boot, ["large.bin"], size)
layout = inputs.lay_out()
print("ready", flush=True)
if size:
    sys.stdin.readline()
try:
    print(write_made(layout, out, kind, free=lambda folder: 1 << 60).sha256)
except BundleError as error:
    sys.exit(f"{error.reference} {error.exit_code}")
"""


def start(work: Path, out: Path, kind: str, *, size: int = 0, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(work), str(out), kind, str(size)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_two_hosts_write_the_same_bytes(tmp_path: Path, kind: str) -> None:
    first = start(tmp_path / "a", tmp_path / "one", kind, TZ="Asia/Kathmandu", PYTHONHASHSEED="1", LC_ALL="C")
    one, _ = first.communicate(timeout=60)
    second = start(tmp_path / "b c", tmp_path / "two", kind, TZ="America/St_Johns", PYTHONHASHSEED="2", UMASK="0")
    two, _ = second.communicate(timeout=60)
    assert one == two
    assert len(one.split()[-1]) == len(hashlib.sha256().hexdigest())


@only_linux.SHELL
@pytest.mark.parametrize("kind", FORMATS)
def test_other_programs_find_it_whole(tmp_path: Path, kind: str) -> None:
    process = start(tmp_path / "inputs", tmp_path / "out", kind)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    path = next(each for each in (tmp_path / "out").iterdir() if not each.name.endswith(".json"))
    folder = tmp_path / "unpacked"
    if kind == "zip":
        subprocess.run([sys.executable, "-m", "zipfile", "-e", path, folder], check=True)
    elif kind == "7z":
        subprocess.run([sys.executable, "-m", "py7zr", "x", path, folder], check=True, stdout=subprocess.DEVNULL)
    else:
        shutil.copytree(path, folder)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    listed = {line.split(" *")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert there == listed | {"SHA256SUMS"}
    if kind != "zip":  # which this unpacker leaves to the umask
        assert {each.stat().st_mode & 0o777 for each in folder.rglob("*") if each.is_file()} == {0o644}


@only_linux.LIMITS
@pytest.mark.parametrize("kind", FORMATS)
def test_a_write_that_the_system_refuses_leaves_nothing(tmp_path: Path, kind: str) -> None:
    process = start(tmp_path / "inputs", tmp_path / "out", kind, size=3_000_000)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    import resource

    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    _, errors = process.communicate("go\n", timeout=60)
    assert errors == "output-unwritable 7\n"
    assert list((tmp_path / "out").iterdir()) == []


@only_linux.SIGNALS
@pytest.mark.parametrize("kind", FORMATS)
def test_interrupted_it_leaves_nothing(tmp_path: Path, kind: str) -> None:
    process = start(tmp_path / "inputs", tmp_path / "out", kind, size=400_000_000)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    while process.poll() is None and not list((tmp_path / "out").glob(".bundle-*/*")):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert list((tmp_path / "out").iterdir()) == []


@only_linux.SIGNALS
def test_what_a_killed_one_leaves_goes_with_the_next(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(tmp_path / "inputs", out, "zip", size=400_000_000)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    while process.poll() is None and not list(out.glob(".bundle-*/*")):
        time.sleep(0.002)
    process.kill()
    process.communicate(timeout=60)
    assert list(out.glob(".bundle-*/*")) != []
    again = start(tmp_path / "others", out, "zip")
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert list(out.glob(".bundle-*")) == []
