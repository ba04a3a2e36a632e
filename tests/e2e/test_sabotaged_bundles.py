"""Bundles with a fault in each, built and rehearsed in Wine: each is found at its step, in words that lead to the cause."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

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

    def run(self, archive: Path, *arguments: str | Path) -> dict[str, Any]:
        command = [sys.executable, "-m", "bundler", "rehearse", archive, "--json", *arguments]
        environ = {**os.environ, "BUNDLE_TESTBED": str(self.bed.cache.root)}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 8), done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["passed"] == (done.returncode == 0)
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
    assert set(faults) == set(wanted), json.dumps(found["steps"], indent=1)
    assert [words for step, words in wanted.items() if words not in faults[step]] == [], json.dumps(faults, indent=1)


def test_every_fault_is_in_a_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(FAULTS)
    assert len(FAULTS) == TWELVE


def test_faults_of_a_program(rehearsing: Rehearsing) -> None:
    names = GROUPS["found without a service"]
    assert_found(rehearsing.run(rehearsing.build(*names), "--quick"), names)


@long
@pytest.mark.parametrize(
    "group", ["found while it runs", "found after a while", "found at the start of one", "found at the start of two"]
)
def test_faults_of_services(rehearsing: Rehearsing, group: str) -> None:
    names = GROUPS[group]
    assert_found(rehearsing.run(rehearsing.build(*names), "--quick"), names)


@long
def test_faults_of_what_comes_after(rehearsing: Rehearsing) -> None:
    names = GROUPS["found at the end"]
    before, after = rehearsing.build(), rehearsing.build(*names, version="2.0")
    assert_found(rehearsing.run(after, "--from", before), names)


@long
def test_a_sound_one_passes(rehearsing: Rehearsing) -> None:
    before, after = rehearsing.build(services=("sound",)), rehearsing.build(version="2.0", services=("sound",))
    found = rehearsing.run(after, "--from", before)
    assert not failed(found), json.dumps(found["steps"], indent=1)
