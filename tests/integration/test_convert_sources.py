"""Real builds: sdists and projects, their own backend or setuptools, in real environments, for Windows on this host."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.build_system import build_requirements
from bundler.build.isolated import Environment, host_target, make_environment
from bundler.build.source_metadata import dynamic_requirements, inspect_source
from bundler.build.source_tree import time_of
from bundler.build.source_wheel import SourceBuild, build_wheel
from bundler.errors import BuildError, IntegrityError
from bundler.model.target import Target
from tests.support.building import SANDBOX, Environments, RecordingSandbox, setuptools_wheel
from tests.support.packages import make_project, make_sdist
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
WINDOWS_32 = Target.of("3.11.9", "win32")
OF_32_BITS = "sys.maxsize < 2**32"
"""What is true of that target, and of no host that these tests run on."""
EPOCH = 1_700_000_000


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with nothing in it."""
    return make_environment((), tmp_path_factory.mktemp("bare") / "environment", sandbox=SANDBOX)


@pytest.fixture(scope="session")
def setuptools(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return make_environment(
        (setuptools_wheel(),), tmp_path_factory.mktemp("setuptools") / "environment", sandbox=SANDBOX
    )


def build(
    source: Path,
    environment: Environment,
    work: Path,
    *,
    name: str = "demo",
    version: str = "1.0",
    target: Target = WINDOWS,
) -> tuple[Path, Remembering]:
    reporter = Remembering()
    wheel = build_wheel(
        SourceBuild(
            source=source, name=name, version=version, target=target, environment=environment, epoch=EPOCH, work=work
        ),
        reporter,
    )
    return wheel, reporter


def metadata_of(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


# --- metadata


def test_static_metadata_needs_no_environment(tmp_path: Path) -> None:
    source = make_sdist(tmp_path, requires=["six"], extras={"more": ["attrs"]}, requires_python=">=3.8", fails="it ran")
    make = Environments(tmp_path)
    found = inspect_source(source, name="Demo", target=WINDOWS, make_environment=make, work=tmp_path / "work")
    assert found.static
    assert (found.name, found.version, found.requires_python) == ("demo", "1.0", ">=3.8")
    assert found.requires_dist == ("six", 'attrs; extra == "more"')
    assert found.provides_extra == ("more",)
    assert not make.asked


def test_a_hook_of_the_sdist_sees_the_target(tmp_path: Path) -> None:
    source = make_sdist(
        tmp_path,
        requires=["six; python_version < '3'"],
        requires_on={"win": ["colorama"], "linux": ["pexpect"]},
        dynamic=["Requires-Dist"],
        hook_requires=["attrs"],
    )
    make = Environments(tmp_path)
    found = inspect_source(source, name="demo", target=WINDOWS, make_environment=make, work=tmp_path / "work")
    assert not found.static
    assert found.requires_dist == ("six; python_version < '3'", "colorama")
    assert found.build_requires == ("attrs",)
    assert make.asked == [(), ("attrs",)]
    if sys.platform == "win32":
        assert found.warnings == (), "this host wants the same"
    else:
        (warning,) = found.warnings
        assert "colorama" in warning
        assert "pexpect" in warning


def test_setup_py_sees_the_target_and_setuptools_the_host(tmp_path: Path) -> None:
    setup = """
import os, platform, struct, sys, sysconfig
from sys import platform as plain
from setuptools import setup
import helper
scope = {}
exec("import os; name = os.name", scope)
seen = [os.name, sys.platform, plain, platform.system(), platform.machine(), platform.python_version(),
        "%d.%d.%d" % sys.version_info[:3], str(struct.calcsize("P") * 8), sysconfig.get_platform(),
        helper.WINDOWS, scope["name"], str(sys.maxsize > 2**32)]
sys.dont_write_bytecode = True
import pathlib
assert (type(pathlib.Path()).__name__, os.sep) == HOST
setup(name="demo", version="1.0", py_modules=["helper"], install_requires=["a" + each.replace(".", "_") for each in seen])
"""
    helper = f"import os\nimport os.path as p\nWINDOWS = 'yes' if os.name == 'nt' and p.sep == {os.sep!r} else 'no'\n"
    tree = make_project(tmp_path / "demo", backend="setuptools", files={"helper.py": helper})
    host = repr((type(tmp_path).__name__, os.sep))
    (tree / "setup.py").write_text(setup.replace("HOST", host))
    (tree / "pyproject.toml").unlink()  # PEP 517's fallback: setup.py may import what lies beside it
    make = Environments(tmp_path, (setuptools_wheel(),))
    target = Target.of("3.8.10", "win32")
    found = inspect_source(tree, name="demo", target=target, make_environment=make, work=tmp_path / "work")
    assert found.requires_dist == (
        "ant", "awin32", "awin32", "aWindows", "aAMD64", "a3_8_10", "a3_8_10", "a32", "awin32", "ayes", "ant", "aFalse",
    )  # fmt: skip


def test_a_script_that_refuses_the_target_is_asked_for_the_host(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    setup = tree / "setup.py"
    setup.write_text(f"import sys\nif {OF_32_BITS}: sys.exit('not with 32 bits')\n" + setup.read_text())
    make = Environments(tmp_path, (setuptools_wheel(),))
    found = inspect_source(tree, name="demo", target=WINDOWS_32, make_environment=make, work=tmp_path / "work")
    assert found.version == "1.0"
    (warning,) = found.warnings
    assert "not with 32 bits" in warning


def test_a_script_that_refuses_this_host_is_asked_for_the_target(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", requires=["six"])
    setup = tree / "setup.py"
    setup.write_text("import sys\nif sys.platform != 'win32': sys.exit('Windows only')\n" + setup.read_text())
    make = Environments(tmp_path, (setuptools_wheel(),))
    found = inspect_source(tree, name="demo", target=WINDOWS, make_environment=make, work=tmp_path / "work")
    assert found.requires_dist == ("six",)
    assert not found.warnings


def test_a_script_that_ends_early_and_well_is_a_failure(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    (tree / "setup.py").write_text("import os\nprint('nothing to see', flush=True)\nos._exit(0)\n")
    with pytest.raises(BuildError) as caught:
        inspect_source(
            tree,
            name="demo",
            target=WINDOWS,
            make_environment=Environments(tmp_path, (setuptools_wheel(),)),
            work=tmp_path / "work",
        )
    assert caught.value.reference == "build-failed"
    assert "nothing to see" in caught.value.context


def test_another_name_than_wanted_is_an_error(tmp_path: Path) -> None:
    source = make_sdist(tmp_path, "demo")
    with pytest.raises(BuildError, match="calls itself demo") as caught:
        inspect_source(
            source, name="other", target=WINDOWS, make_environment=Environments(tmp_path), work=tmp_path / "w"
        )
    assert caught.value.reference == "metadata-name"


def test_dynamic_requirements_are_asked_of_the_hook(tmp_path: Path, bare: Environment) -> None:
    source = make_sdist(tmp_path, hook_requires=["attrs>=20"])
    found = dynamic_requirements(source, name="demo", target=WINDOWS, environment=bare, work=tmp_path / "work")
    assert found == ("attrs>=20",)


def test_a_backend_that_is_not_there(tmp_path: Path, bare: Environment) -> None:
    source = make_sdist(tmp_path, backend="setuptools")
    with pytest.raises(BuildError) as caught:
        build(source, bare, tmp_path / "work")
    assert caught.value.reference == "build-backend-missing"


@pytest.mark.parametrize(
    ("backend", "path", "reference"),
    [
        ("empty", '["."]', "build-failed"),
        ("empty", '["../elsewhere"]', "pyproject-invalid"),
        ("empty", '["/elsewhere"]', "pyproject-invalid"),
        ("no_such", '["."]', "build-backend-missing"),
        ("liar", '["."]', "build-failed"),
    ],
)
def test_backends_that_do_not_keep_to_their_contract(
    tmp_path: Path, bare: Environment, backend: str, path: str, reference: str
) -> None:
    tree = tmp_path / "demo"
    tree.mkdir()
    table = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\nbackend-path = {path}\n'
    (tree / "pyproject.toml").write_text(table)
    (tree / "empty.py").touch()
    (tree / "liar.py").write_text("def build_wheel(*_): return 'demo-1.0-py3-none-any.whl'\n")
    with pytest.raises(BuildError) as caught:
        build(tree, bare, tmp_path / "work")
    assert caught.value.reference == reference


def test_a_hook_that_writes_no_metadata(tmp_path: Path) -> None:
    tree = tmp_path / "demo"
    tree.mkdir()
    table = '[build-system]\nrequires = []\nbuild-backend = "liar"\nbackend-path = ["."]\n'
    (tree / "pyproject.toml").write_text(table)
    (tree / "liar.py").write_text("def prepare_metadata_for_build_wheel(*_): return 'demo-1.0.dist-info'\n")
    with pytest.raises(BuildError) as caught:
        inspect_source(
            tree, name="demo", target=WINDOWS, make_environment=Environments(tmp_path), work=tmp_path / "work"
        )
    assert caught.value.reference == "metadata-invalid"


def test_build_requirements(tmp_path: Path) -> None:
    needs = ["setuptools>=61", "cffi; os_name == 'nt'"]
    sdist = make_sdist(tmp_path, build_requires=needs)
    project = make_project(tmp_path / "demo", build_requires=needs)
    assert build_requirements(sdist, work=tmp_path / "work") == tuple(needs)
    assert build_requirements(project, work=tmp_path / "work") == tuple(needs)


def test_for_this_host_itself_a_hook_runs_once(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    setup = tree / "setup.py"
    said = "print('asked for', sys.argv[1], 'at', os.environ['SOURCE_DATE_EPOCH'], flush=True)\n"
    setup.write_text("import os, sys\n" + said + setup.read_text())
    sandbox = RecordingSandbox()
    environment = make_environment((setuptools_wheel(),), tmp_path / "environment", sandbox=sandbox)
    found = inspect_source(
        tree, name="", target=host_target(), make_environment=lambda _: environment, work=tmp_path / "work"
    )
    assert found.name == "demo"
    assert not found.warnings
    assert sandbox.printed.count("asked for dist_info") == 1
    assert f"asked for dist_info at {time_of(tree)}" in sandbox.printed, "as when it is built"


def test_other_differences_are_told_too(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", requires_python=">=3.8")
    setup = tree / "setup.py"
    windows = setup.read_text().replace("'1.0'", "'1.0+win'").replace("'>=3.8'", "'>=3.9'")
    setup.write_text(f"import sys\nif {OF_32_BITS}:\n    exec({windows!r})\nelse:\n    exec({setup.read_text()!r})\n")
    make = Environments(tmp_path, (setuptools_wheel(),))
    found = inspect_source(tree, name="demo", target=WINDOWS_32, make_environment=make, work=tmp_path / "work")
    assert (found.version, found.requires_python) == ("1.0+win", ">=3.9")
    assert "version 1.0+win there, 1.0 here" in found.warnings[0]
    assert "Requires-Python >=3.9 there, >=3.8 here" in found.warnings[0]


def test_a_broken_archive_is_refused(tmp_path: Path, bare: Environment) -> None:
    source = make_sdist(tmp_path)
    source.write_bytes(source.read_bytes()[:-40])
    with pytest.raises(IntegrityError):
        build(source, bare, tmp_path / "work")


# --- wheels


@pytest.mark.parametrize("archive", ["tar.gz", "zip"])
def test_an_sdist_becomes_a_wheel(tmp_path: Path, bare: Environment, archive: str) -> None:
    source = make_sdist(tmp_path, archive="zip" if archive == "zip" else "tar.gz", requires=["six"])
    wheel, reporter = build(source, bare, tmp_path / "work")
    assert wheel.name == "demo-1.0-py3-none-any.whl"
    assert wheel.parent == tmp_path / "work"
    assert "Requires-Dist: six" in metadata_of(wheel)
    assert not reporter.warnings
    assert any("runs its code" in each for each in reporter.notes)


def test_two_builds_give_the_same_bytes(tmp_path: Path, setuptools: Environment) -> None:
    source = make_sdist(tmp_path, backend="setuptools", files={"demo/__init__.py": "", "demo/data.py": "X = 1\n"})
    digests = {
        hashlib.sha256(build(source, setuptools, tmp_path / place)[0].read_bytes()).hexdigest()
        for place in ("one", "two/deeper")
    }
    assert len(digests) == 1


def test_the_wheel_holds_what_the_target_needs(tmp_path: Path, setuptools: Environment) -> None:
    source = make_sdist(tmp_path, backend="setuptools", requires_on={"win": ["colorama"], "linux": ["pexpect"]})
    wheel, _ = build(source, setuptools, tmp_path / "work")
    text = metadata_of(wheel)
    assert "Requires-Dist: colorama" in text
    assert "pexpect" not in text


def test_a_build_sees_no_settings_of_the_host(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    setup = tree / "setup.py"
    setup.write_text(
        "import json, os\nopen('demo.py', 'w').write('SEEN = ' + repr(dict(os.environ)))\n" + setup.read_text()
    )
    noisy = {
        "PATH": "/usr/bin:/bin", "HOME": "/nowhere", "PIP_INDEX_URL": "http://x", "PYTHONPATH": "/x", "https_proxy": "http://p",
        "CFLAGS": "-O9", "SECRET_TOKEN": "x", "USER": "me",
    }  # fmt: skip
    environment = make_environment((setuptools_wheel(),), tmp_path / "environment", sandbox=SANDBOX, inherited=noisy)
    wheel, _ = build(tree, environment, tmp_path / "work")
    with zipfile.ZipFile(wheel) as archive:
        scope: dict[str, dict[str, str]] = {}
        exec(archive.read("demo.py").decode(), scope)  # noqa: S102, what our own setup.py wrote
    seen = scope["SEEN"]
    assert not {"PIP_INDEX_URL", "PYTHONPATH", "https_proxy", "CFLAGS", "SECRET_TOKEN"} & set(seen)
    assert (seen["SOURCE_DATE_EPOCH"], seen["TZ"]) == (str(EPOCH), "UTC")
    assert seen["HOME"] != "/nowhere" or os.name == "nt"


@pytest.mark.parametrize("backend", ["in-tree", "setuptools"])
def test_an_extension_needs_a_compiler(tmp_path: Path, setuptools: Environment, backend: str) -> None:
    source = make_sdist(tmp_path, backend="setuptools" if backend == "setuptools" else "in-tree", c_extension=True)
    with pytest.raises(BuildError, match=r"demo 1\.0") as caught:
        build(source, setuptools, tmp_path / "work")
    assert caught.value.reference == "needs-compiler"
    assert "packages.constraints: demo<" in caught.value.hint
    assert any("_demo.c" in each for each in caught.value.context)
    assert not list((tmp_path / "work").glob("*.whl"))


def test_an_optional_extension_is_not_lost_silently(tmp_path: Path, setuptools: Environment) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", c_extension=True)
    setup = tree / "setup.py"
    setup.write_text(setup.read_text().replace('["_demo.c"])', '["_demo.c"], optional=True)'))
    with pytest.raises(BuildError) as caught:
        build(tree, setuptools, tmp_path / "work")
    assert caught.value.reference == "needs-compiler"
    assert list((tmp_path / "work").rglob("*.whl")), "setuptools itself must have been content"


def test_a_hidden_compiler_is_found_by_its_product(tmp_path: Path, bare: Environment) -> None:
    source = make_sdist(
        tmp_path, files={"demo.py": "", "_fast.pyd": b"not in any list of binaries"}, tag="py3-none-win_amd64"
    )
    with pytest.raises(BuildError) as caught:
        build(source, bare, tmp_path / "work")
    assert caught.value.reference == "needs-compiler"


def test_machine_code_in_a_wheel_for_all_platforms(tmp_path: Path, setuptools: Environment) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", files={"demo/__init__.py": ""})
    setup = tree / "setup.py"
    made = "open('demo/_fast.pyd', 'wb').write(b'from an unknown compiler')\n"
    setup.write_text(made + setup.read_text().replace("setup(", "setup(package_data={'demo': ['*.pyd']}, "))
    with pytest.raises(BuildError) as caught:
        build(tree, setuptools, tmp_path / "work")
    assert caught.value.reference == "needs-compiler"
    assert caught.value.context == ("its build made demo/_fast.pyd",)


def test_binaries_that_the_source_brings_are_told(tmp_path: Path, bare: Environment) -> None:
    source = make_sdist(tmp_path, files={"demo/__init__.py": "", "demo/run.bin": b"\x7fELF" + bytes(60)})
    _, reporter = build(source, bare, tmp_path / "work")
    assert [reference for reference, _ in reporter.warnings] == ["carries-binaries"]


def test_a_failed_build_shows_the_end_of_its_log(tmp_path: Path, bare: Environment) -> None:
    with pytest.raises(BuildError, match=r"building demo 1\.0 failed") as caught:
        build(make_sdist(tmp_path, fails="out of cheese"), bare, tmp_path / "work")
    assert caught.value.reference == "build-failed"
    assert "RuntimeError: out of cheese" in caught.value.context
    log = caught.value.log
    assert log is not None
    assert "out of cheese" in log.read_text()


def test_a_build_that_works_only_as_the_host_is_told(tmp_path: Path, setuptools: Environment) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools")
    setup = tree / "setup.py"
    setup.write_text(f"import sys\nif {OF_32_BITS}: import a_module_of_32_bits\n" + setup.read_text())
    wheel, reporter = build(tree, setuptools, tmp_path / "work", target=WINDOWS_32)
    assert wheel.name == "demo-1.0-py3-none-any.whl"
    assert [reference for reference, _ in reporter.warnings] == ["built-as-host"]


def test_a_wheel_of_another_version_is_refused(tmp_path: Path, bare: Environment) -> None:
    with pytest.raises(BuildError) as caught:
        build(make_sdist(tmp_path, version="1.0"), bare, tmp_path / "work", version="2.0")
    assert caught.value.reference == "wheel-name"


def test_a_wheel_that_the_target_does_not_take(tmp_path: Path, bare: Environment) -> None:
    with pytest.raises(BuildError) as caught:
        build(make_sdist(tmp_path, tag="py2-none-any"), bare, tmp_path / "work")
    assert caught.value.reference == "wheel-not-for-target"


def test_setuptools_tags_by_the_python_that_runs_it(tmp_path: Path, setuptools: Environment) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", files={"demo/__init__.py": "print 'two'\n"})
    wheel, reporter = build(tree, setuptools, tmp_path / "work", target=Target.of("2.7.18", "win32"))
    assert wheel.name == "demo-1.0-py27-none-any.whl"
    ((reference, message),) = reporter.warnings
    assert reference == "wheel-retagged"
    assert "demo-1.0-py3-none-any.whl" in message


# --- local projects


def test_a_project_is_left_as_it_is(tmp_path: Path, setuptools: Environment) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", files={"demo/__init__.py": ""})
    stale = tree / "build" / "lib" / "demo" / "stale.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("left by an earlier build\n")
    before = sorted(tree.rglob("*"))
    wheel, _ = build(tree, setuptools, tmp_path / "work")
    assert sorted(tree.rglob("*")) == before
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/stale.py" not in archive.namelist()


@pytest.mark.parametrize("packaged", [True, False])
def test_a_forgotten_tac_is_a_warning(tmp_path: Path, setuptools: Environment, packaged: bool) -> None:
    tree = make_project(tmp_path / "demo", backend="setuptools", files={"demo/__init__.py": ""})
    (tree / "demo" / "service.tac").write_text("application = None\n")
    if packaged:
        (tree / "MANIFEST.in").write_text("recursive-include demo *.tac\n")
        setup = tree / "setup.py"
        setup.write_text(setup.read_text().replace("setup(", "setup(include_package_data=True, "))
    wheel, reporter = build(tree, setuptools, tmp_path / "work")
    with zipfile.ZipFile(wheel) as archive:
        assert ("demo/service.tac" in archive.namelist()) is packaged
    assert [reference for reference, _ in reporter.warnings] == ([] if packaged else ["data-file-left-out"])


# --- the real thing


@pytest.mark.network
def test_pyinstaller_keeps_what_it_needs_on_windows(tmp_path: Path) -> None:
    """FACTS: resolved on Linux the usual way, PyInstaller 3.6 loses pefile and pywin32-ctypes."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pyinstaller"]
    subprocess.run([*command, "--dest", str(tmp_path), "pyinstaller==3.6"], check=True, capture_output=True)
    (source,) = tmp_path.glob("PyInstaller-3.6.tar.gz")
    make = Environments(tmp_path, (setuptools_wheel(),))
    found = inspect_source(source, name="pyinstaller", target=WINDOWS, make_environment=make, work=tmp_path / "work")
    assert {"pefile>=2017.8.1", "pywin32-ctypes>=0.2.0"} <= set(found.requires_dist)
    (warning,) = found.warnings
    assert "only there: pywin32-ctypes>=0.2.0, pefile>=2017.8.1" in warning
    wheel, reporter = build(source, make(()), tmp_path / "built", name="pyinstaller", version="3.6")
    assert "Requires-Dist: pefile" in metadata_of(wheel)
    assert [reference for reference, _ in reporter.warnings] == ["carries-binaries"]
