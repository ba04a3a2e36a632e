"""A runtime is read and checked once, and that serves later runs."""

from __future__ import annotations

import contextlib
import dataclasses
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.pipeline import checked_runtimes as module
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.pipeline.session import Options, open_session
from bundler.runtime.kinds import behaviour_of
from tests.support.commandline import make_runtime, recipe_text
from tests.support.reporters import Remembering
from tests.support.trees import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.model.artifact import Tree

UNSIGNED = 'source = "python.zip"\nunsigned = true'
SIGNED = 'source = "python.zip"\nsigner = "Somebody"'


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    with zipfile.ZipFile(make_runtime(tmp_path / "python.zip"), "a") as archive:
        archive.writestr("Lib/test/test_os.py", "x")
    path = tmp_path / "example.toml"
    path.write_text(recipe_text(runtime=UNSIGNED), encoding="utf-8")
    return path


@contextlib.contextmanager
def opened(recipe: Path, *roots: Path) -> Iterator[tuple[Runtimes, Remembering]]:
    heard = Remembering()
    with open_session(Options(store=recipe.parent / "store", signer_roots=roots), heard) as session:
        yield Runtimes(session, load_recipe(recipe).target[0], folder=recipe.parent), heard


def read(recipe: Path) -> tuple[Tree, Remembering]:
    with opened(recipe) as (runtimes, heard):
        locked, _ = runtimes.pin(None, ())
        session = runtimes._session
        stored = session.fetcher.fetch([locked.artifact], session.reporter)[locked.artifact]
        return runtimes.tree(locked, stored, runtimes.table.target()), heard


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with a runtime's file, as it happens."""
    done: list[str] = []

    def watched(kind: str) -> object:
        behaviour = behaviour_of(kind)

        def check(*arguments: object) -> str | None:
            done.append("check")
            return behaviour.check(*arguments)  # type: ignore[arg-type]

        def tree(*arguments: object) -> Tree:
            done.append("tree")
            return behaviour.tree(*arguments)  # type: ignore[arg-type]

        return dataclasses.replace(behaviour, check=check, tree=tree)

    monkeypatch.setattr(module, "behaviour_of", watched)
    return done


def test_a_second_run_reads_and_checks_nothing_again_and_says_the_same(recipe: Path, times: list[str]) -> None:
    first, heard = read(recipe)
    assert times == ["check", "tree"]
    again, heard_again = read(recipe)
    assert times == ["check", "tree"]
    assert again == first
    assert content_of(again)["Lib/os.py"] == b"# the standard library\n"
    assert "Left out of the runtime, in files: test suites (1)" in heard.notes
    assert sorted(heard_again.notes) == sorted(heard.notes)


def test_what_changed_on_the_disk_is_read_again(recipe: Path, times: list[str]) -> None:
    first, _ = read(recipe)
    first.content.path.write_bytes(b"another" + first.content.path.read_bytes()[7:])
    again, heard = read(recipe)
    assert times == ["check", "tree", "tree"]
    assert content_of(again) == content_of(first)
    assert "store-corrupt" in [reference for reference, _ in heard.warnings]


def test_which_archive_of_an_sdist_holds_it_is_found_once(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def find(file: Path, _: Target) -> str:
        asked.append(file.name)
        return "data.zip"

    monkeypatch.setattr(module, "find_member", find)
    for _ in range(2):
        with opened(recipe) as (runtimes, _heard):
            locked, _boot = runtimes.pin(None, ())
            session = runtimes._session
            stored = session.fetcher.fetch([locked.artifact], session.reporter)[locked.artifact]
            for python in ("3.11.9", "3.12.9"):
                assert runtimes._member(locked, stored, Target.of(python, "win_amd64")) == "data.zip"
    assert asked == ["python.zip"] * 2, "once for each target"


def test_another_file_is_checked(recipe: Path, times: list[str]) -> None:
    read(recipe)
    make_runtime(recipe.parent / "python.zip", os=b"# another\n")
    again, _ = read(recipe)
    assert times == ["check", "tree"] * 2
    assert content_of(again)["Lib/os.py"] == b"# another\n"


def test_another_signer_is_asked_for(recipe: Path, times: list[str]) -> None:
    read(recipe)
    recipe.write_text(recipe_text(runtime=SIGNED), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(IntegrityError) as caught:
            read(recipe)
        assert caught.value.reference == "signature-missing"
    assert times == ["check", "tree", "check", "check"]


def test_another_authority_or_another_version_of_the_product(
    recipe: Path, times: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(recipe)
    monkeypatch.setattr(module, "rules_of", lambda *_: "other rules")
    read(recipe)
    assert times == ["check", "tree"] * 2
    monkeypatch.setattr(module, "version_of", lambda _: "another")
    read(recipe)
    assert times == ["check", "tree"] * 3


def test_another_target_is_checked(recipe: Path, times: list[str]) -> None:
    read(recipe)
    recipe.write_text(recipe_text(runtime=UNSIGNED, targets=[("3.11.9", "win32")]), encoding="utf-8")
    with pytest.raises(IntegrityError) as caught:
        read(recipe)
    assert caught.value.reference == "runtime-other-python"
    assert times == ["check", "tree"] * 2
