"""Links in a folder of somebody else, such as a repository that was checked out, where commands write their files beside a recipe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.lock_file import load_lock
from bundler.model.recipe_schema import FILENAME
from bundler.model.target import Target
from bundler.pipeline.lock_recipe import write_lock
from bundler.pipeline.new_recipe import write_recipe
from tests.attack.text_parsers import locks
from tests.support import only_linux

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
