"""A package that comes as source is built once of the same files."""

from __future__ import annotations

import re
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.commandline import Bench

BEFORE = "was built before, of the same files"
RUNS = "runs its code on this host"


@pytest.fixture
def built(bench: Bench) -> Bench:
    """A bench whose bundle has an sdist and a project in it, built once."""
    bench.index.remove("beta-1.0-py3-none-any.whl")
    bench.index.add(make_sdist(bench.published, "beta", "1.0"))
    make_project(bench.folder / "mine", "mine")
    bench.write(packages='projects = ["mine"]')
    assert said(bench) == {"beta": RUNS, "mine": RUNS}
    return bench


def said(bench: Bench) -> dict[str, str]:
    """Build; what was done with each source."""
    done = bench.build()
    assert done.code == 0, done.err
    return {
        name: words
        for name in ("beta", "mine")
        for words in (BEFORE, RUNS)
        if any(name in line and words in line for line in done.err.splitlines())
    }


def test_of_the_same_files(built: Bench) -> None:
    first = built.bundle.read_bytes()
    assert said(built) == {"beta": BEFORE, "mine": BEFORE}
    assert built.bundle.read_bytes() == first


def test_another_lock_builds_nothing_again(built: Bench) -> None:
    """Not even where nothing is remembered are they other wheels: the lock's own time is in the bundle, and in none of them."""
    wheels = made_here(built)
    built.publish("alpha", "2.0", requires=["beta"])
    built.write(requirements=["alpha==2.0"], packages='projects = ["mine"]')
    assert said(built) == {"beta": BEFORE, "mine": BEFORE}
    assert made_here(built) == wheels
    shutil.rmtree(built.store / "cache")
    assert said(built) == {"beta": RUNS, "mine": RUNS}
    assert made_here(built) == wheels


def made_here(bench: Bench) -> dict[str, bytes]:
    with zipfile.ZipFile(bench.bundle) as archive:
        return {each: archive.read(each) for each in archive.namelist() if re.search("(beta|mine)-.*whl", each)}


def _a_file(bench: Bench) -> None:
    (bench.folder / "mine" / "notes.txt").write_text("more", encoding="utf-8")


def _a_store_that_was_changed(bench: Bench) -> None:
    for each in (bench.store / "sha256").rglob("*"):
        if each.is_file() and b"mine-1.0.dist-info" in each.read_bytes():
            each.write_bytes(b"PK")


@pytest.mark.parametrize("change", [_a_file, _a_store_that_was_changed])
def test_what_changed_is_built_again(built: Bench, change: Callable[[Bench], None]) -> None:
    change(built)
    assert said(built) == {"beta": BEFORE, "mine": RUNS}
    assert said(built) == {"beta": BEFORE, "mine": BEFORE}


def test_what_may_use_the_network_is_built_every_time(built: Bench) -> None:
    built.write(packages='projects = ["mine"]\n[packages.source.mine]\nnetwork = true')
    assert said(built) == {"beta": BEFORE, "mine": RUNS}, "the lock is another, what beta is built of is not"
    for _ in range(2):
        assert said(built) == {"beta": BEFORE, "mine": RUNS}


def test_another_time_is_another_build(built: Bench) -> None:
    done = built.build(env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert done.code == 0, done.err
    assert done.err.count(RUNS) == 2
