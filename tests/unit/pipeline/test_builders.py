"""Who builds: found by a machine made of tables, where it has a compiler and the target's Python."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from bundler.build.compilers import Ended
from bundler.build.isolated import host_target
from bundler.model.target import Target
from bundler.pipeline.builders import Builders
from bundler.pipeline.loaded_toolchains import Toolchains
from bundler.pipeline.session import Options, open_session
from tests.support.machines import TableMachine
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.pipeline.session import Session

AMD64 = Target.of("3.11.9", "win_amd64")
VC7 = r"Software\Microsoft\VisualStudio\SxS\VC7"
PYTHON = r"Software\Python\PythonCore\3.11\InstallPath"
WORKING = {"PATH": r"C:\VC\bin", "INCLUDE": r"C:\SDK", "LIB": r"C:\VC\lib"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_session(Options(store=tmp_path / "store"), Remembering()) as opened:
        yield opened


def machine_with_compiler() -> TableMachine:
    machine = TableMachine()
    machine.add(VC7, "14.0", "C:\\VC\\", view=32)
    machine.have(r"C:\VC\vcvarsall.bat", r"C:\VC\bin\cl.exe", r"C:\SDK\windows.h")
    machine.scripts[r"C:\VC\vcvarsall.bat"] = {"amd64": WORKING, "x86": WORKING}
    return machine


def with_python(machine: TableMachine, version: str = "3.11.4") -> TableMachine:
    machine.add(PYTHON, "ExecutablePath", r"C:\Python311\python.exe")
    machine.have(r"C:\Python311\python.exe", r"C:\Python311\include\Python.h", r"C:\Python311\libs\python311.lib")
    said = f"{version} {version} (tags) [MSC v.1937 64 bit (AMD64)]"
    machine.programs[r"C:\Python311\python.exe"] = Ended(code=0, output=said.encode(), errors=b"")
    return machine


def runtime_in(folder: Path, *names: str) -> Path:
    for name in ("python.exe", *names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def builders(
    session: Session, machine: TableMachine | None, target: Target = AMD64, runtime: Path | None = None
) -> Builders:
    return Builders(dataclasses.replace(session, machine=machine), target, lambda: runtime)


def told(session: Session) -> Remembering:
    assert isinstance(session.reporter, Remembering)
    return session.reporter


def test_off_windows_nothing_compiles_and_this_hosts_python_builds(session: Session) -> None:
    found = builders(session, None)
    assert found.native is None
    assert found.host.target == host_target()
    assert (found.host.native, found.reasons) == (None, ())


def test_a_target_that_is_no_windows_is_none_of_its_compilers(session: Session) -> None:
    machine = machine_with_compiler()
    assert builders(session, machine, Target.of("3.11.9", "manylinux_2_28_x86_64")).native is None
    assert machine.calls == []


def test_the_bundles_own_python_comes_before_an_installed_one(session: Session, tmp_path: Path) -> None:
    machine = with_python(machine_with_compiler())
    folder = runtime_in(tmp_path / "runtime", "include/Python.h", "libs/python311.lib")
    machine.programs[str(folder / "python.exe")] = Ended(code=0, output=b"", errors=b"")
    found = builders(session, machine, runtime=folder).native
    assert found is not None
    assert found.target == AMD64
    assert found.native is not None
    assert (found.native.python, found.native.version) == (folder / "python.exe", "3.11.9")
    assert found.native.description == "CPython 3.11.9, Visual C++ 2015"
    assert told(session).notes == [f"What comes as source is built for {AMD64} with CPython 3.11.9, Visual C++ 2015"]


@pytest.mark.parametrize("fault", ["no headers", "does not start", "does not work", "an installer"])
def test_an_installed_python_builds_where_the_bundles_own_cannot(session: Session, tmp_path: Path, fault: str) -> None:
    machine = with_python(machine_with_compiler())
    names = [] if fault == "no headers" else ["include/Python.h", "libs/python311.lib"]
    folder = runtime_in(tmp_path / "runtime", *names)
    ended: Ended | OSError = Ended(code=53, output=b"", errors=b"")
    machine.programs[str(folder / "python.exe")] = OSError(216, "not for this") if fault == "does not start" else ended
    found = builders(session, machine, runtime=None if fault == "an installer" else folder).native
    assert found is not None
    assert found.native is not None
    assert str(found.native.python) == r"C:\Python311\python.exe"
    assert found.native.version == "3.11.4"
    assert any("Python 3.11.4" in each for each in told(session).notes)


def test_a_compiler_without_the_targets_python_is_a_reason(session: Session) -> None:
    found = builders(session, machine_with_compiler())
    assert found.native is None
    (reason,) = found.reasons
    assert reason.startswith("Visual C++ 2015 is here, but no Python 3.11 for win_amd64")
    assert "--python 3.11.9 --platform win_amd64" in reason


def test_no_compiler_is_no_reason_and_a_broken_one_is_told(session: Session) -> None:
    found = builders(session, TableMachine())
    assert (found.native, found.reasons) == (None, ())
    broken = machine_with_compiler()
    broken.scripts[r"C:\VC\vcvarsall.bat"] = {}
    found = builders(session, with_python(broken), Target.of("3.11.9", "win32"))
    assert found.native is None
    assert any("gives no working environment" in each for each in found.reasons)
    assert [reference for reference, _ in told(session).warnings] == ["compiler-broken"]


def test_a_toolchain_is_loaded_once_for_all_targets_that_it_serves(session: Session) -> None:
    machine = with_python(machine_with_compiler())
    shared = dataclasses.replace(session, machine=machine)
    for version in ("3.11.9", "3.11.7"):
        assert Builders(shared, Target.of(version, "win_amd64"), lambda: None).native is not None
    assert sum(isinstance(command, str) for command, _ in machine.calls) == 1
    Builders(shared, Target.of("3.11.9", "win32"), lambda: None).native  # noqa: B018
    assert sum(isinstance(command, str) for command, _ in machine.calls) > 1, "that for 32 bits is another"


def machine_with_toolsets(*toolsets: str) -> TableMachine:
    """Visual Studio 2026 with several toolsets."""
    machine, folder = with_python(TableMachine()), r"C:\VS"
    vswhere = r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe"
    said = [{"installationPath": folder, "installationVersion": "18.1.1.1", "displayName": "Build Tools"}]
    machine.programs[vswhere] = Ended(code=0, output=json.dumps(said).encode(), errors=b"")
    script = rf"{folder}\VC\Auxiliary\Build\vcvarsall.bat"
    machine.have(vswhere, script, r"C:\VC\bin\cl.exe", r"C:\SDK\windows.h")
    machine.have(*(rf"{folder}\VC\Tools\MSVC\{each}\bin\Hostx64\x64\cl.exe" for each in toolsets))
    machine.scripts[script] = {f"amd64 -vcvars_ver={each}": {**WORKING, "VCToolsVersion": each} for each in toolsets}
    return machine


def compiled_by(session: Session, machine: TableMachine, toolset: str = "") -> str:
    fresh = dataclasses.replace(session, machine=machine, toolchains=Toolchains())
    found = Builders(fresh, AMD64, lambda: None, toolset=toolset).native
    return found.native.toolchain.compiler.toolset if found and found.native else ""


def test_what_compiles_serves_the_oldest_windows_of_the_targets_python(session: Session) -> None:
    machine = machine_with_toolsets("14.44.35207", "14.50.35717")
    assert compiled_by(session, machine) == "14.44.35207", "3.11 runs on 8.1 and Server 2012 R2"
    assert compiled_by(session, machine, toolset="14.50") == "14.50.35717"
    assert compiled_by(dataclasses.replace(session, toolset="14.44"), machine, toolset="14.50") == "14.44.35207"
    assert compiled_by(session, machine_with_toolsets("14.50.35717")) == "14.50.35717", "better than none"


def test_a_toolset_that_is_not_there_is_a_reason(session: Session) -> None:
    shared = dataclasses.replace(session, machine=machine_with_toolsets("14.50.35717"))
    found = Builders(shared, AMD64, lambda: None, toolset="14.29")
    assert found.native is None
    assert found.reasons == ("toolset 14.29 is asked for, and no compiler here that fits has it",)


def test_a_python_that_does_not_run_here_is_a_reason(session: Session) -> None:
    found = builders(session, with_python(machine_with_compiler()), Target.of("3.11.9", "win_arm64"))
    assert found.native is None
    assert "which doesn't run on this amd64 Windows" in found.reasons[0]
    assert not any(isinstance(command, str) for command, _ in with_python(machine_with_compiler()).calls)
