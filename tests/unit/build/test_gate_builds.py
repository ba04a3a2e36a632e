"""The gate after real builds by setuptools, with this host's compiler: what a build leaves out without a word."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path, PureWindowsPath

import pytest

from bundler.build.compilers import Compiler, Toolchain
from bundler.build.isolated import Native, host_target, make_environment
from bundler.build.native import make_native_environment
from bundler.build.source_wheel import SourceBuild, build_wheel
from bundler.errors import BuildError
from tests.support.building import SANDBOX, setuptools_wheel
from tests.support.packages import make_project
from tests.support.reporters import Remembering

SOUND = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_sound", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__sound(void) { return PyModule_Create(&module); }
"""
BROKEN = "#error no such luck\n"
DECLARED = """\
from setuptools import Extension, setup
setup(
    name="demo", version="1.0", py_modules=["demo"],
    ext_modules=[Extension("_sound", ["_sound.c"]), Extension("deep._broken", ["_broken.c"], optional=True)],
)
"""
CAUGHT = """\
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class Lenient(build_ext):
    def run(self):
        try:
            super().run()
        except Exception:
            print("it goes without as well")

setup(
    name="demo", version="1.0", py_modules=["demo"], cmdclass={"build_ext": Lenient},
    ext_modules=[Extension("deep._broken", ["_broken.c"])],
)
"""

LEAVING = """\
from setuptools import Extension, setup

def options(**more):
    return dict(name="demo", version="1.0", py_modules=["demo"], **more)

try:
    setup(**options(ext_modules=[Extension("_sound", ["_sound.c"])]))
except BaseException:
    setup(**options())
"""


def build(
    tmp_path: Path, setup: str, *, broken: str = BROKEN, compiler: bool = True, incomplete: bool = False
) -> tuple[Path, Remembering]:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    for name, text in {"setup.py": setup, "_sound.c": SOUND, "_broken.c": broken}.items():
        (tree / name).write_text(text)
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    )
    wheels, folder, reporter = [setuptools_wheel()], tmp_path / "environment", Remembering()
    wheel = build_wheel(
        SourceBuild(
            source=tree,
            name="demo",
            version="1.0",
            target=host_target(),
            environment=make_native_environment(wheels, folder, native=native(), sandbox=SANDBOX)
            if compiler
            else make_environment(wheels, folder, sandbox=SANDBOX),
            epoch=1704067200,
            work=tmp_path / "work",
            incomplete=incomplete,
        ),
        reporter,
    )
    return wheel, reporter


def native() -> Native:
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    toolchain = Toolchain(
        compiler=compiler, architecture="amd64", argument="amd64", environment={"PATH": os.environ["PATH"]}
    )
    return Native(python=Path(sys.executable), version=host_target().python, toolchain=toolchain)


@pytest.mark.parametrize(
    ("setup", "words"),
    [(DECLARED, "its build calls it optional, and failed to compile it"), (CAUGHT, "went on without it")],
)
def test_an_extension_that_was_left_out_is_an_error(tmp_path: Path, setup: str, words: str) -> None:
    with pytest.raises(BuildError) as caught:
        build(tmp_path, setup)
    assert caught.value.reference == "wheel-broken"
    (fault,) = caught.value.context
    assert fault.startswith("the extension module deep._broken isn't in it:")
    assert words in fault


def test_a_recipe_may_allow_it(tmp_path: Path) -> None:
    wheel, reporter = build(tmp_path, DECLARED, incomplete=True)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(each.startswith("_sound.") for each in names)
    assert not any("_broken" in each for each in names)
    ((reference, told),) = reporter.warnings
    assert reference == "extension-left-out"
    assert "deep._broken isn't in it: its build calls it optional" in told


def test_without_a_compiler_it_is_the_want_of_one(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        build(tmp_path, LEAVING, compiler=False)
    assert caught.value.reference == "needs-compiler"


def test_without_a_compiler_too_where_the_recipe_allows_it(tmp_path: Path) -> None:
    wheel, reporter = build(tmp_path, LEAVING, compiler=False, incomplete=True)
    assert wheel.name == "demo-1.0-py3-none-any.whl"
    assert [reference for reference, _ in reporter.warnings] == ["extension-left-out"]


def test_one_that_is_tagged_for_this_host_and_has_nothing_of_it_is_pure(tmp_path: Path) -> None:
    wheel, reporter = build(tmp_path, CAUGHT, compiler=False, incomplete=True)
    major, minor, _ = host_target().version_info
    assert wheel.name == f"demo-1.0-py{major}{minor}-none-any.whl"
    assert [reference for reference, _ in reporter.warnings] == ["extension-left-out", "wheel-retagged"]
    with zipfile.ZipFile(wheel) as archive:
        assert f"Tag: py{major}{minor}-none-any" in archive.read("demo-1.0.dist-info/WHEEL").decode()
    with pytest.raises(BuildError) as caught:
        build(tmp_path / "strict", CAUGHT, compiler=False)
    assert caught.value.reference == "needs-compiler"


def test_with_all_its_extensions_it_passes_and_installs(tmp_path: Path) -> None:
    wheel, reporter = build(tmp_path, DECLARED, broken=SOUND.replace("_sound", "_broken"))
    assert wheel.name.startswith("demo-1.0-cp3")
    assert reporter.warnings == []
    place = tmp_path / "place"
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--no-deps", "--no-index", "--target", str(place)]
    done = subprocess.run([*command, str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = subprocess.run(
        [sys.executable, "-c", "import _sound, deep._broken; print(_sound.__file__)"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert str(place) in found.stdout, found.stderr
