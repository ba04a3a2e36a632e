"""Legacy installers at the command line: one made into a wheel, and several in a recipe that becomes a bundle."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import tree_of
from tests.support.legacy import extension, make_egg, make_wininst
from tests.support.packages import make_project, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench, Done

PURE = {"PURELIB/gamma/__init__.py": b"x = 1\n", "SCRIPTS/gamma_install.py": b"#!python\n"}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def gamma(bench: Bench, **options: str) -> Path:
    """A bdist_wininst for Python 3.11 that depends on a package of the index."""
    info = "PURELIB/gamma-1.0-py3.11.egg-info"
    files = {
        **PURE,
        f"{info}/PKG-INFO": b"Metadata-Version: 1.1\nName: gamma\nVersion: 1.0\n",
        f"{info}/requires.txt": b"beta>=1\n",
    }
    given = {"name": "gamma", "target_version": "3.11", "platform": "win_amd64", "install_script": "gamma_install.py"}
    return make_wininst(bench.folder / "gamma-1.0.win-amd64-py3.11.exe", files, **(given | options))  # type: ignore[arg-type]


def failed(done: Done, code: int, reference: str) -> str:
    assert (done.code, done.reference) == (code, reference), done.err
    return done.err


def test_one_becomes_a_wheel(bench: Bench) -> None:
    file = gamma(bench)
    done = bench.run("convert", file, "--output", bench.output)
    assert done.code == 0, done.err
    wheel = bench.output / "gamma-1.0-cp311-none-any.whl"
    assert str(wheel) in done.out
    assert "target_version" in done.out
    assert "gamma_install.py -install" in done.err
    first = digest(wheel)
    again = bench.run("convert", file, "--output", bench.output, "--json")
    assert (again.json["tag"], again.json["files"]) == ("cp311-none-any", {"purelib": 1, "scripts": 1})
    assert (again.json["post_install"], again.json["wheel"]) == ("gamma_install.py", str(wheel))
    assert digest(wheel) == first


def test_the_users_decision_and_what_is_refused(bench: Bench) -> None:
    file = make_wininst(bench.folder / "a.exe", {"PLATLIB/a.pyd": extension("3.4")}, target_version="3.3")
    told = failed(bench.run("convert", file, "--output", bench.output), 6, "legacy-disagrees")
    assert "--python" in told
    assert bench.run("convert", file, "--output", bench.output, "--python", "3.4").code == 0
    failed(bench.run("convert", file, "--python", "four"), 2, "arguments-wrong")
    failed(bench.run("convert", bench.recipe), 2, "installer-none")
    failed(bench.run("convert", bench.folder / "gone.exe"), 2, "installer-missing")
    failed(bench.run("convert", file, env={"SOURCE_DATE_EPOCH": "soon"}), 2, "epoch-malformed")


def test_a_recipe_with_installers(bench: Bench) -> None:
    gamma(bench)
    egg = make_egg(bench.published / "delta-2.0-py3.11.egg", {"delta.py": b""}, name="delta", version="2.0")
    bench.index.serve("/files/delta-2.0-py3.11.egg", egg.read_bytes())
    entries = [
        '{ source = "gamma-1.0.win-amd64-py3.11.exe" }',
        f'{{ source = "{bench.index.base}/files/delta-2.0-py3.11.egg", sha256 = "{digest(egg)}" }}',
    ]
    bench.write(packages=f"legacy = [{', '.join(entries)}]", more='[checks]\nimports = ["gamma"]')
    done = bench.build("--json")
    assert done.code == 0, done.err
    assert done.err.count("gamma_install.py -install") == 1
    lock = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    packages = {each["name"]: each for each in lock["packages"]}
    assert packages.keys() == {"alpha", "beta", "gamma", "delta"}
    assert packages["gamma"]["archive"]["path"] == "gamma-1.0.win-amd64-py3.11.exe"
    assert packages["delta"]["archive"]["hashes"] == {"sha256": digest(egg)}
    assert packages["gamma"]["dependencies"] == [{"name": "beta"}]
    legacy = lock["tool"]["bundle"]["legacy"]
    assert [each["name"] for each in legacy] == ["delta", "gamma"]
    with zipfile.ZipFile(bench.bundle) as archive:
        manifest = json.loads(archive.read(next(each for each in archive.namelist() if each.endswith("manifest.json"))))
        (inside,) = (archive.read(each) for each in archive.namelist() if "gamma-1.0" in each and each.endswith(".whl"))
    made = {each["name"]: each["made_from"] for each in manifest["packages"]}
    assert made == {"alpha": None, "beta": None, "gamma": "legacy", "delta": "legacy"}
    assert "legacy installer" in re.sub(r"\s+", " ", bench.run("inspect", bench.bundle).out)
    done = bench.run("convert", bench.folder / "gamma-1.0.win-amd64-py3.11.exe", "--output", bench.root)
    assert (bench.root / "gamma-1.0-cp311-none-any.whl").read_bytes() == inside, (
        f"no time of a lock is in it: {done.err}"
    )
    first = bench.bundle.read_bytes()
    before = bench.lock.read_text(encoding="utf-8")
    bench.bundle.unlink()
    assert bench.build("--locked").code == 0
    assert bench.bundle.read_bytes() == first
    assert bench.run("lock", bench.recipe).code == 0
    assert bench.lock.read_text(encoding="utf-8") == before


def test_an_installer_that_changed_is_not_taken(bench: Bench) -> None:
    gamma(bench)
    bench.write(packages='legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]')
    assert bench.run("lock", bench.recipe).code == 0
    gamma(bench, install_script="")
    before = tree_of(bench.folder)
    assert bench.build(env={"BUNDLE_STORE": str(bench.root / "empty")}).code == 5
    assert tree_of(bench.folder) == before
    assert bench.run("lock", bench.recipe, "--upgrade").code == 0
    assert bench.build().code == 0


def test_an_installer_for_another_python(bench: Bench) -> None:
    gamma(bench, target_version="3.10").rename(bench.folder / "gamma.exe")
    bench.write(packages='legacy = [{ source = "gamma.exe" }]')
    assert "cp310-none-any" in failed(bench.run("lock", bench.recipe), 6, "legacy-other-python")
    assert not bench.lock.exists()


@pytest.mark.parametrize(
    ("content", "code", "reference"), [(b"", 5, "installer-malformed"), (None, 2, "source-missing")]
)
def test_errors_name_the_key_and_no_place_that_is_gone(
    bench: Bench, content: bytes | None, code: int, reference: str
) -> None:
    if content is not None:
        (bench.folder / "gamma.exe").write_bytes(content)
    bench.write(packages='legacy = [{ source = "gamma.exe" }]')
    told = failed(bench.run("lock", bench.recipe), code, reference)
    assert "packages.legacy[0]: gamma.exe" in told
    assert "named" not in told


def test_two_origins_of_one_package(bench: Bench) -> None:
    gamma(bench)
    make_egg(bench.folder / "Gamma-2.0-py3.11.egg", {"gamma.py": b""}, name="Gamma", version="2.0")
    legacy = 'legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }, { source = "Gamma-2.0-py3.11.egg" }]'
    bench.write(packages=legacy)
    told = failed(bench.run("lock", bench.recipe), 2, "legacy-twice")
    assert "packages.legacy[0]: gamma-1.0.win-amd64-py3.11.exe" in told
    assert "packages.legacy[1]: Gamma-2.0-py3.11.egg" in told
    bench.write(packages='legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]\nbuild = ["Gamma"]')
    assert "packages.legacy[0]" in failed(bench.run("lock", bench.recipe), 2, "legacy-and-source")


def test_the_target_decides_where_nothing_does(bench: Bench) -> None:
    make_wininst(bench.folder / "a.exe", {"PURELIB/a.py": b"x = 1\n"}, target_version=None, built_with="", name="A.b_C")
    bench.write(packages='legacy = [{ source = "a.exe" }]')
    done = bench.build()
    assert done.code == 0, done.err
    with zipfile.ZipFile(bench.bundle) as archive:
        assert any(each.endswith("wheels/A.b_C-1.0-cp311-none-any.whl") for each in archive.namelist())
    lock = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    assert lock["tool"]["bundle"]["legacy"] == [{"name": "a-b-c", "source": "a.exe", "python": "3.11"}]


def test_the_recipe_decides_where_sources_disagree(bench: Bench) -> None:
    files = {"PLATLIB/a.pyd": extension("3.11", "win_amd64")}
    make_wininst(bench.folder / "a.exe", files, target_version="3.11", platform="win32", name="a")
    bench.write(packages='legacy = [{ source = "a.exe" }]')
    failed(bench.run("lock", bench.recipe), 6, "legacy-disagrees")
    bench.write(packages='legacy = [{ source = "a.exe", platform = "win_amd64" }]')
    assert bench.build().code == 0
    bench.write(packages='legacy = [{ source = "a.exe", platform = "linux", python = "3" }]')
    told = failed(bench.run("lock", bench.recipe), 2, "recipe-invalid")
    assert "packages.legacy[0].python: '3' is not a Python version of two numbers, such as 2.7" in told


@pytest.mark.parametrize("wanted", ["gamma", "gamma<2", "Gamma >= 0.5", "needs-gamma"])
def test_an_installer_whose_package_is_asked_for_by_its_name_too(bench: Bench, wanted: str) -> None:
    """It is the candidate from the first, whether an index has others of that name, or none at all."""
    gamma(bench)
    bench.publish("needs-gamma", requires=["gamma>=0.9"])
    legacy = 'legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]'
    bench.write(requirements=["alpha", wanted], packages=legacy)
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    assert not [each for each in bench.index.requests if "/gamma/" in each.path]
    bench.publish("gamma", "1.5", tag="cp27-none-win32")
    bench.publish("gamma", "9.0")
    before = bench.lock.read_bytes()
    assert bench.run("lock", bench.recipe, "--upgrade").code == 0
    assert bench.lock.read_bytes() == before
    why = bench.run("lock", bench.recipe, "--why", "gamma").out
    assert "gamma-1.0.win-amd64-py3.11.exe" in why
    assert "9.0" not in why


def test_a_requirement_that_an_installer_does_not_meet(bench: Bench) -> None:
    gamma(bench)
    bench.write(requirements=["gamma>=2"], packages='legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]')
    told = failed(bench.run("lock", bench.recipe), 3, "requirements-conflict")
    assert "gamma>=2 is wanted by packages.requirements[0]" in told
    assert "gamma 1.0 is taken from" in told


@pytest.mark.parametrize("kind", ["project", "file", "address"])
def test_what_the_recipe_brings_is_no_indexs_business(bench: Bench, kind: str) -> None:
    """As for installers: local projects, and files that requirements name, beside their own names."""
    lines = {
        "project": (["mine>=0.1"], 'projects = ["mine"]'),
        "file": (["mine"], 'files = ["requirements.txt"]'),
        "address": (["mine", f"mine @ {(bench.folder / 'mine-0.1-py3-none-any.whl').as_uri()}"], ""),
    }
    requirements, packages = lines[kind]
    make_project(bench.folder / "mine", "mine", "0.1")
    make_wheel(bench.folder, "mine", "0.1")
    (bench.folder / "requirements.txt").write_text("./mine-0.1-py3-none-any.whl\n", encoding="utf-8")
    bench.publish("mine", "99")
    bench.write(requirements=[*requirements, "needs-mine"], packages=packages)
    bench.publish("needs-mine", requires=["mine"])
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    assert not [each for each in bench.index.requests if "/mine/" in each.path]
    why = bench.run("lock", bench.recipe, "--why", "mine", "--json").json["targets"][0]["files"]
    assert [(each["version"], each["accepted"]) for each in why] == [("0.1", True)]
