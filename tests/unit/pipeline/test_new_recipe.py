from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.recipe_file import load_recipe
from bundler.model.recipe_schema import FILENAME, recipe_schema_text
from bundler.model.target import Target
from bundler.pipeline.new_recipe import NewRecipe, write_recipe
from bundler.pipeline.recipe_beginning import Origin
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *, origin: Path | None = None, force: bool = False) -> Path:
    return begun(path, origin, force=force).path


def begun(path: Path, origin: Path | None, *, force: bool = False, **parts: tuple[str, ...]) -> NewRecipe:
    chosen = Origin(path=origin, **parts)
    return write_recipe(path, origin=chosen, force=force, target=Target.of("3.13.1", "win_amd64"))


def test_from_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "my server.toml")
    recipe = load_recipe(path)
    assert recipe.bundle.name == "my-server"
    assert recipe.packages.requirements == ("requests",)
    assert recipe.environment.path == "C:\\PythonEnvs\\my-server"
    assert str(recipe.target[0].target()) == "CPython 3.13.1 on win_amd64"


def test_from_a_project(tmp_path: Path) -> None:
    project = tmp_path / "web"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "Web.App"\nversion = "2.1"\n', encoding="utf-8")
    recipe = load_recipe(written(tmp_path / "recipes" / "web.toml", origin=project / "pyproject.toml"))
    assert (recipe.bundle.name, recipe.bundle.version) == ("web", "2.1")
    assert [each.path for each in recipe.packages.projects] == ["../web"]
    assert recipe.packages.requirements == ()


def test_from_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("requests\n", encoding="utf-8")
    recipe = load_recipe(written(tmp_path / "x.toml", origin=tmp_path / "requirements.txt"))
    assert recipe.packages.files == ("requirements.txt",)


def test_a_python_without_an_embeddable_one(tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "old.toml", target=Target.of("2.7.18", "win32")).path
    runtime = load_recipe(path).target[0].runtime
    assert (runtime.kind, runtime.directory) == ("msi", "C:\\Python27")


def test_comments_stay_in_their_column(tmp_path: Path) -> None:
    text = written(tmp_path / "x.toml").read_text(encoding="utf-8")
    line = next(each for each in text.splitlines() if each.startswith("python "))
    assert line == 'python   = "3.13.1"'.ljust(48) + "# always x.y.z"


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        written(path)
    assert caught.value.reference == "recipe-exists"
    assert path.read_text(encoding="utf-8") == "mine"
    assert "mine" not in written(path, force=True).read_text(encoding="utf-8")


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        written(tmp_path / "x.toml", origin=tmp_path)
    assert caught.value.reference == "origin-unreadable"
    assert not (tmp_path / "x.toml").exists()


@pytest.mark.parametrize("name", ["other.toml", "my-pyproject.toml"])
def test_toml_that_says_nothing_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('[project]\nname = "web"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        written(tmp_path / "x.toml", origin=tmp_path / name)
    assert caught.value.reference == "origin-unreadable"
    assert not (tmp_path / "x.toml").exists()


def test_from_a_lock(tmp_path: Path) -> None:
    (tmp_path / "pylock.web.toml").write_text("", encoding="utf-8")
    recipe = load_recipe(written(tmp_path / "x.toml", origin=tmp_path / "pylock.web.toml"))
    assert recipe.packages.files == ("pylock.web.toml",)


def test_a_recipe_that_would_be_wrong_is_not_left(tmp_path: Path) -> None:
    project = tmp_path / "web"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "web"\nversion = "not one"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        written(tmp_path / "x.toml", origin=project)
    assert caught.value.reference == "recipe-invalid"
    assert not (tmp_path / "x.toml").exists()


def test_the_first_line_leads_editors_to_the_schema_beside_it(tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "sub" / "x.toml", target=Target.of("3.13.1", "win_amd64"), schema=True).path
    directive, name = path.read_text(encoding="utf-8").splitlines()[0].split()
    assert directive == "#:schema"
    assert (path.parent / name).read_text(encoding="utf-8") == recipe_schema_text()
    plain = written(tmp_path / "y.toml").read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").splitlines()[1] == plain.splitlines()[0]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["sub", "y.toml"]


def test_another_file_in_the_place_of_the_schema_stays(tmp_path: Path) -> None:
    (tmp_path / FILENAME).write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        write_recipe(tmp_path / "x.toml", target=Target.of("3.13.1", "win_amd64"), schema=True)
    assert caught.value.reference == "recipe-exists"
    assert [each.name for each in tmp_path.iterdir()] == [FILENAME]
    assert (tmp_path / FILENAME).read_text(encoding="utf-8") == "mine"


def test_every_key_of_a_recipe_stands_in_what_is_written(tmp_path: Path) -> None:
    """In comments, too: no user should have to look elsewhere to see that there is such a key."""
    text = written(tmp_path / "x.toml").read_text(encoding="utf-8")
    for key in ("publisher", "abi", "markers", "legacy", "prereleases", "keep", "signer", "unsigned", "incomplete"):
        assert f"{key} " in text, key


def test_it_shows_how_the_bundle_is_rehearsed(tmp_path: Path) -> None:
    path = written(tmp_path / "x.toml")
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = lines[next(i for i, each in enumerate(lines) if each.startswith("# [rehearse]")) :]
    path.write_text(
        "\n".join([*lines, '[site]\nport = { default = "1" }', *(each.removeprefix("# ") for each in shown)]),
        encoding="utf-8",
    )
    found = load_recipe(path).rehearse
    assert found.site == {"port": "18080"}
    assert (found.command[0].output, found.request[0].text) == ("1.0", "Hello")


@only_linux.ELSEWHERE
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "n\udcff.toml"
    with pytest.raises(InputError, match="a name that isn't text") as caught:
        write_recipe(path, name="n", target=Target.of("3.11.9", "win_amd64"))
    assert caught.value.reference == "arguments-wrong"
    assert not path.exists()
