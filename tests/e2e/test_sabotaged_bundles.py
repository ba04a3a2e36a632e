"""Bundles with a fault in each, built and rehearsed in Wine: each is found at its step, in words that lead to the cause."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fnmatch import fnmatch
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.played_wine import processes_of
from tests.support.recipes import large_ones_too
from tests.support.rehearse import ROOT
from tests.support.sabotaged import FAULTS, GROUPS, make_recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Bed

pytestmark = [pytest.mark.e2e, pytest.mark.network, pytest.mark.timeout(1800)]
PYTHONS = ("python-3.11.7-embed-amd64.zip",)
TWELVE = 12
long = pytest.mark.skipif(not large_ones_too(), reason="build/test.py --long rehearses the others")


class Rehearsing:
    def __init__(self, bed: Bed, build: Callable[[Path], Path], folder: Path) -> None:
        self.bed, self._build, self.folder = bed, build, folder

    def build(self, *names: str, version: str = "1.0", services: tuple[str, ...] = ()) -> Path:
        return self._build(make_recipe(self.folder / version, *names, version=version, services=services))

    def start(self, archive: Path, *arguments: str | Path, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bundler", "rehearse", str(archive), "--json", *map(str, arguments)]
        variables = {**os.environ, "BUNDLE_TESTBED": str(self.bed.cache.root), **environ}
        return subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, archive: Path, *arguments: str | Path) -> dict[str, Any]:
        with self.start(archive, *arguments) as process:
            out, err = process.communicate()
        assert process.returncode in (0, 8), out + err
        found: dict[str, Any] = json.loads(out)
        assert found["passed"] == (process.returncode == 0)
        return found


@pytest.fixture
def rehearsing(bed: Bed, build: Callable[[Path], Path], tmp_path: Path) -> Rehearsing:
    return Rehearsing(bed, build, tmp_path)


def failed(found: dict[str, Any]) -> dict[str, str]:
    """What is said of each step that failed."""
    return {
        each["name"]: f"{each['reason']}\n{each['output']}" for each in found["steps"] if each["outcome"] == "failed"
    }


def expected(names: tuple[str, ...]) -> dict[str, str]:
    """Steps that fail, with what must be said; commands are counted."""
    found, commands = {}, 0
    for name in names:
        fault = FAULTS[name]
        commands += bool(fault.command)
        step, words = fault.found
        found[f"command-{commands}" if step == "command" else step] = words
        found.update(dict.fromkeys(fault.also, ""))
    return found


def assert_found(found: dict[str, Any], names: tuple[str, ...]) -> None:
    faults, wanted = failed(found), expected(names)
    told = {pattern: [words for step, words in faults.items() if fnmatch(step, pattern)] for pattern in wanted}
    assert [step for step in faults if not any(map(partial(fnmatch, step), wanted))] == [], json.dumps(faults, indent=1)
    missing = [pattern for pattern, words in wanted.items() if not any(words in each for each in told[pattern])]
    assert missing == [], json.dumps(found["steps"], indent=1)


def test_every_fault_is_in_a_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(FAULTS)
    assert len(FAULTS) == TWELVE


def test_faults_of_a_program(rehearsing: Rehearsing) -> None:
    names = GROUPS["found without a service"]
    assert_found(rehearsing.run(rehearsing.build(*names), "--quick"), names)


@pytest.mark.parametrize(
    "group", ["found while it runs", "found after a while", "found at the start of one", "found at the start of two"]
)
def test_faults_of_services(rehearsing: Rehearsing, group: str) -> None:
    names = GROUPS[group]
    found = rehearsing.run(rehearsing.build(*names), "--quick")
    assert_found(found, names)
    if "a download at first request" in names:
        attempts = [
            each for step in found["steps"] for each in step["attempts"] if each["address"] == "dns models.example"
        ]
        assert any("serving.py" in call for each in attempts for call in each["stack"]), attempts


def test_faults_of_what_comes_after(rehearsing: Rehearsing) -> None:
    names = GROUPS["found at the end"]
    before, after = rehearsing.build(), rehearsing.build(*names, version="2.0")
    assert_found(rehearsing.run(after, "--from", before), names)


@long
def test_a_sound_one_passes(rehearsing: Rehearsing) -> None:
    before, after = rehearsing.build(services=("sound",)), rehearsing.build(version="2.0", services=("sound",))
    found = rehearsing.run(after, "--from", before)
    assert not failed(found), json.dumps(found["steps"], indent=1)


@long
@pytest.mark.parametrize(
    ("moment", "how"),
    [("01-plan.log", signal.SIGKILL), ("02-install.log", signal.SIGINT), ("05-checks.log", signal.SIGKILL)],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_killed_in_wine_it_leaves_no_process(rehearsing: Rehearsing, moment: str, how: signal.Signals) -> None:
    """``moment``: the log after which it happens; tests/e2e/test_killed_rehearsals.py has more of them, without Wine."""
    archive, temporary, logs = rehearsing.build(), rehearsing.folder / "tmp", rehearsing.folder / "logs"
    temporary.mkdir()
    with rehearsing.start(archive, "--logs", logs, TMPDIR=str(temporary)) as process:
        while not (logs / moment).exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        assert processes_of(temporary)
        process.send_signal(how)
        process.communicate()
    while processes_of(temporary):
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []
    assert not failed(rehearsing.run(archive, "--quick", "--logs", logs))
