from __future__ import annotations

import json
from typing import Any

import pytest

from bundler.build.compilers import (
    Choice,
    Compiler,
    Ended,
    PassedOver,
    find_compilers,
    generation,
    search_compilers,
    windows_machine,
)
from bundler.errors import HostError
from bundler.model.target import Target
from tests.support.machines import TableMachine

VSWHERE = r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe"
FOR_PYTHON = r"Software\Microsoft\DevDiv\VCForPython\9.0"
SXS = r"Software\Microsoft\VisualStudio\SxS\VC7"
DEFAULT = r"C:\Users\Zoë & co\AppData\Local\Programs\Common\Microsoft\Visual C++ for Python\9.0"


def target(python: str, platform: str = "win_amd64", abi: str | None = None) -> Target:
    return Target.of(python, platform, abi=abi)


def instance(folder: str, version: str, name: str = "Visual Studio Build Tools 2022", **more: Any) -> dict[str, Any]:
    """What vswhere says of one installation; it says more, which nobody here reads."""
    return {
        "instanceId": "0a1b2c3d",
        "installationPath": folder,
        "installationVersion": version,
        "displayName": name,
        "isPrerelease": False,
        "catalog": {"productLineVersion": "2022"},
        **more,
    }


def with_vswhere(*instances: dict[str, Any], machine: TableMachine | None = None) -> TableMachine:
    machine = machine or TableMachine()
    machine.have(VSWHERE, *(rf"{each['installationPath']}\VC\Auxiliary\Build\vcvarsall.bat" for each in instances))
    answer = json.dumps(list(instances), ensure_ascii=False).encode()
    machine.programs[VSWHERE] = Ended(code=0, output=answer, errors=b"")
    return machine


def where(found: tuple[Compiler, ...]) -> list[str]:
    return [str(each.script.parent) for each in found]


@pytest.mark.parametrize(
    ("python", "version"),
    [
        ("2.5.4", None),
        ("2.6.6", (9, 0)),
        ("2.7.18", (9, 0)),
        ("3.2.5", (9, 0)),
        ("3.3.5", (10, 0)),
        ("3.4.4", (10, 0)),
        ("3.5.4", (14, 0)),
        ("3.14.0", (14, 0)),
    ],
)
def test_each_python_has_its_generation(python: str, version: tuple[int, int] | None) -> None:
    assert generation(target(python, abi="cp27m")) == version


def test_a_machine_with_nothing() -> None:
    for python in ("2.5.4", "2.7.18", "3.4.4", "3.11.9"):
        found = search_compilers(target(python, abi="cp27m"), TableMachine())
        assert (found.found, found.passed_over) == ((), ())


@pytest.mark.parametrize("hive", ["HKLM", "HKCU"])
@pytest.mark.parametrize("view", [32, 64])
def test_the_compiler_for_python_27_in_either_hive_and_view(hive: Any, view: Any) -> None:
    machine = TableMachine()
    machine.add(FOR_PYTHON, "installdir", "D:\\VC é & 100% (x86)\\", hive=hive, view=view)
    machine.have(r"D:\VC é & 100% (x86)\vcvarsall.bat")
    (found,) = find_compilers(target("2.7.18"), machine)
    assert (found.name, found.version, found.dialect) == ("Visual C++ Compiler for Python 2.7", (9, 0), "vcvarsall")
    assert str(found.script) == r"D:\VC é & 100% (x86)\vcvarsall.bat"
    assert found.origin == rf"{hive}\{FOR_PYTHON}, installdir ({view} bit)"
    assert find_compilers(target("3.4.4"), machine) == find_compilers(target("3.11.9"), machine) == ()


def test_one_that_all_registries_name_is_found_once() -> None:
    machine = TableMachine()
    machine.add(FOR_PYTHON, "installdir", DEFAULT.upper())
    machine.have(rf"{DEFAULT}\vcvarsall.bat")
    assert where(find_compilers(target("2.7.18"), machine)) == [DEFAULT.upper()]


def test_the_default_folder_without_a_registry() -> None:
    machine = TableMachine()
    everyone = r"C:\Program Files (x86)\Common Files\Microsoft\Visual C++ for Python\9.0"
    machine.have(rf"{DEFAULT}\vcvarsall.bat", rf"{everyone}\vcvarsall.bat")
    found = find_compilers(target("2.7.18", "win32"), machine)
    assert where(found) == [DEFAULT, everyone]
    assert found[0].origin == DEFAULT


def test_the_one_for_python_comes_before_visual_studio_2008_and_that_before_the_sdk() -> None:
    machine = TableMachine()
    machine.add(r"Software\Microsoft\Microsoft SDKs\Windows\v7.0", "InstallationFolder", r"C:\SDK70", hive="HKLM")
    machine.add(r"Software\Microsoft\VCExpress\9.0\Setup\VC", "ProductDir", r"C:\VS9\VC", hive="HKLM", view=32)
    machine.add(FOR_PYTHON, "installdir", r"C:\VCPy", hive="HKCU")
    machine.have(r"C:\VCPy\vcvarsall.bat", r"C:\VS9\VC\vcvarsall.bat", r"C:\SDK70\Bin\SetEnv.cmd")
    found = find_compilers(target("2.7.18"), machine)
    assert [each.name for each in found] == [
        "Visual C++ Compiler for Python 2.7",
        "Visual C++ 2008",
        "Windows SDK 7.0",
    ]
    assert [each.dialect for each in found] == ["vcvarsall", "vcvarsall", "setenv"]


def test_python_34_takes_visual_studio_2010_or_its_sdk() -> None:
    machine = TableMachine()
    machine.add(SXS, "10.0", r"C:\VS10\VC", hive="HKLM", view=32)
    machine.add(SXS, "14.0", r"C:\VS14\VC", hive="HKLM", view=32)
    machine.add(r"Software\Microsoft\Microsoft SDKs\Windows\v7.1", "InstallationFolder", "C:\\SDK71\\", hive="HKLM")
    machine.have(r"C:\VS10\VC\vcvarsall.bat", r"C:\VS14\VC\vcvarsall.bat", r"C:\SDK71\Bin\SetEnv.cmd")
    found = find_compilers(target("3.4.4"), machine)
    assert [(each.name, each.version) for each in found] == [("Visual C++ 2010", (10, 0)), ("Windows SDK 7.1", (10, 0))]


def test_registered_and_gone_is_passed_over_with_the_entry() -> None:
    machine = TableMachine()
    machine.add(FOR_PYTHON, "installdir", r"E:\gone", hive="HKCU", view=32)
    machine.add(FOR_PYTHON, "installdir", r"C:\there", hive="HKLM", view=32)
    machine.have(r"C:\there\vcvarsall.bat")
    searched = search_compilers(target("2.7.18"), machine)
    assert where(searched.found) == [r"C:\there"]
    assert [str(each) for each in searched.passed_over] == [
        rf"HKCU\{FOR_PYTHON}, installdir (32 bit): there is no E:\gone\vcvarsall.bat"
    ]


def test_the_newest_released_studio_first_then_previews_then_2015() -> None:
    machine = with_vswhere(
        instance(r"C:\VS\2017", "15.9.36.1", "Visual Studio Community 2017"),
        instance(r"C:\VS\2022 é & co", "17.10.1.2"),
        instance(r"C:\VS\Next", "18.0.1.1", "Visual Studio Preview", isPrerelease=True),
        instance(r"C:\VS\2022b", "17.9.34622.214", "Visual Studio Professional 2022"),
    )
    machine.add(SXS, "14.0", "C:\\VS14\\VC\\", hive="HKLM", view=32)
    machine.have(r"C:\VS14\VC\vcvarsall.bat")
    found = find_compilers(target("3.11.9"), machine)
    assert [(each.name, each.version) for each in found] == [
        ("Visual Studio Build Tools 2022 (17.10)", (14, 3)),
        ("Visual Studio Professional 2022 (17.9)", (14, 3)),
        ("Visual Studio Community 2017 (15.9)", (14, 1)),
        ("Visual Studio Preview (18.0)", (14, 50)),
        ("Visual C++ 2015", (14, 0)),
    ]
    assert str(found[0].script) == r"C:\VS\2022 é & co\VC\Auxiliary\Build\vcvarsall.bat"
    assert found[0].origin == r"vswhere, C:\VS\2022 é & co"
    command, _ = machine.calls[0]
    assert command[:1] == [VSWHERE]
    assert command[command.index("-requires") + 1] == "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    assert {"-utf8", "-format", "-products", "-prerelease"} <= set(command)


def test_what_waits_for_a_restart_is_told() -> None:
    machine = with_vswhere(
        instance(r"C:\VS\new", "17.14.1.1", isRebootRequired=True, isComplete=True),
        instance(r"C:\VS\half", "17.13.1.1", isComplete=False),
        instance(r"C:\VS\good", "17.9.1.1", isComplete=True, isRebootRequired=False),
    )
    searched = search_compilers(target("3.11.9"), machine)
    assert where(searched.found) == [r"C:\VS\good\VC\Auxiliary\Build"]
    assert [str(each).partition(": ")[2] for each in searched.passed_over] == [
        "Windows must be restarted before it works",
        "its installation isn't complete: Visual Studio's installer repairs it",
    ]
    assert "-all" in machine.calls[0][0]


def test_arm_has_a_component_of_its_own() -> None:
    machine = with_vswhere()
    assert find_compilers(target("3.11.9", "win_arm64"), machine) == ()
    command, _ = machine.calls[0]
    assert command[command.index("-requires") + 1] == "Microsoft.VisualStudio.Component.VC.Tools.ARM64"


def test_an_instance_without_its_script_is_passed_over() -> None:
    machine = with_vswhere(instance(r"C:\VS\2022", "17.1.2.3"))
    machine.files = {VSWHERE.casefold()}
    searched = search_compilers(target("3.11.9"), machine)
    assert searched.found == ()
    assert searched.passed_over[0].where == r"vswhere, C:\VS\2022"


def test_vswhere_on_a_32_bit_windows() -> None:
    machine = TableMachine(environment={"PROGRAMFILES": r"C:\Program Files"})
    path = VSWHERE.replace(" (x86)", "")
    machine.have(path)
    machine.programs[path] = Ended(code=0, output=b"\xef\xbb\xbf[]", errors=b"")
    searched = search_compilers(target("3.11.9", "win32"), machine)
    assert (searched.found, searched.passed_over, len(machine.calls)) == ((), (), 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (OSError(193, "not a valid Win32 application"), "can't be run"),
        (Ended(code=87, output=b"", errors=b"Error 0x57: Unknown parameter: utf8"), "ended with 87: Error 0x57"),
        (Ended(code=0, output=b"not json", errors=b""), "can't be read"),
        (Ended(code=0, output=b"\xff\xfe[]", errors=b""), "can't be read"),
        (Ended(code=0, output=b"{}", errors=b""), "can't be read"),
        (Ended(code=0, output=b"[1]", errors=b""), "can't be read"),
        (Ended(code=0, output=b"7", errors=b""), "can't be read"),
        (Ended(code=0, output=b'[{"installationPath": "C:\\\\x"}]', errors=b""), "can't be read"),
        (
            Ended(code=0, output=b'[{"installationPath": 7, "installationVersion": "17.0"}]', errors=b""),
            "can't be read",
        ),
        (Ended(code=0, output=b'[{"installationPath": "C:", "installationVersion": ""}]', errors=b""), "can't be read"),
    ],
)
def test_a_vswhere_that_gives_no_answer(answer: Ended | OSError, words: str) -> None:
    machine = TableMachine()
    machine.have(VSWHERE)
    machine.programs[VSWHERE] = answer
    searched = search_compilers(target("3.11.9"), machine)
    assert searched.found == ()
    assert [each.where for each in searched.passed_over] == [VSWHERE]
    assert words in searched.passed_over[0].reason


def test_what_is_passed_over_reads_as_one_line() -> None:
    assert str(PassedOver(where="here", reason="gone")) == "here: gone"


def test_elsewhere_there_is_no_such_machine() -> None:
    with pytest.raises(HostError) as caught:
        windows_machine({})
    assert (caught.value.reference, caught.value.exit_code) == ("not-windows", 7)
    assert "build/windows_host.py" in caught.value.hint


def with_toolsets(machine: TableMachine, folder: str, *toolsets: str, below: str = "x64") -> TableMachine:
    machine.have(*(rf"{folder}\VC\Tools\MSVC\{each}\bin\Hostx64\{below}\cl.exe" for each in toolsets))
    return machine


def versions(machine: TableMachine, choice: Choice, python: str = "3.11.9", platform: str = "win_amd64") -> list[str]:
    return [each.toolset or each.name for each in find_compilers(target(python, platform), machine, choice)]


OLD, NEW = Choice(windows=(6, 3)), Choice(windows=(10, 0))


def test_the_targets_windows_decides_which_toolset_is_first() -> None:
    machine = with_vswhere(
        instance(r"C:\VS\2026", "18.1.1.1", "Visual Studio Build Tools 2026"), instance(r"C:\VS\2022", "17.14.1.1")
    )
    machine = with_toolsets(machine, r"C:\VS\2026", "14.44.35207", "14.50.35717", "14.9.1")
    machine = with_toolsets(machine, r"C:\VS\2022", "14.44.35211", "14.29.30133")
    assert versions(machine, NEW)[:2] == ["14.50.35717", "14.44.35207"]
    assert versions(machine, OLD) == ["14.44.35207", "14.9.1", "14.44.35211", "14.29.30133", "14.50.35717"]
    newest = find_compilers(target("3.11.9"), machine, NEW)[0]
    assert (newest.version, newest.lowest_windows) == ((14, 50), (10, 0))


def test_one_toolset_is_asked_for() -> None:
    machine = with_vswhere(instance(r"C:\VS\2026", "18.1.1.1"))
    machine = with_toolsets(machine, r"C:\VS\2026", "14.44.35207", "14.50.35717")
    assert versions(machine, Choice(toolset="14.44")) == ["14.44.35207"]
    assert versions(machine, Choice(toolset="14.44.35207")) == ["14.44.35207"]
    assert versions(machine, Choice(toolset="14.4")) == []
    searched = search_compilers(target("3.11.9"), machine, Choice(toolset="14.29"))
    assert "its toolset is 14.50.35717, and 14.29 is asked for" in str(searched.passed_over[0])


def test_before_there_were_toolsets_none_is_chosen() -> None:
    machine = TableMachine()
    machine.add(SXS, "9.0", "C:\\VC9\\", view=32)
    machine.have(r"C:\VC9\vcvarsall.bat")
    assert versions(machine, Choice(toolset="14.44"), "2.7.18") == ["Visual C++ 2008"]


def test_a_toolset_without_the_targets_compiler_is_none() -> None:
    machine = with_toolsets(with_vswhere(instance(r"C:\VS\2022", "17.14.1.1")), r"C:\VS\2022", "14.44.35207")
    assert versions(machine, NEW, platform="win_arm64") == ["Visual Studio Build Tools 2022 (17.14)"]
    with_toolsets(machine, r"C:\VS\2022", "14.43.1", below="arm64")
    assert versions(machine, NEW, platform="win_arm64") == ["14.43.1"]
