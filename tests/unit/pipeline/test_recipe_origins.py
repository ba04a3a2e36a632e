"""Files of other tools as the beginning of a recipe: what is taken of them, and what is named as left out."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.recipe_file import load_recipe
from bundler.pipeline.recipe_beginning import choices
from tests.unit.pipeline.test_new_recipe import begun

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.recipe import Recipe

PROJECT = """
[project]
name = "web"
version = "2.1"
[project.scripts]
web = "web.main:run [fast]"
odd = "not a module:x"
[project.gui-scripts]
window = "web.window:run"
[project.optional-dependencies]
fast = ["uvloop"]
[dependency-groups]
Prod_Only = ["gunicorn"]
dev = ["pytest"]
"""
UV = """
version = 1

[[package]]
name = "web"
version = "2.1"
source = { editable = "." }

[[package]]
name = "anyio"
version = "4.4.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "own-fork"
version = "1.0"
source = { git = "https://example.com/own-fork?rev=abc#abc" }

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://index.example/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://index.example/simple" }
"""
POETRY = """
[[package]]
name = "Flask"
version = "3.0.3"

[[package]]
name = "mine"
version = "0.1"
[package.source]
type = "directory"
url = "../mine"

[[package]]
name = "held"
version = "1.0"
[package.source]
type = "legacy"
url = "https://index.example/simple"
reference = "own"

[[package]]
name = "strange"
version = "not one"
"""
PIPFILE = """
[[source]]
url = "https://me:secret@index.example/simple"
verify_ssl = true
name = "main"

[[source]]
url = "https://own.example/simple"
name = "own"

[packages]
requests = "*"
flask = "==3.0.3"
uvicorn = { version = ">=0.20", extras = ["standard"], sys_platform = "== 'win32'", markers = "python_version > '3.8'" }
inner = { version = "*", index = "own" }
forked = { git = "https://example.com/forked.git", ref = "main" }
old = { hg = "https://example.com/old" }
local = { path = "./local", editable = true }
gone = { path = "./gone" }

[dev-packages]
pytest = "*"

[requires]
python_version = "3.11"
"""
PIPFILE_LOCK = """{
    "_meta": {"hash": {"sha256": "0"}},
    "default": {
        "certifi": {"hashes": [], "version": "==2024.7.4"},
        "forked": {"git": "https://example.com/forked.git", "ref": "abc"}
    },
    "develop": {"pytest": {"version": "==8.0"}}
}
"""
CONDA = """
name: science   # of the laboratory
channels:
  - conda-forge
dependencies:
  - python=3.11
  - numpy=1.26.4=py311h64a7726_0
  - pandas=2.2
  - conda-forge::scipy>=1.11,<2
  - 'pytorch==2.3.0'
  - openssl=3.3
  - libblas=3.9
  - tqdm 4.66.*
  - weird|other
  - pip
  - pip:
      - rich==13.7
      - "click; sys_platform == 'win32'"
      - -r more.txt
variables:
  - FLAG: 1
"""
FREEZE = """\
certifi @ file:///croot/certifi_1707229174982/work/certifi
numpy @ file:///C:/b/abs_c1ywpu18ar/croot/numpy_and_numpy_base_1708638681471/work/dist/numpy-1.26.4-cp311-cp311-win_amd64.whl#sha256=5dfd3e04
requests==2.31.0
-e git+https://example.com/x@abc#egg=x
own @ https://example.com/own-1.0-py3-none-any.whl
"""


def recipe_of(folder: Path, name: str, text: str, **parts: tuple[str, ...]) -> tuple[Recipe, list[str]]:
    (folder / name).write_text(text, encoding="utf-8")
    new = begun(folder / "x.toml", folder / name, force=True, **parts)
    return load_recipe(new.path), [str(each) for each in new.left_out]


def test_a_projects_programs_are_checked(tmp_path: Path) -> None:
    recipe, _ = recipe_of(tmp_path, "pyproject.toml", PROJECT)
    assert recipe.checks.imports == ("web.main", "web.window")
    text = recipe.path.read_text(encoding="utf-8")
    assert '# commands = [["web", "--help"], ["odd", "--help"]]' in text


def test_extras_and_groups_that_are_wanted(tmp_path: Path) -> None:
    recipe, _ = recipe_of(tmp_path, "pyproject.toml", PROJECT, extras=("Fast",), groups=("prod-only",))
    (project,) = recipe.packages.projects
    assert (project.path, project.extras, project.groups) == (".", ("Fast",), ("prod-only",))
    assert choices(tmp_path / "pyproject.toml") == (("fast",), ("Prod_Only", "dev"))
    assert choices(tmp_path / "requirements.txt") == ((), ())
    for parts, words in ({"extras": ("slow",)}, "no extra slow"), ({"groups": ("test",)}, "no group test"):
        with pytest.raises(InputError, match=words) as caught:
            recipe_of(tmp_path, "pyproject.toml", PROJECT, **parts)
        assert caught.value.reference == "arguments-wrong"


@pytest.mark.parametrize("origin", ["pyproject.toml", "uv.lock", ""])
def test_pins_of_uv_become_constraints(tmp_path: Path, origin: str) -> None:
    (tmp_path / "uv.lock").write_text(UV, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    new = begun(tmp_path / "x.toml", tmp_path / origin)
    recipe = load_recipe(new.path)
    assert [each.path for each in recipe.packages.projects] == ["."]
    assert recipe.packages.constraints == ("anyio==4.4.0",)
    assert [str(each) for each in new.left_out] == [
        "uv.lock:15: own-fork comes from no index there (git)",
        "uv.lock:20: numpy has several versions there, by platform or Python",
    ]


def test_pins_of_poetry_become_constraints(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    recipe, left_out = recipe_of(tmp_path, "poetry.lock", POETRY)
    assert recipe.packages.constraints == ("flask==3.0.3", "held==1.0")
    assert left_out == [
        "poetry.lock:7: mine comes from no index there (directory)",
        "poetry.lock:22: strange has the version 'not one', which is not a valid version",
    ]


PDM = """
[metadata]
groups = ["default"]
lock_version = "4.5.0"

[[package]]
name = "Flask"
version = "3.0.3"
groups = ["default"]

[[package]]
name = "flask"
version = "3.0.3"
extras = ["async"]

[[package]]
name = "mine"
version = "0.1"
path = "./mine"
editable = true
"""


def test_pins_of_pdm_become_constraints(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    recipe, left_out = recipe_of(tmp_path, "pdm.lock", PDM)
    assert recipe.packages.constraints == ("flask==3.0.3",)
    assert recipe.packages.files == ()
    assert left_out == ["pdm.lock:17: mine comes from no index there (path)"]


@pytest.mark.parametrize("name", ["setup.cfg", "setup.py"])
def test_what_declares_a_project_means_the_project(tmp_path: Path, name: str) -> None:
    recipe, _ = recipe_of(tmp_path, name, "")
    assert ([each.path for each in recipe.packages.projects], recipe.packages.files) == (["."], ())


def test_the_python_of_a_pipfile_is_named(tmp_path: Path) -> None:
    text = '[packages]\nrequests = "*"\n[requires]\npython_version = "3.11"\npython_full_version = "3.11.4"\n'
    assert recipe_of(tmp_path, "Pipfile", text)[1] == [
        "Pipfile:4: python_version: the recipe's target names the Python",
        "Pipfile:5: python_full_version: the recipe's target names the Python",
    ]


@pytest.mark.parametrize("locked", [False, True])
def test_a_pipfile(tmp_path: Path, locked: bool) -> None:
    (tmp_path / "local").mkdir()
    if locked:
        (tmp_path / "Pipfile.lock").write_text(PIPFILE_LOCK, encoding="utf-8")
    recipe, left_out = recipe_of(tmp_path, "Pipfile", PIPFILE)
    assert recipe.packages.requirements == (
        "requests",
        "flask==3.0.3",
        "uvicorn[standard]>=0.20 ; (python_version > '3.8') and (sys_platform == 'win32')",
        "inner",
        "forked @ git+https://example.com/forked.git@main",
    )
    assert [(each.url, each.packages) for each in recipe.packages.indexes] == [
        ("https://own.example/simple", ("inner",)),
        ("https://index.example/simple", ()),
    ]
    assert [each.path for each in recipe.packages.projects] == ["local"]
    assert recipe.packages.constraints == (("certifi==2024.7.4",) if locked else ())
    assert left_out == [
        "Pipfile:17: old comes from version control other than git",
        "Pipfile:19: gone comes from ./gone, which is no folder",
        "Pipfile:21: the packages of [dev-packages]",
        "Pipfile:25: python_version: the recipe's target names the Python",
        *(["Pipfile.lock:5: forked comes from no index there"] if locked else []),
    ]
    assert "me:secret" not in recipe.path.read_text(encoding="utf-8")


def test_an_environment_of_conda(tmp_path: Path) -> None:
    recipe, left_out = recipe_of(tmp_path, "environment.yml", CONDA)
    assert recipe.packages.requirements == (
        "numpy==1.26.4",
        "pandas==2.2.*",
        "scipy>=1.11,<2",
        "torch==2.3.0",
        "tqdm==4.66.*",
        "rich==13.7",
        "click; sys_platform == 'win32'",
    )
    assert [each.partition(": ")[0] for each in left_out] == [
        f"environment.yml:{number}" for number in (6, 11, 12, 14, 15, 19)
    ]
    assert "the recipe's target names the Python" in left_out[0]
    assert recipe.bundle.name == "x"


def test_a_freeze_in_an_environment_of_conda(tmp_path: Path) -> None:
    recipe, left_out = recipe_of(tmp_path, "requirements.txt", FREEZE)
    assert recipe.packages.files == ()
    assert recipe.packages.requirements == (
        "certifi",
        "numpy==1.26.4",
        "requests==2.31.0",
        "own @ https://example.com/own-1.0-py3-none-any.whl",
    )
    assert left_out == [
        "requirements.txt:1: the version of certifi, which conda's address doesn't say",
        "requirements.txt:4: -e git+https://example.com/x@abc#egg=x: not a requirement by itself; put it into a requirements file",
    ]


def test_a_file_of_this_host_is_no_freeze_of_conda(tmp_path: Path) -> None:
    wheel = "own @ file:///home/me/wheels/own-1.0-py3-none-any.whl\n"
    recipe, left_out = recipe_of(tmp_path, "requirements.txt", wheel)
    assert (recipe.packages.files, left_out) == (("requirements.txt",), [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Pipfile", "[packages"),
        ("Pipfile", "\0"),
        ("environment.yml", "name: x\n"),
        ("environment.yaml", "dependencies: [numpy]\n"),
        ("uv.lock", "[[package"),
        ("pixi.lock", "version: 6\n"),
        ("tox.ini", "[tox]\n"),
        ("package.json", "{}\n"),
        ("main.py", "import os\n"),
    ],
)
def test_what_can_not_be_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        begun(tmp_path / "x.toml", tmp_path / name)
    assert caught.value.reference == "origin-unreadable"
    assert not (tmp_path / "x.toml").exists()


@pytest.mark.parametrize("text", ["package = 1", "[[package]]", '[[package]]\nname = 5\nsource = "x"', "[package]\n"])
def test_locks_with_odd_values_end_in_no_accident(tmp_path: Path, text: str) -> None:
    assert tomllib.loads(text)
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    recipe, _ = recipe_of(tmp_path, "uv.lock", text)
    assert recipe.packages.constraints == ()
