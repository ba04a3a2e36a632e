"""Whole builds at the command line: every form verified, damaged, interrupted, raced, on a full disk, and twice the same."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.support.commandline import STEM, Bench, tree_of
from tests.support.index import Fault
from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = {"zip": f"{STEM}.zip", "7z": f"{STEM}.7z", "dir": STEM}
SIGNED = {**NAMES, "dir": f"{STEM}.SHA256SUMS"}
"""What signatures are made over."""
LARGE = 3_000_000


def noise(size: int = LARGE) -> bytes:
    return random.Random(1).randbytes(size)  # noqa: S311 - bytes that don't pack


def beside(form: str) -> set[str]:
    """All that a build leaves in the folder for archives."""
    return {NAMES[form], f"{NAMES[form]}.build.json", f"{SIGNED[form]}.intoto.jsonl"}


def bytes_of(path: Path) -> dict[str, str] | str:
    return tree_of(path) if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("form", NAMES)
def test_every_form_is_built_verified_and_inspected(bench: Bench, form: str) -> None:
    done = bench.build("--format", form, "--json")
    assert done.code == 0, done.err
    path = bench.output / NAMES[form]
    told = done.json["bundles"][0]
    assert told["path"] == str(path)
    assert {each.name for each in bench.output.iterdir()} == beside(form)
    summed = path / "SHA256SUMS" if form == "dir" else path
    assert told["sha256"] == hashlib.sha256(summed.read_bytes()).hexdigest()
    verified = bench.run("verify", path)
    assert verified.code == 0
    assert "every byte is right: example 1.0" in verified.out
    compared = bench.run("diff", path, path)
    assert compared.code == 0, compared.err
    assert "nothing differs" in compared.out
    seen = bench.run("inspect", path)
    assert seen.code == 0
    for words in ("alpha *", "beta", "UNSIGNED", "Windows 8.1 or Windows Server 2012 R2 or later", "C:\\Envs\\Example"):
        assert words in seen.out


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flip_content(path: Path) -> None:
    """A byte of a file inside, and of no header: that would be two faults."""
    with zipfile.ZipFile(path) as archive:
        content = archive.read("README.txt")
    data = bytearray(path.read_bytes())
    data[data.index(content) + len(content) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


DAMAGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "zip-flipped": ("zip", flip_content, "README.txt: can't be read: its checksum (CRC-32)"),
    "zip-cut": ("zip", cut, "is not a complete zip archive, it may be truncated"),
    "7z-flipped": ("7z", flip, "can't be read: its checksum (CRC-32)"),
    "7z-cut": ("7z", cut, "it may be truncated"),
    "dir-flipped": ("dir", lambda path: flip(path / "README.txt"), "README.txt: has other content"),
    "dir-missing": ("dir", lambda path: (path / "README.txt").unlink(), "README.txt: is missing"),
    "dir-extra": ("dir", lambda path: (path / "x.txt").write_bytes(b"x"), "x.txt: is there, but the manifest"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bundle_is_told(bench: Bench, damage: str) -> None:
    form, harm, words = DAMAGES[damage]
    assert bench.build("--format", form).code == 0
    path = bench.output / NAMES[form]
    harm(path)
    done = bench.run("verify", path)
    assert (done.code, done.reference, done.out) == (5, "bundle-damaged", "")
    assert words in done.err
    told = [line for line in done.err.splitlines() if not line.startswith("→")]
    assert len(told) == 4, "the error, the one fault, what to do, where there is more"
    assert bench.build("--format", form).code == 0, "a build replaces it"
    assert bench.run("verify", path).code == 0


def test_another_folder_of_that_name_is_not_replaced(bench: Bench) -> None:
    (bench.output / STEM).mkdir(parents=True)
    (bench.output / STEM / "thesis.txt").write_text("my work", encoding="utf-8")
    before = tree_of(bench.output)
    done = bench.build("--format", "dir")
    assert (done.code, done.reference) == (2, "output-occupied")
    assert tree_of(bench.output) == before


def rich_recipe(bench: Bench, folder: Path) -> None:
    """With a local project and a pure sdist among the packages."""
    make_project(
        folder.parent / "mine", "mine", requires=["beta"], entry_points={"console_scripts": {"mine": "mine:go"}}
    )
    if not bench.index.asked("/simple/"):
        bench.index.add(make_sdist(bench.published, "pure", "1.0", requires=["alpha"]))
    bench.write(requirements=["pure"], packages='projects = ["../mine"]')
    if folder != bench.folder:
        folder.mkdir(parents=True)
        shutil.copy(bench.recipe, folder)


@only_linux.SHELL
@pytest.mark.parametrize("form", NAMES)
def test_the_same_lock_gives_the_same_bytes(bench: Bench, form: str) -> None:
    """Two folders, time zones, umasks, locales, stores, hash seeds; SOURCE_DATE_EPOCH unset: the time is the lock's."""
    rich_recipe(bench, bench.folder)
    first = bench.build("--format", form, env={"TZ": "Pacific/Kiritimati"})
    assert first.code == 0, first.err
    elsewhere = bench.root / "another folder" / "deeper" / "work"
    rich_recipe(bench, elsewhere)
    shutil.copy(bench.lock, elsewhere)
    second = bench.run(
        *("build", elsewhere / bench.recipe.name, "--output", elsewhere / "out", "--format", form, "--locked"),
        env={
            "TZ": "America/St_Johns",
            "LC_ALL": "POSIX",
            "BUNDLE_STORE": str(bench.root / "another store"),
            "PYTHONHASHSEED": "1",
        },
        prefix=["sh", "-c", 'umask 077; exec "$@"', "sh"],
    )
    assert second.code == 0, second.err
    assert bytes_of(bench.output / NAMES[form]) == bytes_of(elsewhere / "out" / NAMES[form])
    note = (bench.output / f"{NAMES[form]}.build.json").read_text(encoding="utf-8")
    assert '"built-at"' in note, "when and where it was built stands beside the bundle"


def test_source_date_epoch(bench: Bench) -> None:
    rich_recipe(bench, bench.folder)
    assert bench.build().code == 0
    by_lock = bytes_of(bench.bundle)
    created = re.search(r"created = (\S+ \S+)", bench.lock.read_text(encoding="utf-8"))
    assert created
    assert bench.build(env={"SOURCE_DATE_EPOCH": "1700000000"}).code == 0
    by_epoch = bytes_of(bench.bundle)
    assert by_epoch != by_lock
    with zipfile.ZipFile(bench.bundle) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert bench.build(env={"SOURCE_DATE_EPOCH": "1700000000", "TZ": "Asia/Tokyo"}).code == 0
    assert bytes_of(bench.bundle) == by_epoch
    assert bench.build().code == 0
    assert bytes_of(bench.bundle) == by_lock
    assert created[1] in bench.lock.read_text(encoding="utf-8"), "the lock keeps its own time"


def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


@only_linux.SIGNALS
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_fetching(bench: Bench, how: signal.Signals, code: int) -> None:
    wheel = bench.publish("wide", files={"data.bin": noise()}, stored=True)
    bench.write(requirements=["wide", "alpha"])
    assert bench.run("lock", bench.recipe).code == 0
    shutil.rmtree(bench.store)
    before = tree_of(bench.folder)
    bench.index.fault(wheel.name, Fault(stall=True, cut=2_000_000))
    part = bench.store / "partial" / f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}.part"
    run = bench.start("build", bench.recipe, "--output", bench.output)
    wait_for(lambda: (part.is_file() and part.stat().st_size > 1_900_000) or run.poll() is not None)
    run.send_signal(how)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (code, "")
    assert ("[interrupted]" in err) == (how is signal.SIGINT)
    assert "Traceback" not in err
    assert tree_of(bench.folder) == before
    bench.assert_clean()
    assert bench.build().code == 0, "the next run completes"
    resumed = [each.headers["range"] for each in bench.index.asked(wheel.name) if "range" in each.headers]
    assert any(each.startswith(("bytes=19", "bytes=20")) for each in resumed), "and takes up where it was cut"
    bench.assert_clean()


@only_linux.SIGNALS
@pytest.mark.parametrize("where", ["alpha", "alpha-1.0-py3-none-any.whl.metadata", "/python.zip"])
def test_interrupted_while_an_index_is_silent(bench: Bench, where: str) -> None:
    """Its time-out is twenty seconds, five times over; who presses Ctrl-C waits for none of them."""
    before = tree_of(bench.folder)
    bench.index.fault(where, Fault(stall=True, times=None))
    run = bench.start("build", bench.recipe, "--output", bench.output)
    wait_for(lambda: any(where in each.path for each in bench.index.requests) or run.poll() is not None)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=15)
    assert (run.returncode, out) == (130, ""), err
    assert tree_of(bench.folder) == before
    bench.assert_clean()


@only_linux.SIGNALS
def test_interrupted_while_a_project_is_built(bench: Bench) -> None:
    project = make_project(bench.root / "slow", "slow")
    backend = project / "_build" / "sdist_backend.py"
    # in its own tree: nothing else can be seen from outside of its sandbox
    hook = "def build_wheel(*_: object) -> str:\n    open('waiting', 'w').close()\n    time.sleep(600)\n"
    text = backend.read_text(encoding="utf-8").replace("def build_wheel(", "def _never(")
    backend.write_text(f"{text}\n\nimport time\n\n\n{hook}", encoding="utf-8")
    bench.write(requirements=[], packages='projects = ["../slow"]')
    run = bench.start("build", bench.recipe, "--output", bench.output)
    wait_for(lambda: run.poll() is not None or any("waiting" in files for _, _, files in os.walk(bench.temporary)))
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, ""), err
    bench.assert_clean()
    assert not bench.output.exists()


@only_linux.SIGNALS
@pytest.mark.parametrize("form", NAMES)
def test_interrupted_while_packing(bench: Bench, form: str) -> None:
    bench.publish("wide", files={"data.bin": noise(60_000_000)}, stored=True)
    assert bench.build("--format", form).code == 0
    before = tree_of(bench.output)
    bench.write(requirements=["wide"])
    assert bench.run("lock", bench.recipe).code == 0
    locked = bench.lock.read_bytes()
    run = bench.start("build", bench.recipe, "--output", bench.output, "--format", form)
    wait_for(lambda: any(bench.output.glob(".bundle-*/*")) or run.poll() is not None)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, ""), err
    assert tree_of(bench.output) == before, "what was there is there"
    assert bench.lock.read_bytes() == locked
    bench.assert_clean()
    assert bench.build("--format", form).code == 0
    assert bench.run("verify", bench.output / NAMES[form]).code == 0


@pytest.mark.parametrize("form", NAMES)
def test_three_builds_at_once(bench: Bench, form: str) -> None:
    """One store, one lock, one output."""
    wheel = bench.publish("wide", files={"data.bin": noise()}, stored=True)
    bench.write(requirements=["wide", "alpha"])
    bench.index.fault(wheel.name, Fault(pause=0.005, times=None))
    runs = [bench.start("build", bench.recipe, "--output", bench.output, "--format", form) for _ in range(3)]
    ends = [(*each.communicate(timeout=120), each.returncode) for each in runs]
    assert [code for _, _, code in ends] == [0, 0, 0], ends
    bench.assert_clean()
    assert {each.name for each in bench.output.iterdir()} == beside(form)
    assert bench.run("verify", bench.output / NAMES[form]).code == 0
    assert bench.build("--locked").code == 0, "the lock is whole"


FULL = """
mkdir -p "$1" && mount -t tmpfs -o size=$2 none "$1" && shift 2 || exit 99
"$@"; code=$?
find "$STORE" "$OUTPUT" -type f ! -name '*.lock' ! -path '*/cache/*' >&3
exit $code
"""


@only_linux.MOUNTS
@pytest.mark.parametrize("place", ["store", "output"])
def test_a_full_disk(bench: Bench, place: str) -> None:
    """A file system of its own, of two megabytes, in a mount namespace."""
    unshare = shutil.which("unshare")
    assert unshare, "this test needs unshare (util-linux)"
    bench.publish("wide", files={"data.bin": noise()}, stored=True)
    bench.write(requirements=["wide"])
    if place == "output":
        assert bench.run("lock", bench.recipe).code == 0
    bench.output.mkdir()
    bench.store.mkdir(exist_ok=True)
    full = bench.store if place == "store" else bench.output
    left = bench.root / "left.txt"
    own = [] if os.geteuid() == 0 else ["-r"]
    command = bench.command("build", bench.recipe, "--output", bench.output)
    done = subprocess.run(
        [unshare, *own, "-m", "sh", "-c", f"exec 3>'{left}'\n{FULL}", "sh", full, "2m", *command],
        cwd=bench.folder,
        env=bench.environ(STORE=str(bench.store), OUTPUT=str(bench.output)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, ""), done.stderr
    assert "[disk-full]" in done.stderr
    assert ("--store" if place == "store" else "--output") in done.stderr, "what to do"
    files = left.read_text(encoding="utf-8").splitlines()
    sound = re.compile(r"/sha256/[0-9a-f]{2}/[0-9a-f]{64}$")
    assert all(sound.search(each) for each in files), files
    bench.assert_clean()


def test_a_corrupt_store_mends_itself(bench: Bench) -> None:
    assert bench.build().code == 0
    first = bytes_of(bench.bundle)
    for each in (bench.store / "sha256").rglob("*"):
        if each.is_file():
            flip(each)
    done = bench.build()
    assert done.code == 0
    assert done.err.count("[store-corrupt]") == 4 + 1 + 1, (
        "two packages, two seeds, the runtime, the files read out of it"
    )
    assert bytes_of(bench.bundle) == first
    bench.assert_clean()


def test_from_another_folder_with_relative_paths(bench: Bench) -> None:
    make_project(bench.folder / "mine", "mine")
    bench.write(requirements=[], packages='projects = ["mine"]')
    elsewhere = bench.root / "elsewhere"
    elsewhere.mkdir()
    done = bench.run("build", f"../work/{bench.recipe.name}", "-o", "my bundles", folder=elsewhere)
    assert done.code == 0, done.err
    assert (elsewhere / "my bundles" / f"{STEM}.zip").is_file()
    assert bench.lock.is_file(), "the lock lies beside the recipe"
