"""What our installer leaves on the target is what pip would have left: the same paths, contents, modes and RECORD."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.support.installed_trees import EPOCH, Asked, Place, compiled, differences, install, tree
from tests.target.interpreters import running

pytestmark = pytest.mark.network

LIST = Path(__file__).with_name("popular_wheels.txt")
PIP_INSTALL = Path(__file__).parents[1] / "support" / "pip_install.py"
VERSION = "3.11.9"


@pytest.fixture(scope="module")
def popular(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    """More than a hundred wheels, from the index that pip is configured to use; every third is asked for by the recipe."""
    folder = tmp_path_factory.mktemp("popular")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    command += ["--platform", "win_amd64", "--python-version", VERSION, "-qq", "-r", str(LIST)]
    subprocess.run(command, check=True)
    wheels = sorted(folder.glob("*.whl"))
    assert len(wheels) >= 100
    return [
        Asked(name=canonicalize_name(parse_wheel_filename(path.name)[0]), path=path, requested=number % 3 == 0)
        for number, path in enumerate(wheels)
    ]


@pytest.fixture(scope="module")
def pip(popular: list[Asked]) -> Path:
    return next(each.path for each in popular if each.name == "pip")


@pytest.mark.parametrize("windows", [True, False], ids=["windows", "posix"])
def test_a_hundred_wheels_as_pip_installs_them(tmp_path: Path, popular: list[Asked], pip: Path, windows: bool) -> None:
    theirs = layout(tmp_path / "theirs", windows=windows)
    described = {
        "windows": windows,
        "executable": theirs.executable,
        "library": str(theirs.library),
        "scripts": str(theirs.scripts),
        "include": str(theirs.include),
        "data": str(theirs.root),
        "epoch": EPOCH,
        # the order in which pip installs what doesn't depend on each other
        "wheels": [(each.name, str(each.path), each.requested) for each in reversed(popular)],
    }
    (tmp_path / "layout.json").write_text(json.dumps(described))
    command = [str(running().path), "-I", str(PIP_INSTALL), str(pip), str(tmp_path / "layout.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ours = layout(tmp_path / "ours", windows=windows)
    install(ours, popular, pip=pip, compiled=False)
    mine = tree(ours.root, modes=not windows)
    assert differences(mine, tree(theirs.root, modes=not windows)) == []
    assert len(mine) > 10_000


def layout(root: Path, *, windows: bool) -> Place:
    library = root / "Lib" / "site-packages" if windows else root / "lib" / "python3.11" / "site-packages"
    scripts = root / ("Scripts" if windows else "bin")
    library.mkdir(parents=True)
    scripts.mkdir()
    return Place(
        root=root,
        library=library,
        scripts=scripts,
        # the same in both: it stands in programs
        executable=r"C:\Envs é (x86)\Scripts\python.exe" if windows else "/envs/x/bin/python",
        python=running().version,
        stub="64" if windows else None,
    )


@pytest.mark.parametrize("folder", ["env", "env with a space", "e" * 120])
def test_pure_wheels_as_the_pip_command_installs_them(
    tmp_path: Path, popular: list[Asked], pip: Path, folder: str
) -> None:
    """The command itself, in an environment, with compiled files."""
    pure = [each for each in popular if each.path.name.endswith("-none-any.whl")]
    if folder != "env":
        pure = [each for each in pure if each.name in ("pip", "qtconsole", "awscli", "thonny", "docutils", "greenlet")]
    root = tmp_path / folder
    place = environment(root)
    command = [place.executable, "-I", str(pip) + "/pip", "install", "--no-index", "--no-deps", "--quiet"]
    command += ["--no-warn-script-location", "--find-links", str(pip.parent)]
    names = [each.name for each in pure]
    clean = {"PATH": os.defpath, "HOME": str(tmp_path), "SOURCE_DATE_EPOCH": str(EPOCH), "PIP_CONFIG_FILE": os.devnull}
    subprocess.run([*command, *names], check=True, env=clean)
    theirs, their_compiled = tree(root), compiled(root)
    shutil.rmtree(root)
    place = environment(root)
    asked = [Asked(name=each.name, path=each.path, requested=True) for each in pure]
    install(place, asked, pip=pip, worker=running().path)
    assert differences(tree(root), theirs) == []
    mine = compiled(root)
    assert set(mine) == set(their_compiled)
    assert [each for each in mine if mine[each] != their_compiled[each]] == []


def environment(root: Path) -> Place:
    interpreter = running()
    done = interpreter.run("-m", "venv", "--without-pip", str(root))
    assert done.returncode == 0, done.stderr
    library = root / "lib" / f"python{interpreter.minor}" / "site-packages"
    return Place(
        root=root,
        library=library,
        scripts=root / "bin",
        executable=str(root / "bin" / "python"),
        python=interpreter.version,
    )
