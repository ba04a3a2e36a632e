from __future__ import annotations

from pathlib import PureWindowsPath
from typing import Any

import pytest

from bundler.build.compilers import Compiler, Ended, load_toolchain
from bundler.build.compilers.toolchain import script_arguments
from bundler.errors import BuildError
from bundler.model.target import Target
from tests.support.machines import TableMachine

SCRIPT = r"C:\VC é & 100% (x86)\vcvarsall.bat"
AMD64 = Target.of("3.11.9", "win_amd64")
NATIVE = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


def compiler(version: tuple[int, int] = (14, 3), **more: Any) -> Compiler:
    return Compiler(name="Build Tools", version=version, script=PureWindowsPath(SCRIPT), origin="vswhere", **more)


def working(argument: str, **more: str) -> TableMachine:
    """A machine whose script sets what a compiler needs when it is called with ``argument``."""
    machine = TableMachine()
    machine.have(r"C:\VC é\bin\cl.exe", r"C:\SDK\um\windows.h")
    machine.scripts[SCRIPT] = {
        argument: {
            "Path": r"C:\VC é\bin;C:\Windows\System32",
            "INCLUDE": r"C:\VC é\include;C:\SDK\um",
            "LIB": r"C:\VC é\lib",
            **more,
        }
    }
    return machine


def test_the_environment_is_what_the_script_sets_and_the_switches() -> None:
    machine = working("amd64", VCToolsVersion="14.39.33519", WindowsSDKVersion="10.0.22621.0\\", Ümläut="日本=é")
    machine.environment |= {"INCLUDE": r"C:\another", "CL": "/O1", "PYTHONPATH": "x", "VSCMD_VER": "17.1"}
    found = load_toolchain(compiler(), AMD64, machine)
    environment = found.environment
    assert (found.architecture, found.argument) == ("amd64", "amd64")
    assert environment["INCLUDE"] == r"C:\VC é\include;C:\SDK\um"
    assert environment["ÜMLÄUT"] == "日本=é"
    assert (environment["DISTUTILS_USE_SDK"], environment["MSSDK"], environment["VSCMD_ARG_TGT_ARCH"]) == (
        "1",
        "1",
        "x64",
    )
    assert environment["SYSTEMROOT"] == r"C:\Windows"
    assert all(name == name.upper() for name in environment)
    assert not {"CL", "PYTHONPATH", "VSCMD_VER", "BUNDLE_COMPILER_SCRIPT"} & set(environment)
    assert found.description == "Build Tools, toolset 14.39.33519, Windows SDK 10.0.22621.0"
    assert len(machine.calls) == 1


def test_the_compilers_folders_come_first_on_path_and_the_machines_own_last() -> None:
    found = load_toolchain(compiler(), AMD64, working("amd64"))
    assert found.environment["PATH"] == r"C:\VC é\bin;C:\Windows\System32;C:\Tools"
    assert found.description == "Build Tools"


def test_a_script_starts_from_a_short_path_without_quotes() -> None:
    machine = working("amd64")
    machine.environment["PATH"] = '"C:\\quoted";' + "C:\\long;" * 2000
    load_toolchain(compiler(), AMD64, machine)
    _, variables = machine.calls[0]
    assert variables["PATH"] == (
        r"C:\Windows\System32;C:\Windows;C:\Windows\System32\Wbem;C:\Windows\System32\WindowsPowerShell\v1.0"
    )
    assert variables["VSCMD_SKIP_SENDTELEMETRY"] == "1"


@pytest.mark.parametrize(
    ("version", "platform", "native", "arguments"),
    [
        ((14, 3), "win_amd64", "amd64", ("amd64", "x86_amd64")),
        ((14, 3), "win32", "amd64", ("amd64_x86", "x86")),
        ((14, 3), "win_arm64", "amd64", ("amd64_arm64", "x86_arm64")),
        ((14, 0), "win_amd64", "x86", ("x86_amd64",)),
        ((14, 0), "win32", "x86", ("x86",)),
        ((14, 3), "win_arm64", "arm64", ("arm64", "amd64_arm64", "x86_arm64")),
        ((14, 3), "win_amd64", "arm64", ("arm64_amd64", "amd64", "x86_amd64")),
        ((14, 3), "win32", "arm64", ("arm64_x86", "amd64_x86", "x86")),
        ((9, 0), "win_amd64", "amd64", ("amd64", "x86_amd64")),
        ((9, 0), "win32", "amd64", ("x86",)),
        ((10, 0), "win_amd64", "x86", ("x86_amd64",)),
        ((10, 0), "win32", "x86", ("x86",)),
    ],
)
def test_the_argument_is_for_the_target_and_the_processor(
    version: tuple[int, int], platform: str, native: str, arguments: tuple[str, ...]
) -> None:
    machine = working(arguments[-1])
    machine.environment["PROCESSOR_ARCHITECTURE"] = "x86"  # an emulated process sees this anywhere
    machine.add(NATIVE, "PROCESSOR_ARCHITECTURE", native.upper(), hive="HKLM", view=64)
    found = load_toolchain(compiler(version), Target.of("3.11.9", platform), machine)
    assert found.argument == arguments[-1]
    assert len(machine.calls) == (len(arguments) if version[0] == 14 else 1) or version[0] < 14
    assert script_arguments(compiler(version), found.architecture, native) == arguments  # type: ignore[arg-type]


def test_the_processor_of_a_32_bit_process_by_its_variables() -> None:
    machine = working("amd64")
    machine.environment |= {"PROCESSOR_ARCHITECTURE": "x86", "PROCESSOR_ARCHITEW6432": "AMD64"}
    assert load_toolchain(compiler(), AMD64, machine).argument == "amd64"


@pytest.mark.parametrize(("platform", "argument"), [("win32", "/Release /x86"), ("win_amd64", "/Release /x64")])
def test_an_sdk_has_a_script_of_another_kind(platform: str, argument: str) -> None:
    machine = working(argument)
    found = load_toolchain(compiler((10, 0), dialect="setenv"), Target.of("3.4.4", platform), machine)
    assert found.argument == argument
    command, _ = machine.calls[0]
    assert " /v:on " in command


def broken(machine: TableMachine, version: tuple[int, int] = (14, 3)) -> BuildError:
    with pytest.raises(BuildError) as caught:
        load_toolchain(compiler(version), AMD64, machine)
    assert caught.value.reference == "compiler-broken"
    assert "Build Tools is installed but gives no working environment for win_amd64" in caught.value.message
    assert caught.value.context[0] == f"{SCRIPT} (from vswhere)"
    return caught.value


def test_a_script_that_fails_is_quoted_in_whatever_it_speaks() -> None:
    machine = TableMachine()
    said = "[ERROR:vcvars.bat] The toolset é is not installed\r\n".encode("utf-16-le")
    machine.scripts[SCRIPT] = {
        "amd64": Ended(code=1, output=said, errors=b""),
        "x86_amd64": Ended(code=-1, output=b"", errors=b"reg.exe: \x81\r\n"),
    }
    first, second = broken(machine).context[1:]
    assert first.startswith("vcvarsall.bat amd64: it ended with 1")
    assert "The toolset é is not installed" in first
    assert second.startswith("vcvarsall.bat x86_amd64: it ended with -1")
    assert "reg.exe" in second


def test_a_script_that_ends_well_and_sets_no_compiler() -> None:
    machine = working("amd64")
    machine.files.discard(r"C:\VC é\bin\cl.exe".casefold())
    assert "no folder of the PATH that it sets holds cl.exe" in broken(machine).context[1]


def test_a_compiler_without_an_sdk() -> None:
    machine = working("amd64")
    machine.files.discard(r"C:\SDK\um\windows.h".casefold())
    assert "the Windows SDK is missing" in broken(machine).context[1]


def test_scripts_before_2015_may_end_with_any_code() -> None:
    machine = working("amd64")
    machine.scripts[SCRIPT]["x86_amd64"] = machine.scripts[SCRIPT].pop("amd64")
    machine.scripts[SCRIPT]["amd64"] = Ended(
        code=1, output=b"The specified configuration type is missing.\r\n", errors=b""
    )
    assert load_toolchain(compiler((9, 0)), AMD64, machine).argument == "x86_amd64"
    assert (
        "configuration type is missing"
        in broken(TableMachine(scripts={SCRIPT: {"amd64": machine.scripts[SCRIPT]["amd64"]}}), (9, 0)).context[1]
    )


def test_a_machine_that_starts_no_script() -> None:
    machine = TableMachine()
    machine.scripts[SCRIPT] = {}
    assert "it can't be run: [Errno 2] no cmd.exe" in broken(machine).context[1]


def test_cmake_and_msbuild_get_the_same_compiler() -> None:
    script = r"C:\VS\VC\Auxiliary\Build\vcvarsall.bat"
    machine = working("amd64 -vcvars_ver=14.44.35207")
    machine.scripts[script] = machine.scripts[SCRIPT]
    chosen = Compiler(
        name="Build Tools",
        version=(14, 44),
        script=PureWindowsPath(script),
        toolset="14.44.35207",
        studio=17,
        origin="vswhere",
    )
    found = load_toolchain(chosen, AMD64, machine).environment
    assert {name: value for name, value in found.items() if name.startswith("CMAKE_")} == {
        "CMAKE_GENERATOR": "Visual Studio 17 2022",
        "CMAKE_GENERATOR_INSTANCE": r"C:\VS",
        "CMAKE_GENERATOR_PLATFORM": "x64",
        "CMAKE_GENERATOR_TOOLSET": "version=14.44",
    }
    assert found["MSBUILDDISABLENODEREUSE"] == "1"


def test_what_is_no_visual_studio_says_nothing_to_cmake() -> None:
    found = load_toolchain(compiler((14, 0)), AMD64, working("amd64")).environment
    assert not any(name.startswith("CMAKE_") for name in found)


def test_compilers_speak_english() -> None:
    machine = working("amd64")
    found = load_toolchain(compiler(), AMD64, machine)
    assert (found.environment["VSLANG"], machine.calls[0][1]["VSLANG"]) == ("1033", "1033")
