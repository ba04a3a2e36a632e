"""The gate after real builds by setuptools, with this host's compiler: what a build leaves out without a word."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PureWindowsPath

import pytest

from bundler.compile import Compiler, Toolchain
from bundler.convert.isolated import Native, host_target
from bundler.convert.native import make_native_environment
from bundler.convert.sdist import build_wheel
from bundler.errors import BuildError
from tests.support.building import Remembering, setuptools_wheel
from tests.support.packages import make_project

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


def build(tmp_path: Path, setup: str, *, broken: str = BROKEN) -> Path:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    for name, text in {"setup.py": setup, "_sound.c": SOUND, "_broken.c": broken}.items():
        (tree / name).write_text(text)
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    )
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    toolchain = Toolchain(
        compiler=compiler, architecture="amd64", argument="amd64", environment={"PATH": os.environ["PATH"]}
    )
    native = Native(python=Path(sys.executable), version=host_target().python, toolchain=toolchain)
    return build_wheel(
        tree,
        name="demo",
        version="1.0",
        target=host_target(),
        environment=make_native_environment([setuptools_wheel()], tmp_path / "environment", native=native),
        epoch=1704067200,
        work=tmp_path / "work",
        reporter=Remembering(),
    )


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


def test_with_all_its_extensions_it_passes(tmp_path: Path) -> None:
    wheel = build(tmp_path, DECLARED, broken=SOUND.replace("_sound", "_broken"))
    assert wheel.name.startswith("demo-1.0-cp3")
