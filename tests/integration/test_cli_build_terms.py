"""What a recipe and pip's settings say of how packages are built: variables, settings, constraints, further requirements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.support.packages import make_sdist
from tests.support.strangers import stranger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench


DEMANDING = """
def told(settings):
    assert settings == {"one": "1", "many": ["a", "b"]}, settings
    assert os.environ["DEMO_DIR"] == "x y", os.environ
    place = os.environ["DEMO_DATA"]
    assert open(os.path.join(place, "said.txt")).read() == "beside the recipe"
    assert place in os.environ["PATH"].split(os.pathsep)[:2], os.environ["PATH"]
    assert len(os.environ["PATH"].split(os.pathsep)) > 1

def prepare_metadata_for_build_wheel(folder, settings=None):
    told(settings)
    return describe(folder)

def get_requires_for_build_wheel(settings=None):
    told(settings)
    return []

def build_wheel(folder, settings=None, metadata=None):
    told(settings)
    honest(folder)
    return HONEST
"""
TOLD = """
projects = ["demo/demo"]
[packages.source.Demo.environment]
DEMO_DIR = "x y"
DEMO_DATA = "{recipe}/data"
PATH = "{recipe}/data"
[packages.source.Demo.config-settings]
one = "1"
many = ["a", "b"]
"""


def demanding(bench: Bench) -> None:
    stranger(bench.folder / "demo", DEMANDING).rename(bench.folder / "demo" / "demo")
    (bench.folder / "data").mkdir()
    (bench.folder / "data" / "said.txt").write_text("beside the recipe", encoding="utf-8")


def asking(bench: Bench, *, tool: str = "tool", requires: str = "") -> None:
    """beta is an sdist that is built with ``tool``, of which there are several."""
    bench.index.remove("beta-1.0-py3-none-any.whl")
    sdist = make_sdist(bench.published, "beta", "1.0", build_requires=[requires or tool], dynamic=["Requires-Dist"])
    bench.index.add(sdist)
    for version in ("1.0", "81.0", "82.0.1"):
        bench.publish(tool, version)
        bench.publish("more", version)


def pinned(bench: Bench, name: str = "tool") -> str:
    """The version of a build requirement in the lock."""
    found = re.findall(rf'name = "{name}"\nversion = "([^"]+)"', bench.lock.read_text(encoding="utf-8"))
    return ", ".join(found)


def locked(bench: Bench, packages: str = "", env: dict[str, str] | None = None) -> str:
    bench.write(packages=packages)
    done = bench.run("lock", bench.recipe, env=env)
    assert done.code == 0, done.err
    return done.err


def test_variables_and_settings_reach_every_hook(bench: Bench) -> None:
    demanding(bench)
    bench.write(packages=TOLD)
    done = bench.build()
    assert done.code == 0, done.err
    bench.write(packages='projects = ["demo/demo"]')
    done = bench.build()
    assert (done.code, done.reference) == (6, "build-failed"), done.err


@pytest.mark.parametrize(("old", "new"), [("x y", "z"), ('one = "1"', 'one = "2"')])
def test_another_value_is_another_build(bench: Bench, old: str, new: str) -> None:
    demanding(bench)
    bench.write(packages=TOLD)
    assert bench.build().code == 0
    assert bench.build("--locked").code == 0
    bench.write(packages=TOLD.replace(old, new))
    stale = bench.build("--locked")
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    done = bench.build()
    assert (done.code, done.reference) == (6, "build-failed"), done.err


def test_what_lies_beside_the_recipe_is_looked_at_every_time(bench: Bench) -> None:
    demanding(bench)
    bench.write(packages=TOLD)
    assert bench.build().code == 0
    (bench.folder / "data" / "said.txt").write_text("something else", encoding="utf-8")
    done = bench.build()
    assert (done.code, done.reference) == (6, "build-failed"), done.err


@pytest.mark.parametrize("way", ["path", "link"])
def test_what_lies_outside_of_the_recipes_checkout_is_shown_to_no_build(bench: Bench, way: str) -> None:
    """A recipe of others, or one out of a bundle, could show its builds the user's keys, and give them a network."""
    demanding(bench)
    if way == "link":
        only_linux.require(only_linux.LINKS)
        (bench.folder / "elsewhere").symlink_to(bench.root)
    place = {"path": "{recipe}/..", "link": "{recipe}/elsewhere"}[way]
    bench.write(packages=TOLD.replace('DEMO_DATA = "{recipe}/data"', f'DEMO_DATA = "{place}"'))
    done = bench.build()
    assert (done.code, done.reference) == (2, "source-place-outside"), done.err
    assert "DEMO_DATA" in done.err
    if way == "path":
        (bench.folder.parent / ".git").mkdir()
        assert bench.build().reference == "build-failed", "the checkout may be read; the demo wants another value"


def test_a_wheel_that_was_built_otherwise_is_not_taken(bench: Bench) -> None:
    asking(bench)
    bench.write(packages="source = { beta = { environment = { A = '1' } } }")
    assert bench.build().code == 0
    assert "runs its code on this host" not in bench.build().err
    bench.write(packages="source = { beta = { environment = { A = '2' } } }")
    assert "runs its code on this host" in bench.build().err


@pytest.mark.parametrize(
    ("packages", "version"),
    [
        ("", "82.0.1"),
        ('build-constraints = ["tool<82"]', "81.0"),
        ('source = { beta = { build-constraints = ["tool<2"] } }', "1.0"),
        ('build-constraints = ["tool<82"]\nsource = { beta = { build-constraints = ["tool!=81.0"] } }', "1.0"),
        ('source = { alpha = { build-constraints = ["tool<2"] } }', "82.0.1"),
    ],
)
def test_constraints(bench: Bench, packages: str, version: str) -> None:
    asking(bench)
    locked(bench, packages)
    assert pinned(bench) == version
    assert bench.build("--locked").code == 0


def test_a_constraint_makes_a_lock_stale(bench: Bench) -> None:
    asking(bench)
    locked(bench)
    bench.write(packages='build-constraints = ["tool<82"]')
    stale = bench.build("--locked")
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    assert bench.build().code == 0
    assert pinned(bench) == "81.0"


def test_constraints_that_leave_nothing(bench: Bench) -> None:
    asking(bench)
    bench.write(packages='build-constraints = ["tool>99"]')
    done = bench.run("lock", bench.recipe)
    assert done.code == 3, done.err
    assert "packages.build-constraints" in done.err or "tool>99" in done.err


def test_further_requirements(bench: Bench) -> None:
    asking(bench)
    locked(bench)
    assert pinned(bench, "more") == ""
    locked(bench, 'source = { beta = { build-requires = ["more<82"] } }')
    assert pinned(bench, "more") == "81.0"
    assert bench.build("--locked").code == 0


def test_pips_own_constraints(bench: Bench, tmp_path: Path) -> None:
    asking(bench)
    held = tmp_path / "held.txt"
    held.write_text("tool<82\n", encoding="utf-8")
    env = {"PIP_BUILD_CONSTRAINT": str(held)}
    locked(bench, env=env)
    assert pinned(bench) == "81.0"
    held.write_text("tool<2\n", encoding="utf-8")
    stale = bench.build("--locked", env=env)
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    assert "tool 81.0 is pinned for builds" in stale.err
    assert bench.build(env=env).code == 0
    assert pinned(bench) == "1.0"
    assert bench.build("--locked").code == 0, "what is locked holds where nothing forbids it"


def test_markers_of_pips_own_constraints(bench: Bench, tmp_path: Path) -> None:
    asking(bench)
    held = tmp_path / "held.txt"
    env = {"PIP_BUILD_CONSTRAINT": str(held)}
    locked(bench)
    held.write_text("tool<82 ; python_version < '3'\n", encoding="utf-8")
    assert bench.build("--locked", env=env).code == 0, "that counts for no Python which builds"
    held.write_text("tool<82 ; python_version > '3'\n", encoding="utf-8")
    stale = bench.build("--locked", env=env)
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    locked(bench, env=env)
    assert pinned(bench) == "81.0"


def test_hashes_of_pips_own_constraints(bench: Bench, tmp_path: Path) -> None:
    asking(bench)
    held = tmp_path / "held.txt"
    env = {"PIP_BUILD_CONSTRAINT": str(held)}
    locked(bench)
    held.write_text(f"tool==82.0.1 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    stale = bench.build("--locked", env=env)
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    done = bench.run("lock", bench.recipe, env=env)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert "its sha256 is not one that the requirements allow" in done.err
    assert "what builds may ask for is decided by build-constraints" in " ".join(done.err.split())
    sha256 = re.findall(
        r'filename = "tool-82.*\n(?:.*\n)*?sha256 = "([0-9a-f]+)"', bench.lock.read_text(encoding="utf-8")
    )[0]
    held.write_text(f"tool==82.0.1 --hash=sha256:{sha256}\n", encoding="utf-8")
    assert bench.build("--locked", env=env).code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("-e ./mine\n", "never editable"),
        ("./mine-1.0.tar.gz\n", "not a valid requirement"),
        (None, "pip's setting build-constraint"),
    ],
)
def test_what_pips_own_constraints_cannot_be(bench: Bench, tmp_path: Path, content: str | None, words: str) -> None:
    asking(bench)
    held = tmp_path / "held.txt"
    if content is not None:
        held.write_text(content, encoding="utf-8")
    bench.write()
    done = bench.run("lock", bench.recipe, env={"PIP_BUILD_CONSTRAINT": str(held)})
    assert done.code == 2, done.err
    assert words in " ".join(done.err.split())


def test_pips_constraints_at_an_address(bench: Bench) -> None:
    asking(bench)
    bench.write()
    done = bench.run("lock", bench.recipe, env={"PIP_BUILD_CONSTRAINT": "https://me:hush@files.example/held.txt"})
    assert (done.code, done.reference) == (2, "requirements-unreadable"), done.err
    assert "https://files.example/held.txt" in " ".join(done.err.split())
    assert "hush" not in done.err


def test_pips_constraints_matter_where_something_is_built(bench: Bench) -> None:
    done = bench.build(env={"PIP_BUILD_CONSTRAINT": "https://files.example/held.txt"})
    assert done.code == 0, done.err


class TestSetuptools:
    """An sdist from before 82 may use pkg_resources, which 82 took out. Those of these tests are from 2024."""

    def test_is_kept_below_it(self, bench: Bench) -> None:
        asking(bench, tool="setuptools")
        said = locked(bench)
        assert pinned(bench, "setuptools") == "81.0"
        assert said.count("beta-1.0.tar.gz is built with setuptools<82") == 1, said
        assert bench.build("--locked").code == 0

    @pytest.mark.parametrize(
        "packages",
        [
            'build-constraints = ["setuptools"]',
            'source = { beta = { build-constraints = ["setuptools>=1"] } }',
            'source = { beta = { build-requires = ["setuptools"] } }',
        ],
    )
    def test_but_whoever_names_it_decides(self, bench: Bench, packages: str) -> None:
        asking(bench, tool="setuptools")
        said = locked(bench, packages)
        assert pinned(bench, "setuptools") == "82.0.1"
        assert "is built with setuptools<82" not in said

    def test_who_names_it_for_other_pythons_decides_nothing(self, bench: Bench) -> None:
        asking(bench, tool="setuptools")
        assert "is built with setuptools<82" in locked(
            bench, "build-constraints = ['setuptools<60; python_version < \"3\"']"
        )
        assert pinned(bench, "setuptools") == "81.0"

    def test_nor_where_the_sdist_wants_it(self, bench: Bench) -> None:
        asking(bench, tool="setuptools", requires="setuptools>=82")
        said = locked(bench)
        assert pinned(bench, "setuptools") == "82.0.1"
        assert "is built with setuptools<82" not in said
