"""Extras and dependency groups of local projects: what a recipe takes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.model.lock_file import load_lock
from tests.support.sources import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

GROUPS = """
[project.optional-dependencies]
web = ["beta"]

[dependency-groups]
prod = ["gamma>=1", { include-group = "Base_Group" }]
base-group = ["delta; sys_platform == 'win32'", "epsilon; sys_platform == 'linux'"]
odd = ["no/requirement"]
loop = [{ include-group = "loop" }]
"""


@pytest.fixture
def grouped(bench: Bench) -> Bench:
    for name in ("gamma", "delta", "epsilon"):
        bench.publish(name)
    static(bench.folder / "mine", GROUPS)
    return bench


def static(folder: Path, more: str = "", version: str = "1.0") -> None:
    """A project that says all of itself."""
    make_project(folder, folder.name, version)
    append(folder, f'\n[project]\nname = "{folder.name}"\nversion = "{version}"\n{more}')


def append(folder: Path, text: str) -> None:
    file = folder / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def taken(bench: Bench, project: str) -> set[str]:
    bench.write(requirements=[], packages=f"projects = [{project}]")
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    return {each.name for each in load_lock(bench.lock).packages}


@pytest.mark.parametrize(
    ("project", "packages"),
    [
        ('"mine"', set()),
        ('{ path = "mine" }', set()),
        ('{ path = "mine", extras = ["Web"] }', {"beta"}),
        ('{ path = "mine", groups = ["prod"] }', {"gamma", "delta"}),
        ('{ path = "mine", extras = ["web"], groups = ["base-group"] }', {"beta", "delta"}),
    ],
)
def test_what_is_taken(grouped: Bench, project: str, packages: set[str]) -> None:
    assert taken(grouped, project) == {"mine", *packages}
    before = grouped.lock.read_bytes()
    assert "nothing changed" in grouped.run("lock", grouped.recipe).out
    assert grouped.lock.read_bytes() == before


def test_a_group_makes_its_packages_the_recipes_own(grouped: Bench) -> None:
    taken(grouped, '{ path = "mine", groups = ["prod"] }')
    assert {each.name for each in load_lock(grouped.lock).packages if each.requested} == {"mine", "gamma", "delta"}
    why = grouped.run("lock", grouped.recipe, "--why", "gamma")
    assert why.code == 0, why.err


def test_a_lock_notices_that_a_group_was_added_or_changed(grouped: Bench) -> None:
    taken(grouped, '"mine"')
    plain = load_lock(grouped.lock).inputs
    assert taken(grouped, '{ path = "mine" }') == {"mine"}
    assert load_lock(grouped.lock).inputs == plain
    assert taken(grouped, '{ path = "mine", groups = ["prod"] }') == {"mine", "gamma", "delta"}
    file = grouped.folder / "mine" / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"gamma>=1", ', ""), encoding="utf-8")
    assert taken(grouped, '{ path = "mine", groups = ["prod"] }') == {"mine", "delta"}


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ("nothing", "nothing"),
        ("odd", "no/requirement"),
        ("loop", "loop includes itself"),
    ],
)
def test_a_group_that_can_not_be_taken(grouped: Bench, groups: str, words: str) -> None:
    grouped.write(requirements=[], packages=f'projects = [{{ path = "mine", groups = ["{groups}"] }}]')
    done = grouped.run("lock", grouped.recipe)
    assert (done.code, done.reference) == (2, "group-invalid")
    assert "packages.projects[0].groups" in done.err
    assert words in done.err
    assert "base-group, loop, odd, prod" in done.err


def test_what_a_group_takes_from_a_place_of_its_own_never_comes_from_the_index(grouped: Bench) -> None:
    """A stranger's package has the name on the index; the project's own table says where it is from."""
    static(grouped.folder / "helper", version="7.0")
    grouped.publish("helper", "9.9")
    append(
        grouped.folder / "mine",
        'own = ["helper"]\n\n[tool.uv.sources]\nhelper = { path = "../helper", group = "own" }\n',
    )
    file = grouped.folder / "mine" / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    assert taken(grouped, '{ path = "mine", groups = ["own"] }') == {"mine", "helper"}
    assert {each.name: each.version for each in load_lock(grouped.lock).packages}["helper"] == "7.0"
    file.write_text(text.replace(', group = "own"', ""), encoding="utf-8")
    assert taken(grouped, '{ path = "mine", groups = ["own"] }') == {"mine", "helper"}
    assert {each.name: each.version for each in load_lock(grouped.lock).packages}["helper"] == "7.0"
    file.write_text(text.replace('path = "../helper"', 'git = "https://example.com/x"'), encoding="utf-8")
    grouped.write(requirements=[], packages='projects = [{ path = "mine", groups = ["own"] }]')
    assert grouped.run("lock", grouped.recipe).code != 0


def test_an_unknown_key_of_a_project(grouped: Bench) -> None:
    grouped.write(requirements=[], packages='projects = [{ path = "mine", group = ["prod"] }]')
    done = grouped.run("lock", grouped.recipe)
    assert (done.code, done.reference) == (2, "recipe-invalid")
    assert "packages.projects[0].group: unknown key; did you mean 'groups'?" in done.err
