"""Locks at the command line: what changes them, and what doesn't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.building import setuptools_wheel
from tests.support.commandline import Bench, make_bench, make_runtime
from tests.support.index import LocalIndex
from tests.support.packages import make_project, make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path


def versions(bench: Bench) -> dict[str, str]:
    """What the lock has: name to version."""
    text = bench.lock.read_text(encoding="utf-8").partition("[tool.bundle]")[0]
    return dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', text))


def lock(bench: Bench, *arguments: str) -> str:
    """Lock, and tell the state of the one lock."""
    done = bench.run("lock", bench.recipe, "--json", *arguments)
    assert done.code == 0, done.err
    state = done.json["locks"][0]["state"]
    assert isinstance(state, str)
    return state


def test_locking_twice_changes_nothing(bench: Bench) -> None:
    assert lock(bench) == "new"
    before = (bench.lock.stat().st_mtime_ns, bench.lock.read_bytes())
    assert lock(bench) == "unchanged"
    assert (bench.lock.stat().st_mtime_ns, bench.lock.read_bytes()) == before
    assert "nothing changed in" in bench.run("lock", bench.recipe).out


def test_a_new_release_changes_nothing_until_it_is_asked_for(bench: Bench) -> None:
    assert bench.build().code == 0
    first = bench.bundle.read_bytes()
    bench.publish("beta", "1.5")
    bench.publish("alpha", "1.5", requires=["beta"])
    asked = len(bench.index.requests)
    assert bench.build().code == 0
    assert bench.bundle.read_bytes() == first
    assert len(bench.index.requests) == asked, "a build from a lock asks nothing of an index"
    assert lock(bench) == "unchanged"
    assert lock(bench, "--upgrade-package", "Beta") == "changed"
    assert versions(bench) == {"alpha": "1.0", "beta": "1.5"}
    assert lock(bench, "--upgrade") == "changed"
    assert versions(bench) == {"alpha": "1.5", "beta": "1.5"}


def test_upgrading_what_isnt_there_is_told(bench: Bench) -> None:
    done = bench.run("lock", bench.recipe, "--upgrade-package", "alhpa")
    assert done.code == 0
    assert "warning: alhpa is in no lock of this recipe" in done.err


def test_an_edited_recipe_changes_no_more_than_it_must(bench: Bench) -> None:
    lock(bench)
    bench.publish("beta", "1.5")
    bench.publish("alpha", "1.5", requires=["beta"])
    bench.publish("gamma", "1.0", requires=["beta"])
    bench.write(requirements=["alpha", "gamma"])
    assert bench.build().code == 0
    assert versions(bench) == {"alpha": "1.0", "beta": "1.0", "gamma": "1.0"}
    bench.write(requirements=["alpha>1", "gamma"])
    assert bench.build().code == 0
    assert versions(bench) == {"alpha": "1.5", "beta": "1.0", "gamma": "1.0"}
    bench.write(requirements=["gamma"])
    assert bench.build().code == 0
    assert versions(bench) == {"beta": "1.0", "gamma": "1.0"}


def test_a_project_that_asks_for_more_is_locked_anew(bench: Bench) -> None:
    project = bench.root / "mine"
    make_project(project, "mine", requires=["beta"])
    bench.write(requirements=[], packages='projects = ["../mine"]')
    assert bench.build().code == 0
    assert versions(bench)["beta"] == "1.0"
    file = project / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert bench.build("--locked").code == 2
    assert bench.build().code == 0
    assert bench.build("--locked").code == 0


def test_another_bundle_version_needs_no_other_lock(bench: Bench) -> None:
    lock(bench)
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace('version = "1.0"', 'version = "2.0"'), encoding="utf-8")
    assert bench.build("--locked").code == 0
    assert (bench.output / bench.bundle.name.replace("-1.0-", "-2.0-")).is_file()


def test_a_yanked_file_is_taken_only_if_pinned(bench: Bench) -> None:
    bench.publish("alpha", "2.0", yanked="it deletes files")
    lock(bench)
    assert versions(bench)["alpha"] == "1.0"
    bench.write(requirements=["alpha==2.0"])
    done = bench.run("lock", bench.recipe)
    assert done.code == 0
    assert "warning: alpha 2.0 was yanked" in done.err
    assert "it deletes files" in done.err
    assert versions(bench) == {"alpha": "2.0"}


def test_a_locked_file_that_was_yanked_since_stays(bench: Bench) -> None:
    wheel = bench.publish("alpha", "1.1", requires=["beta"])
    lock(bench)
    bench.index.add(wheel, yanked="broken")
    assert bench.build().code == 0
    assert versions(bench)["alpha"] == "1.1"


@pytest.mark.parametrize("pattern", ["ours-*", "Ours__Core", "OURS.-*"])
def test_a_package_pinned_to_one_index_never_comes_from_another(tmp_path: Path, pattern: str) -> None:
    """Dependency confusion: somebody publishes our package's name with a higher version where everybody can."""
    with LocalIndex() as public, LocalIndex() as private:
        bench = make_bench(tmp_path / "bench", public)
        bench.publish("ours-core", "99.0")
        private.add(make_wheel(tmp_path / "private", "ours-core", "1.0", requires=["beta"]))
        pinned = f'indexes = [{{ url = "{private.url}", packages = ["{pattern}"] }}]'
        bench.write(requirements=["ours-core"], packages=pinned)
        assert bench.build().code == 0
        assert versions(bench) == {"ours-core": "1.0", "beta": "1.0"}
        assert not public.asked("/ours-core/"), "the public index doesn't even hear of it"
        assert not private.asked("/beta/")
        private.remove("ours_core-1.0-py3-none-any.whl")
        done = bench.run("lock", bench.recipe, "--upgrade")
        assert (done.code, done.reference) == (3, "package-unknown")
        assert versions(bench)["ours-core"] == "1.0"


def test_several_targets_in_one_go(bench: Bench) -> None:
    pieces = {
        name: make_program(platform="win32", dll=name != "python") for name in ("python", "python311", "vcruntime140")
    }
    bench.index.serve("/python.zip", make_runtime(bench.root / "32.zip", **pieces).read_bytes())
    bench.publish("native", tag="cp311-cp311-win32")
    bench.publish("native", tag="cp311-cp311-win_amd64")
    bench.write(targets=[("3.11.9", "win32"), ("3.11.9", "win_amd64")], requirements=["native"])
    done = bench.build("--target", "3.11.9-win32")
    assert done.code == 0, done.err
    assert [each.name for each in bench.output.glob("*.zip")] == ["example-1.0-3.11.9-win32.zip"]
    # the runtime is a 32-bit one: the first target is built again, the second is refused
    done = bench.build()
    assert (done.code, done.reference) == (5, "runtime-other-python")
    assert "win_amd64" in done.err
    assert [each.name for each in bench.output.glob("*.zip")] == ["example-1.0-3.11.9-win32.zip"]


def test_a_project_that_reads_its_requirements_from_elsewhere(bench: Bench) -> None:
    """The lock can't know of that file: the wheel that comes out is compared with it."""
    bench.index.add(setuptools_wheel())
    bench.publish("gamma")
    project = bench.root / "checkout"
    project.mkdir()
    (project / "dynamic.py").write_text("", encoding="utf-8")
    (project / "wanted.txt").write_text("alpha\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "dynamic"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools]\npy-modules = ["dynamic"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["wanted.txt"] }\n',
        encoding="utf-8",
    )
    bench.write(requirements=[], packages='projects = ["../checkout"]')
    done = bench.build()
    assert done.code == 0, done.err
    first = bench.bundle.read_bytes()
    (project / "wanted.txt").write_text("alpha\ngamma\n", encoding="utf-8")
    done = bench.build()
    assert (done.code, done.reference) == (2, "lock-stale")
    assert "dynamic asks for what its lock doesn't have: gamma" in done.err
    assert bench.bundle.read_bytes() == first
    assert lock(bench) == "changed"
    assert bench.build("--locked").code == 0
    assert versions(bench)["gamma"] == "1.0"


def test_a_project_whose_folder_has_another_name(bench: Bench) -> None:
    make_project(bench.root / "trunk", "mine", requires=["beta"])
    bench.write(requirements=[], packages='projects = ["../trunk"]')
    done = bench.build()
    assert done.code == 0, done.err
    assert versions(bench)["mine"] == "1.0"
