"""Locking again where nothing has changed reads the recipe, the lock and what they name, and asks nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import Bench, make_bench, make_runtime
from tests.support.index import LocalIndex
from tests.support.only_linux import MODES
from tests.support.packages import make_project, make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def state(bench: Bench, *arguments: str, index: str = "") -> str:
    """Lock; what that did to the one lock."""
    done = bench.run("lock", bench.recipe, "--json", *arguments, index=index)
    assert done.code == 0, done.err
    found = done.json["locks"][0]["state"]
    assert isinstance(found, str)
    return found


def asks(bench: Bench, *arguments: str) -> bool:
    """Whether locking, which changes nothing, asks the index."""
    before = len(bench.index.requests)
    assert state(bench, *arguments) == "unchanged"
    return len(bench.index.requests) > before


@pytest.fixture
def locked(bench: Bench) -> Bench:
    """A lock of everything that a recipe can name: packages, a constraint in a file, a project, a runtime beside it."""
    make_project(bench.folder / "checkout")
    make_runtime(bench.folder / "python.zip")
    (bench.folder / "constraints.txt").write_text("beta<9\n", encoding="utf-8")
    (bench.folder / "requirements.txt").write_text("alpha\n-c constraints.txt\n", encoding="utf-8")
    bench.write(
        requirements=[],
        packages='projects = ["checkout"]\nfiles = ["requirements.txt"]',
        runtime='source = "python.zip"\nunsigned = true',
    )
    assert state(bench) == "new"
    assert not asks(bench)
    return bench


def test_nothing_is_asked_for_and_the_file_stays(locked: Bench) -> None:
    before = locked.lock.stat().st_mtime_ns
    assert not asks(locked)
    assert locked.lock.stat().st_mtime_ns == before
    done = locked.run("lock", locked.recipe)
    assert "nothing changed in" in done.out
    assert "alpha" in done.out
    assert locked.temporary.is_dir()
    assert not list(locked.temporary.iterdir())


def test_only_when_it_is_asked_for(locked: Bench) -> None:
    assert asks(locked, "--refresh")
    assert asks(locked, "--upgrade")
    assert not asks(locked)


def _any_file_of_the_project(bench: Bench) -> None:
    (bench.folder / "checkout" / "notes.txt").write_text("more", encoding="utf-8")


def _one_that_may_be_run(bench: Bench) -> None:
    (bench.folder / "checkout" / "pyproject.toml").chmod(0o755)


@pytest.mark.parametrize("change", [_any_file_of_the_project, pytest.param(_one_that_may_be_run, marks=MODES)])
def test_what_may_change_what_a_project_says(locked: Bench, change: Callable[[Bench], None]) -> None:
    change(locked)
    assert asks(locked)
    assert not asks(locked)


def test_a_constraint_in_an_included_file(locked: Bench) -> None:
    (locked.folder / "constraints.txt").write_text("beta<8\n", encoding="utf-8")
    assert state(locked) == "changed"
    assert not asks(locked)


def test_another_index(locked: Bench, tmp_path: Path) -> None:
    with LocalIndex() as other:
        make_bench(tmp_path / "other", other)
        assert state(locked, index=other.url) == "changed"
        assert other.requests


def test_another_store(locked: Bench, tmp_path: Path) -> None:
    before = len(locked.index.requests)
    done = locked.run("lock", locked.recipe, env={"BUNDLE_STORE": str(tmp_path / "another")})
    assert done.code == 0, done.err
    assert len(locked.index.requests) > before


def test_a_changed_file_of_this_host(locked: Bench) -> None:
    make_runtime(locked.folder / "python.zip", os=b"# another\n")
    assert asks(locked), "what was pinned stays pinned, and lies in the store"
    assert state(locked, "--upgrade") == "changed"
    assert not asks(locked)


def test_a_lock_that_was_changed_by_hand(locked: Bench) -> None:
    text = locked.lock.read_text(encoding="utf-8")
    changed = re.sub(r'(name = "beta"\nversion = .*\n)', r"\1requires-python = '>=3.7'\n", text)
    assert changed != text
    locked.lock.write_text(changed, encoding="utf-8")
    assert state(locked) == "changed"
    assert "requires-python = '>=3.7'" not in locked.lock.read_text(encoding="utf-8")
    assert not asks(locked)


def test_a_build_that_locks_says_it_too(bench: Bench) -> None:
    assert bench.build().code == 0
    assert not asks(bench)


def test_what_was_warned_of_is_warned_of_again(bench: Bench, tmp_path: Path) -> None:
    with LocalIndex() as other:
        other.add(make_wheel(tmp_path / "other", "beta", "1.0"))
        both = f'indexes = [{{ url = "{bench.index.url}" }}, {{ url = "{other.url}" }}]'
        bench.write(packages=both)
        said = [bench.run("lock", bench.recipe, index=None) for _ in range(3)]
        warned = [[line for line in each.err.splitlines() if "index-shared" in line] for each in said]
        assert warned[0]
        assert warned == [warned[0]] * 3
