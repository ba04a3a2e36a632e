"""Links in a folder of somebody else, such as a repository that was checked out, where commands write their files beside a recipe."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bundler.build.source_tree import copy_project, project_digest
from bundler.cli.commands import build_command
from bundler.cli.rehearsing import logs_beside, new_logs_beside
from bundler.cli.reviewing import kept_rehearsal
from bundler.errors import InputError
from bundler.model.lock_file import load_lock
from bundler.model.recipe_file import load_recipe
from bundler.model.recipe_schema import FILENAME
from bundler.model.source import PathSource
from bundler.model.source_build import SourceTable
from bundler.model.target import Target
from bundler.pack.writing import Written
from bundler.pipeline.build_terms import SourceTerms
from bundler.pipeline.lock_recipe import write_lock
from bundler.pipeline.new_recipe import write_recipe
from bundler.pipeline.pinning import artifact_of
from bundler.pipeline.requirement_sources import project_folder
from bundler.pipeline.session import Options
from tests.attack.text_parsers import locks
from tests.support import only_linux
from tests.support.commandline import recipe_text
from tests.support.sources import make_project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.LINKS
TARGET = Target.of("3.11.9", "win_amd64")


@pytest.mark.parametrize("there", [False, True])
def test_a_new_recipe_goes_through_no_link(tmp_path: Path, *, there: bool) -> None:
    """One that leads to nothing yet was written through: to `.bash_aliases`, say, with addresses of the project in it."""
    victim, recipe = tmp_path / "victim", tmp_path / "checkout" / "demo.toml"
    recipe.parent.mkdir()
    recipe.symlink_to(victim)
    if there:
        victim.write_text("precious", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        write_recipe(recipe, target=TARGET)
    assert caught.value.reference == "recipe-exists"
    write_recipe(recipe, target=TARGET, force=True)
    assert not recipe.is_symlink()
    assert (victim.read_text(encoding="utf-8") if there else victim.exists()) == ("precious" if there else False)


def test_nor_does_its_schema(tmp_path: Path) -> None:
    (tmp_path / FILENAME).symlink_to(tmp_path / "victim")
    write_recipe(tmp_path / "demo.toml", target=TARGET, schema=True)
    assert not (tmp_path / "victim").exists()
    assert not (tmp_path / FILENAME).is_symlink()


def test_nor_does_a_lock(tmp_path: Path) -> None:
    """Its unfinished form had the number of the process in its name, which in a container anybody can tell."""
    path, victim = tmp_path / "pylock.example.toml", tmp_path / "victim"
    path.write_bytes(locks(tmp_path)[0])
    lock = load_lock(path)
    path.unlink()
    victim.write_text("precious", encoding="utf-8")
    before = {each.name for each in tmp_path.iterdir()}
    for name in (path.name, f"{path.name}.{os.getpid()}.new", f"{path.name}.new"):
        (tmp_path / name).symlink_to(victim)
    written = write_lock(lock, path, state="new")
    assert victim.read_text(encoding="utf-8") == "precious"
    assert not path.is_symlink()
    assert path.read_text(encoding="utf-8") == written.text
    assert {each.name for each in tmp_path.iterdir() if not each.is_symlink()} == {*before, path.name}


@pytest.mark.parametrize("target", ["home/.ssh", "home/.ssh/id_ed25519"])
def test_a_project_shows_its_build_nothing_of_this_host(tmp_path: Path, target: str) -> None:
    """What a link leads to was copied for the build, and so were all keys of whoever built a checkout of others."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "id_ed25519").write_text("a key", encoding="ascii")
    project = make_project(tmp_path / "checkout" / "project", "demo", "1.0")
    (project / "data").mkdir()
    (project / "data" / "link").symlink_to(tmp_path / target)
    for reader in (project_digest, partial(copy_project, folder=tmp_path / "copy")):
        with pytest.raises(InputError, match="leads out of") as caught:
            reader(project)
        assert caught.value.reference == "source-place-outside"
    assert not list(tmp_path.glob("copy/**/id_ed25519"))
    (project / "data" / "link").unlink()
    (project.parent / ".git").mkdir()
    (project / "README.md").symlink_to("../README.md")
    (project.parent / "README.md").write_text("of the checkout", encoding="ascii")
    assert (copy_project(project, tmp_path / "good") / "README.md").read_text() == "of the checkout"


def test_nor_does_a_recipe_give_a_build_both_another_project_and_the_network(tmp_path: Path) -> None:
    """Its build tools are named by the recipe too."""
    recipes, own = tmp_path / "checkout" / "recipes", tmp_path / "checkout" / "project"
    private = tmp_path / "private"
    for each in (recipes, own, private, tmp_path / "checkout" / ".git"):
        each.mkdir(parents=True)
    table = SourceTable(network=True)
    with pytest.raises(InputError, match="lies outside of") as caught:
        SourceTerms(table=table, folder=recipes, source=private).applied(None)  # type: ignore[arg-type]
    assert caught.value.reference == "source-place-outside"
    for terms in (SourceTerms(table=table, folder=recipes, source=own), SourceTerms(folder=recipes, source=private)):
        with pytest.raises(AttributeError):  # goes on to the environment, which there is none of
            terms.applied(None)  # type: ignore[arg-type]


def test_logs_of_a_rehearsal_go_through_no_link(tmp_path: Path) -> None:
    """The folder beside a bundle is emptied of logs first."""
    victim, bundle = tmp_path / "victim", tmp_path / "x.zip"
    victim.mkdir()
    (victim / "rehearsal.json").write_text("{}", encoding="ascii")
    logs_beside(bundle).symlink_to(victim)
    with pytest.raises(InputError, match="is a link") as caught:
        new_logs_beside(bundle)
    assert caught.value.reference == "output-occupied"
    assert kept_rehearsal(bundle, None) == (None, None)
    logs_beside(bundle).unlink()
    assert new_logs_beside(bundle) == logs_beside(bundle)


def test_nor_do_those_of_a_rehearsal_that_is_a_part_of_a_build(tmp_path: Path) -> None:
    victim, final = tmp_path / "victim", tmp_path / "x.zip"
    victim.mkdir()
    logs_beside(final).symlink_to(victim)
    demand = build_command._Rehearsing(Options(store=tmp_path / "store"), quiet=True, as_json=True)
    with pytest.raises(InputError, match="is a link") as caught:
        demand(tmp_path / "work.zip", Written(path=final, sha256="aa", size=1))
    assert caught.value.reference == "output-occupied"


def test_a_source_that_is_a_link_to_itself(tmp_path: Path) -> None:
    """Where it leads was an internal error."""
    (tmp_path / "loop").symlink_to("loop")
    session: Any = None
    with pytest.raises(InputError) as caught:
        artifact_of(session, PathSource(path="loop"), folder=tmp_path, routes=(), sha256=None)
    assert caught.value.reference == "source-missing"
    (tmp_path / "example.toml").write_text(recipe_text(packages='projects = ["loop"]'), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        project_folder(load_recipe(tmp_path / "example.toml"), 0)
    assert caught.value.reference == "project-missing"
