from __future__ import annotations

from typing import Any

import pytest

from bundler.build.compilers import Ended, find_python, search_pythons
from bundler.model.target import Target
from tests.support.machines import TableMachine

CORE = r"Software\Python\PythonCore"
AMD64 = Target.of("3.11.9", "win_amd64")


def banner(version: str, bits: str = "64 bit (AMD64)", build: str = "(tags/v3:de54cf5, Apr  2 2024)") -> Ended:
    return Ended(code=0, output=f"{version} {version} {build} [MSC v.1938 {bits}]\r\n".encode(), errors=b"")


def add(
    machine: TableMachine,
    folder: str,
    answer: Ended | OSError,
    *,
    key: str = rf"{CORE}\3.11",
    without: tuple[str, ...] = (),
    hive: Any = "HKLM",
    view: Any = 64,
    program: str | None = None,
    minor: str | None = "3.11",
    library: str = "python311.lib",
) -> None:
    machine.add(rf"{key}\InstallPath", "", folder + "\\", hive=hive, view=view)
    if program:
        machine.add(rf"{key}\InstallPath", "ExecutablePath", rf"{folder}\{program}", hive=hive, view=view)
    if minor:
        machine.add(key, "SysVersion", minor, hive=hive, view=view)
    path = rf"{folder}\{program or 'python.exe'}"
    files = {path, rf"{folder}\include\Python.h", rf"{folder}\libs\{library}"}
    machine.have(*(each for each in files if not each.endswith(without or ("//",))))
    machine.programs[path] = answer


def test_a_machine_without_pythons() -> None:
    assert find_python(AMD64, TableMachine()) is None


@pytest.mark.parametrize("hive", ["HKLM", "HKCU"])
@pytest.mark.parametrize("view", [32, 64])
def test_it_is_found_in_either_hive_and_view(hive: Any, view: Any) -> None:
    machine = TableMachine()
    add(machine, "D:\\Python é & (x86)", banner("3.11.9"), hive=hive, view=view)
    found = find_python(AMD64, machine)
    assert found is not None
    assert (str(found.executable), found.version) == ("D:\\Python é & (x86)\\python.exe", "3.11.9")
    assert str(found.folder) == "D:\\Python é & (x86)"
    assert found.origin == rf"{hive}\{CORE}\3.11 ({view} bit)"


def test_the_very_version_comes_first_then_the_newest() -> None:
    machine = TableMachine()
    add(machine, r"C:\A", banner("3.11.10"), hive="HKLM")
    add(machine, r"C:\B", banner("3.11.4"), hive="HKLM", view=32)
    add(machine, r"C:\C", banner("3.11.9"), hive="HKCU")
    searched = search_pythons(AMD64, machine)
    assert [each.version for each in searched.found] == ["3.11.9", "3.11.10", "3.11.4"]
    assert searched.passed_over == ()


def test_python_27_has_a_tag_and_nothing_else_and_is_asked_for_its_bits() -> None:
    machine = TableMachine()
    build = "(v2.7.18:8d21aa21f2, Apr 20 2020)"
    for folder, bits, view in ((r"C:\Py27", "32 bit (Intel)", 32), (r"C:\Py27x64", "64 bit (AMD64)", 64)):
        answer = Ended(code=0, output=f"2.7.18 2.7.18 {build} [MSC v.1500 {bits}]".encode(), errors=b"")
        add(machine, folder, answer, key=rf"{CORE}\2.7", minor=None, view=view, library="python27.lib")
    for platform, folder in (("win32", r"C:\Py27"), ("win_amd64", r"C:\Py27x64")):
        searched = search_pythons(Target.of("2.7.18", platform), machine)
        assert [str(each.folder) for each in searched.found] == [folder]
        assert searched.passed_over == ()


def test_free_threading_is_another_abi() -> None:
    machine = TableMachine()
    build = "experimental free-threading build (tags/v3.13.0:60403a5)"
    add(machine, r"C:\P", banner("3.13.0"), key=rf"{CORE}\3.13", minor="3.13", library="python313.lib")
    threaded = {"key": rf"{CORE}\3.13t", "minor": "3.13", "program": "python3.13t.exe", "library": "python313t.lib"}
    add(machine, r"C:\PT", banner("3.13.0", build=build), **threaded)  # type: ignore[arg-type]
    for abi, program in (("cp313", r"C:\P\python.exe"), ("cp313t", r"C:\PT\python3.13t.exe")):
        searched = search_pythons(Target.of("3.13.0", "win_amd64", abi=abi), machine)
        assert [str(each.executable) for each in searched.found] == [program]


def test_pythons_own_comes_before_other_companies_and_the_launcher_is_none() -> None:
    machine = TableMachine()
    add(machine, r"C:\conda", banner("3.11.9"), key=r"Software\Python\ContinuumAnalytics\Anaconda311-64")
    add(machine, r"C:\own", banner("3.11.9"))
    add(machine, r"C:\launcher", banner("3.11.9"), key=r"Software\Python\PyLauncher\3.11")
    add(machine, r"C:\silent", banner("3.11.9"), key=r"Software\Python\Other\3.11", minor=None)
    assert [str(each.folder) for each in search_pythons(AMD64, machine).found] == [r"C:\own", r"C:\conda"]


def test_a_key_without_a_folder_is_none() -> None:
    machine = TableMachine()
    machine.add(rf"{CORE}\3.11", "SysVersion", "3.11")
    assert search_pythons(AMD64, machine).passed_over == ()


@pytest.mark.parametrize(
    ("answer", "without", "words"),
    [
        (banner("3.11.9"), ("Python.h",), r"C:\P lacks include\Python.h, which compiling needs"),
        (banner("3.11.9"), ("Python.h", ".lib"), r"lacks include\Python.h and libs\python311.lib"),
        (banner("3.11.9"), ("python.exe",), r"there is no C:\P\python.exe"),
        (banner("3.12.1"), (), r"C:\P\python.exe is Python 3.12.1"),
        (OSError(193, "not a valid application"), (), "can't be run: [Errno 193]"),
        (Ended(code=3, output=b"", errors=b"init failed"), (), "it ended with 3 init failed"),
        (Ended(code=0, output=b"", errors=b""), (), "doesn't work: it ended with 0"),
        (Ended(code=0, output=b"3.11.9 3.11.9 (main) [GCC 13.2.0 64 bit (AMD64)]", errors=b""), (), "is not a CPython"),
    ],
)
def test_one_that_almost_fits_is_passed_over(answer: Ended | OSError, without: tuple[str, ...], words: str) -> None:
    machine = TableMachine()
    add(machine, r"C:\P", answer, without=without)
    searched = search_pythons(AMD64, machine)
    assert searched.found == ()
    assert [each.where for each in searched.passed_over] == [rf"HKLM\{CORE}\3.11 (64 bit)"]
    assert words in searched.passed_over[0].reason


def test_other_bits_and_other_versions_are_no_reason_for_words() -> None:
    machine = TableMachine()
    add(machine, r"C:\P32", banner("3.11.9", "32 bit (Intel)"), key=rf"{CORE}\3.11-32", view=32)
    add(machine, r"C:\P12", banner("3.12.0"), key=rf"{CORE}\3.12", minor="3.12")
    searched = search_pythons(AMD64, machine)
    assert (searched.found, searched.passed_over) == ((), ())
    assert [call[0][0] for call in machine.calls] == [r"C:\P32\python.exe"], "a Python of another x.y isn't started"


def test_a_developers_settings_are_no_part_of_a_build() -> None:
    machine = TableMachine()
    add(machine, r"C:\Python311", banner("3.11.9"))
    assert find_python(AMD64, machine) is not None
    machine.have(r"C:\Python311\Lib\distutils\distutils.cfg")
    searched = search_pythons(AMD64, machine)
    assert searched.found == ()
    assert r"C:\Python311\Lib\distutils\distutils.cfg" in str(searched.passed_over[0])
