"""Builds by the target's own Python with a compiler at hand: here Linux is the target, and its compiler Microsoft's stand-in."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import zipfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from bundler.build.compilers import Compiler, Toolchain
from bundler.build.isolated import Native, host_target
from bundler.build.native import make_native_environment
from bundler.build.source_metadata import dynamic_requirements, inspect_source
from bundler.build.source_wheel import SourceBuild, build_wheel
from bundler.errors import BuildError
from bundler.model.target import Target
from tests.support import old_backend
from tests.support.building import SANDBOX, setuptools_wheel
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.target.interpreters import Interpreter, interpreters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.build.isolated import Environment

EPOCH = 1704067200
MODULE = """\
#include <Python.h>
#if PY_MAJOR_VERSION < 3
PyMODINIT_FUNC initfast(void) { Py_InitModule("fast", NULL); }
#else
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
#endif
"""
OLD = [each for each in interpreters() if each.version_info < (3, 9)]


def toolchain(**more: str) -> Toolchain:
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    return Toolchain(
        compiler=compiler,
        architecture="amd64",
        argument="amd64",
        environment={"PATH": os.environ["PATH"], "VCTOOLSVERSION": "14.39", **more},
    )


def native_of(python: Path, version: str, **more: str) -> Native:
    return Native(python=python, version=version, toolchain=toolchain(**more))


def target_of(interpreter: Interpreter) -> Target:
    """This Linux with another Python on it."""
    abi = interpreter.run("-c", "import sys; print('u' if sys.maxunicode > 65535 else '')").stdout.strip()
    flags = f"cp27m{abi}" if interpreter.minor == "2.7" else None
    return Target.of(interpreter.version, host_target().platform, abi=flags)


def build(source: Path, environment: Environment, target: Target, work: Path) -> tuple[Path, Remembering]:
    reporter = Remembering()
    wheel = build_wheel(
        SourceBuild(
            source=source, name="demo", version="1.0", target=target, environment=environment, epoch=EPOCH, work=work
        ),
        reporter,
    )
    return wheel, reporter


def environment(folder: Path, wheels: Sequence[Path] = (), **more: str) -> Environment:
    native = native_of(Path(sys.executable), host_target().python, **more)
    return make_native_environment(wheels, folder, native=native, sandbox=SANDBOX)


def test_a_source_with_an_extension_is_compiled_and_checked(tmp_path: Path) -> None:
    source = make_sdist(tmp_path, backend="setuptools", c_extension=True)
    made = environment(tmp_path / "environment", [setuptools_wheel()], INCLUDE="C:\\include")
    assert made.variables["INCLUDE"] == "C:\\include", "the toolchain's own variables are what a build gets"
    wheel, reporter = build(source, made, host_target(), tmp_path / "work")
    assert wheel.name.startswith(f"demo-1.0-cp{sys.version_info[0]}{sys.version_info[1]}-")
    with zipfile.ZipFile(wheel) as archive:
        (module,) = (each for each in archive.namelist() if each.startswith("_demo."))
        assert archive.read(module).startswith(b"\x7fELF")
    assert reporter.warnings == []


def test_what_is_pure_stays_so(tmp_path: Path) -> None:
    source = make_sdist(tmp_path, backend="setuptools")
    wheel, _ = build(
        source, environment(tmp_path / "environment", [setuptools_wheel()]), host_target(), tmp_path / "work"
    )
    assert wheel.name == "demo-1.0-py3-none-any.whl"


def test_what_another_platforms_compiler_made_is_not_for_the_target(tmp_path: Path) -> None:
    source = make_sdist(tmp_path, backend="setuptools", c_extension=True)
    made = environment(tmp_path / "environment", [setuptools_wheel()])
    with pytest.raises(BuildError) as caught:
        build(source, made, Target.of("3.11.9", "win_amd64"), tmp_path / "work")
    assert caught.value.reference == "wheel-not-for-target"


def test_code_that_does_not_compile_is_no_want_of_a_compiler(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", c_extension=True)
    (tree / "_demo.c").write_text("int f(void) { return nothing_of_that_name; }")
    made = environment(tmp_path / "environment", [setuptools_wheel()])
    with pytest.raises(BuildError) as caught:
        build(tree, made, host_target(), tmp_path / "work")
    assert caught.value.reference == "build-failed"
    assert caught.value.message == (
        f"building demo 1.0 failed, with CPython {host_target().python}, Visual C++ 2022, toolset 14.39"
    )
    assert any("nothing_of_that_name" in each for each in caught.value.context)


def test_its_answers_are_those_of_the_python_that_runs(tmp_path: Path) -> None:
    source = make_sdist(
        tmp_path,
        backend="setuptools",
        requires_on={"linux": ["here"], "win32": ["there"]},
        dynamic=["Requires-Dist"],
        metadata_version="2.2",
    )
    found = inspect_source(
        source,
        name="demo",
        target=Target.of("3.11.9", "win_amd64"),
        make_environment=lambda _: environment(tmp_path / "environment", [setuptools_wheel()]),
        work=tmp_path / "work",
    )
    assert found.requires_dist == ("here",), "in a native environment nothing has to be made to look like the target"
    assert found.warnings == ()


@pytest.fixture(params=OLD or interpreters()[:1], ids=str)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Environment, Target]:
    """An environment of a Python that this host's pip doesn't serve, 2.7 first; ``helper`` is in it, with a part in ``.data``."""
    interpreter: Interpreter = request.param
    helper = make_wheel(
        tmp_path / "wheels",
        "helper",
        tag="py2.py3-none-any",
        files={"helper/__init__.py": "from helper.chosen import COMPILER\n"},
        data={"platlib/helper/chosen.py": 'COMPILER = "cc"\n'},
    )
    native = native_of(interpreter.path, interpreter.version, PYTHONHASHSEED="random")
    made = make_native_environment([helper], tmp_path / "environment", native=native, sandbox=SANDBOX)
    return made, target_of(interpreter)


def old_source(folder: Path) -> Path:
    backend = Path(old_backend.__file__).read_text(encoding="ascii")
    for name, content in {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "old_backend"\nbackend-path = ["."]\n',
        "old_backend.py": backend,
        "fast.c": MODULE,
    }.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="ascii")
    return folder


def test_old_pythons_build_too(tmp_path: Path, old: tuple[Environment, Target]) -> None:
    made, target = old
    source = old_source(tmp_path / "source")
    wheel, reporter = build(source, made, target, tmp_path / "work")
    digits = target.minor_version.replace(".", "")
    assert wheel.name.startswith(f"demo-1.0-cp{digits}-{target.abi}-")
    assert reporter.warnings == []
    asked = dynamic_requirements(source, name="demo", target=target, environment=made, work=tmp_path / "requires")
    assert asked == ("helper>=1",)
    told = inspect_source(
        source, name="demo", target=target, make_environment=lambda _: made, work=tmp_path / "inspect"
    )
    assert told.requires_dist == (f"python{target.version_info[0]}",)
    assert told.build_requires == ("helper>=1",)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    interpreter = next(each for each in interpreters() if each.minor == target.minor_version)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); import fast; print(fast.__name__)"
    assert interpreter.run("-c", code).stdout.strip() == "fast"


def test_old_pythons_backends_can_be_missing_or_fail(tmp_path: Path, old: tuple[Environment, Target]) -> None:
    made, target = old
    source = old_source(tmp_path / "source")
    (source / "fast.c").write_text("#error out of order\n")
    with pytest.raises(BuildError) as caught:
        build(source, made, target, tmp_path / "work")
    assert caught.value.reference == "build-failed"
    assert any("out of order" in each for each in caught.value.context)
    (source / "old_backend.py").write_text("import nowhere_to_be_found\n")
    with pytest.raises(BuildError) as caught:
        build(source, made, target, tmp_path / "again")
    assert caught.value.reference == "build-backend-missing"
    assert any("nowhere_to_be_found" in each for each in caught.value.context)
    (source / "old_backend.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(BuildError) as caught:
        build(source, made, target, tmp_path / "last")
    assert caught.value.reference == "build-failed"
    (source / "old_backend.py").write_text("def get_requires_for_build_wheel(): return ['not a requirement!']\n")
    with pytest.raises(BuildError) as caught:
        dynamic_requirements(source, name="demo", target=target, environment=made, work=tmp_path / "requires")
    assert caught.value.reference == "pyproject-invalid"


def test_old_pythons_backends_get_settings_and_variables(tmp_path: Path, old: tuple[Environment, Target]) -> None:
    made, target = old
    source = old_source(tmp_path / "source")
    (source / "old_backend.py").write_text(
        "import os\n"
        "def get_requires_for_build_wheel(settings=None):\n"
        "    assert settings == {'one': '1', 'many': ['a', 'b']}, settings\n"
        "    assert type(settings['one']) is str\n"
        "    return [os.environ['DEMO']]\n"
    )
    given = made.with_variables({"DEMO": "helper>=2"}, lists=(), places=())
    given = dataclasses.replace(given, settings={"one": "1", "many": ["a", "b"]})
    asked = dynamic_requirements(source, name="demo", target=target, environment=given, work=tmp_path / "requires")
    assert asked == ("helper>=2",)


def test_what_a_recipe_gives_comes_before_the_compilers_own(tmp_path: Path) -> None:
    native = native_of(Path(sys.executable), host_target().python, INCLUDE="theirs", CL="/O2")
    made = make_native_environment([], tmp_path / "environment", native=native, sandbox=SANDBOX)
    given = made.with_variables({"INCLUDE": "ours", "CL": "/O1", "LIB": "more"}, lists={"INCLUDE", "LIB"}, places=())
    assert given.variables["INCLUDE"] == os.pathsep.join(("ours", "theirs"))
    assert (given.variables["LIB"], given.variables["CL"]) == ("more", "/O1")
    assert made.variables["INCLUDE"] == "theirs"


def test_a_python_that_cannot_make_an_environment_is_named(tmp_path: Path) -> None:
    broken = native_of(tmp_path / "python", "3.11.9")
    shutil.copyfile("/bin/false" if Path("/bin/false").exists() else "/usr/bin/false", broken.python)
    broken.python.chmod(0o755)
    with pytest.raises(BuildError) as caught:
        make_native_environment([], tmp_path / "environment", native=broken, sandbox=SANDBOX)
    assert caught.value.reference == "build-environment"
    assert "Python 3.11.9" in caught.value.message
