"""``packages.build`` and ``packages.sdists`` at the command line: what is built here, told, locked and packed."""

from __future__ import annotations

import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

from tests.support.building import setuptools_wheel
from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from tests.support.commandline import Bench


def made_from(bench: Bench) -> dict[str, Any]:
    """What the bundle's manifest says that each of its wheels was made from, by the wheel's name."""
    with zipfile.ZipFile(bench.bundle) as archive:
        name = next(each for each in archive.namelist() if each.endswith("manifest.json"))
        manifest = json.loads(archive.read(name))
    return {each["name"]: each.get("made_from") for each in manifest["packages"]}


def test_a_named_package_is_built_from_its_sdist(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "beta", "1.0"))
    assert bench.build().code == 0
    wheels = bench.bundle.read_bytes()
    assert made_from(bench) == {"alpha": None, "beta": None}
    bench.write(packages='build = ["Beta"]')
    done = bench.build()
    assert done.code == 0, done.err
    assert made_from(bench) == {"alpha": None, "beta": "sdist"}
    assert "building beta 1.0 from beta-1.0.tar.gz runs its code on this host" in done.err + done.out
    assert bench.bundle.read_bytes() != wheels
    assert bench.build("--locked").code == 0
    bench.write()
    stale = bench.build("--locked")
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err


def test_preferred_sdists_are_built_wherever_there_is_one(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "alpha", "1.0", requires=["beta>=1"]))
    bench.write(packages='sdists = "prefer"')
    done = bench.build()
    assert done.code == 0, done.err
    assert made_from(bench) == {"alpha": "sdist", "beta": None}
    with zipfile.ZipFile(bench.bundle) as archive:
        assert any(each.endswith("wheels/pip-24.0-py3-none-any.whl") for each in archive.namelist())


def test_what_makes_the_environment_may_be_built_as_a_package(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "pip", "24.0"))
    bench.write(requirements=["pip"], packages='build = ["pip"]')
    done = bench.build()
    assert done.code == 0, done.err
    assert made_from(bench) == {"pip": "sdist"}
    with zipfile.ZipFile(bench.bundle) as archive:
        wheels = [each for each in archive.namelist() if each.endswith(".whl")]
    assert [each.rpartition("/")[2] for each in wheels] == ["pip-24.0-py3-none-any.whl"]
    assert bench.run("verify", bench.bundle).code == 0


def test_the_default_written_down_is_the_default(bench: Bench) -> None:
    assert bench.run("lock", bench.recipe).code == 0
    bench.write(packages='sdists = "fallback"')
    assert bench.build("--locked").code == 0
    bench.index.add(make_sdist(bench.published, "gamma", "1.0"))
    bench.write(requirements=["gamma"], packages='sdists = "never"')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert "sdists aren't taken" in done.err


def test_a_name_that_nothing_asks_for_is_told(bench: Bench) -> None:
    bench.write(packages='build = ["bta"]')
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    assert "warning: packages.build names bta, which is not a package of this bundle" in done.err


def test_what_has_no_sdist_is_a_conflict_in_words(bench: Bench) -> None:
    bench.write(packages='build = ["beta", "al pha"]')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (2, "recipe-invalid")
    assert "packages.build[1]: 'al pha' is not a valid package name" in done.err
    bench.write(packages='build = ["beta"]')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert "beta 1.0: packages.build wants it from source; and it has no sdist" in done.err
    why = bench.run("lock", bench.recipe, "--why", "beta")
    assert "packages.build wants it from source" in why.out


def test_a_file_that_forbids_what_the_recipe_prefers_is_told(bench: Bench) -> None:
    (bench.folder / "requirements.txt").write_text("--only-binary :all:\nalpha\n", encoding="utf-8")
    bench.write(packages='files = ["requirements.txt"]\nsdists = "prefer"')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (2, "sdists-contradict")


def test_one_that_needs_a_compiler_is_named(bench: Bench) -> None:
    bench.publish("compiled", "1.0", tag="cp311-cp311-win_amd64")
    bench.index.add(make_sdist(bench.published, "compiled", "1.0", c_extension=True))
    bench.write(requirements=["compiled"])
    assert bench.build().code == 0
    bench.write(requirements=["compiled"], packages='build = ["compiled"]')
    done = bench.build()
    assert (done.code, done.reference) == (6, "needs-compiler"), done.err
    assert "it comes from source because packages.build names it; perhaps it has a wheel for the target" in done.err
    assert "bundle-" not in done.err, "a scratch folder that is gone"
    assert "packages.incomplete" not in done.err
    bench.write(requirements=["compiled"], packages='sdists = "prefer"')
    assert 'it comes from source because packages.sdists is "prefer"' in bench.build().err
    bench.index.add(make_sdist(bench.published, "source-only", "1.0", c_extension=True))
    bench.write(requirements=["source-only"])
    done = bench.build()
    assert done.reference == "needs-compiler"
    assert "it comes from source because" not in done.err


OPTIONAL = """\
from setuptools import Extension, setup
setup(
    name="Two.Names", version="1.0", py_modules=["two"],
    ext_modules=[Extension("_two", ["two.c"], optional=True)],
)
"""


def test_what_may_lack_its_extensions_is_named_as_people_write_it(bench: Bench) -> None:
    bench.index.add(setuptools_wheel())
    tree = make_project(bench.folder / "two_names-1.0", "two.names", backend="setuptools")
    (tree / "pyproject.toml").unlink()  # PEP 517's fallback: setuptools alone, and no index here has wheel
    (tree / "setup.py").write_text(OPTIONAL, encoding="utf-8")
    (tree / "two.py").write_text("TWO = 2", encoding="utf-8")
    (tree / "two.c").write_text("#error no such luck", encoding="utf-8")
    with tarfile.open(bench.published / "two_names-1.0.tar.gz", "w:gz") as archive:
        archive.add(tree, tree.name)
    bench.index.add(bench.published / "two_names-1.0.tar.gz")
    bench.write(requirements=["two.names"])
    done = bench.build()
    assert done.reference == "needs-compiler"
    assert 'packages.incomplete = ["two-names"]' in done.err
    bench.write(requirements=["two.names"], packages='incomplete = ["Two_Names"]')
    done = bench.build("--locked")
    assert done.code == 0, done.err
    assert "extension-left-out" in done.err
    assert made_from(bench) == {"Two.Names": "sdist"}


def test_why_says_what_becomes_of_an_sdist(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "beta", "1.0"))
    for packages, words in (
        ("", "if no wheel fits"),
        ('build = ["Beta"]', "as packages.build names it"),
        ('sdists = "prefer"', 'as packages.sdists is "prefer"'),
    ):
        bench.write(packages=packages)
        assert f"an sdist: built here, {words}" in bench.run("lock", bench.recipe, "--why", "beta").out


VENDORED = {
    "mine/__init__.py": "",
    "mine/_vendor/other-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 2.0\nRequires-Dist: not-locked\n",
    "mine/_vendor/other-2.0.dist-info/RECORD": "other.py,,\n",
    "mine/_vendor/older.egg-info/PKG-INFO": "Metadata-Version: 1.0\nName: older\nVersion: 1.0\n",
    "mine/_vendor/older.egg-info/requires.txt": "not-locked-either\n",
}


def test_a_project_may_vendor_the_metadata_of_another_distribution(bench: Bench) -> None:
    make_project(bench.root / "mine", "mine", "1.0", requires=["beta"], files=VENDORED)
    bench.write(requirements=[], packages='projects = ["../mine"]')
    done = bench.build()
    assert done.code == 0, done.err
    assert made_from(bench) == {"mine": "project", "beta": None}
    assert bench.build("--locked").code == 0


def test_a_build_requirement_may_vendor_the_metadata_of_another_distribution(bench: Bench) -> None:
    """As setuptools does; its wheel's own metadata comes behind the vendored one."""
    vendored = {each.replace("mine/", "tool/"): content for each, content in VENDORED.items()}
    bench.publish("tool", files=vendored)
    make_project(bench.root / "mine", "mine", "1.0", build_requires=["tool"])
    bench.write(requirements=[], packages='projects = ["../mine"]')
    done = bench.build()
    assert done.code == 0, done.err
    assert "lock-other-host" not in done.err
    assert bench.build("--locked").code == 0


def test_a_project_with_other_line_ends_has_the_same_lock(bench: Bench) -> None:
    """As git leaves it on Windows."""
    project = make_project(bench.folder / "mine", "mine")
    bench.write(packages='projects = ["mine"]')
    assert bench.run("lock", bench.recipe).code == 0
    declared = project / "pyproject.toml"
    declared.write_bytes(declared.read_bytes().replace(b"\n", b"\r\n"))
    assert bench.build("--locked").code == 0
