"""The script that sets a Windows build host up, on machines made of tables."""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from bundler.build.compilers import Ended
from tests.support import only_linux
from tests.support.commandline import ROOT
from tests.support.machines import TableMachine
from tests.unit.build.compilers.test_compilers import FOR_PYTHON, VSWHERE, instance
from tests.unit.build.compilers.test_pythons import CORE, add, banner

TOOLS = r"C:\BT"
SCRIPT = rf"{TOOLS}\VC\Auxiliary\Build\vcvarsall.bat"
MSI = b"\xd0\xcf\x11\xe0 an installer"


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    """build/windows_host.py, imported as it is when it runs: with its folder on the path."""
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module("windows_host")
    finally:
        sys.path.remove(str(ROOT / "build"))


@dataclasses.dataclass(kw_only=True)
class FakeHost:
    """``effects``: a word of a command -> what it does, and the installer's exit code."""

    error: type[Exception]
    machine: TableMachine = dataclasses.field(default_factory=TableMachine)
    administrator: bool = True
    effects: dict[str, Callable[[], int]] = dataclasses.field(default_factory=dict)
    served: dict[str, bytes] = dataclasses.field(default_factory=dict)
    commands: list[str] = dataclasses.field(default_factory=list)
    signers: dict[str, str] = dataclasses.field(default_factory=dict)

    def elevated(self) -> bool:
        return self.administrator

    def signer(self, file: Path) -> str:
        found = self.signers.get(file.name) or (
            "Python Software Foundation" if file.name.startswith("python") else "Microsoft Corporation"
        )
        if found == "nobody":
            raise self.error(f"{file.name} isn't run: nobody signed it")
        return found

    def fetch(self, url: str, path: Path) -> None:
        if url not in self.served:
            raise self.error(f"{url} answers with status 404: is there such a release for Windows?")
        path.write_bytes(self.served[url])

    def install(self, command: str) -> int:
        self.commands.append(command)
        return next((effect() for word, effect in self.effects.items() if word in command), 1603)


@pytest.fixture
def host(script: Any) -> FakeHost:
    """Everything that can be fetched is there, and every installer does what it should."""
    host = FakeHost(error=script.SetupError)
    machine = host.machine

    def build_tools() -> int:
        answer = json.dumps([instance(TOOLS, "17.9.1.2")]).encode()
        machine.have(VSWHERE, SCRIPT, rf"{TOOLS}\bin\cl.exe", rf"{TOOLS}\sdk\windows.h")
        machine.programs[VSWHERE] = Ended(code=0, output=answer, errors=b"")
        variables = {"PATH": rf"{TOOLS}\bin", "INCLUDE": rf"{TOOLS}\sdk"}
        machine.scripts[SCRIPT] = dict.fromkeys(("amd64", "amd64_arm64"), variables)
        return 0

    def vc27() -> int:
        machine.add(FOR_PYTHON, "installdir", r"C:\VC27", hive="HKLM", view=32)
        machine.have(r"C:\VC27\vcvarsall.bat", r"C:\VC27\bin\cl.exe", r"C:\VC27\include\windows.h")
        machine.scripts[r"C:\VC27\vcvarsall.bat"] = {"x86": {"PATH": r"C:\VC27\bin", "INCLUDE": r"C:\VC27\include"}}
        return 3010

    def python() -> int:
        add(machine, r"C:\Python311", banner("3.11.9"))
        return 0

    def python27() -> int:
        answer = Ended(code=0, output=b"2.7.18 2.7.18 (v2.7.18) [MSC v.1500 32 bit (Intel)]", errors=b"")
        add(machine, r"C:\Python27-win32", answer, key=rf"{CORE}\2.7", minor=None, view=32, library="python27.lib")
        return 0

    host.effects = {
        "vs_BuildTools.exe": build_tools,
        "VCForPython27.msi": vc27,
        "python-3.11.9-amd64.exe": python,
        "python-2.7.18.msi": python27,
    }
    host.served = {
        "https://aka.ms/vs/17/release/vs_BuildTools.exe": b"MZ tools",
        "https://www.python.org/ftp/python/3.11.9/python-3.11.9-amd64.exe": b"MZ python",
        "https://www.python.org/ftp/python/2.7.18/python-2.7.18.msi": MSI,
    }
    return host


def run(script: Any, host: FakeHost, *arguments: str) -> int:
    options, dry = script.parse(arguments)
    code: int = script.set_up(options, host, dry=dry)
    return code


def test_the_build_tools_and_a_python(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, host, "--python", "3.11.9") == 0
    tools, python = host.commands
    words = tools.split('.exe" ')[1]
    assert (
        words
        == "--quiet --wait --norestart --nocache --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"
    )
    assert "InstallAllUsers=1 Include_dev=1" in python, "who elevated it may be another user"
    said = capsys.readouterr().err
    assert "installed the Build Tools for Visual Studio: Visual Studio Build Tools 2022 (17.9)" in said
    assert r"installed Python 3.11.9 for win_amd64: 3.11.9 in C:\Python311" in said


def test_what_is_there_is_left_alone(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, host, "--python", "3.11.9") == 0
    host.commands.clear()
    host.administrator = False
    capsys.readouterr()
    assert run(script, host, "--python", "3.11.9") == run(script, host, "--plan", "--python", "3.11.9") == 0
    assert host.commands == []
    said = capsys.readouterr().err
    assert said.count(" is there: ") == 4
    assert f"(17.9), {SCRIPT}" in said


def test_a_plan_changes_nothing(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    host.administrator = False
    assert run(script, host, "--plan", "--python", "3.11.9", "--platform", "win_amd64", "--platform", "win32") == 0
    assert host.commands == []
    said = capsys.readouterr().err
    assert said.count("would be installed from") == 3
    assert "https://www.python.org/ftp/python/3.11.9/python-3.11.9.exe" in said
    assert "vs_BuildTools.exe" in said


def test_python_27_with_the_copy_that_somebody_kept(
    script: Any, host: FakeHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    msi = tmp_path / "VCForPython27.msi"
    msi.write_bytes(MSI)
    wanted = ("--python", "2.7.18", "--platform", "win32")
    assert run(script, host, *wanted, "--vc27", str(msi)) == 3010
    compiler, python = host.commands
    assert compiler.startswith(rf'"C:\Windows\System32\msiexec.exe" /i "{msi}" /qn /norestart /l*v "')
    assert compiler.endswith('VCForPython27.msi.log" ALLUSERS=1')
    assert python.endswith(r'ALLUSERS=1 TARGETDIR="C:\Python27-win32"')
    assert "Windows must be restarted" in capsys.readouterr().err
    assert run(script, host, *wanted) == 0


def test_python_27_without_it(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, host, "--python", "2.7.18", "--platform", "win32") == 7
    assert len(host.commands) == 1, "what can be installed is installed all the same"
    assert "is missing: Microsoft withdrew VCForPython27.msi in 2021" in capsys.readouterr().err


def test_python_34_needs_what_only_a_person_has(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(script, host, "--plan", "--python", "3.4.4") == 7
    said = capsys.readouterr().err
    assert "the compiler of Python 3.4 is missing" in said
    assert "3.4.4/python-3.4.4.amd64.msi" in said


def test_build_tools_that_lack_something_are_changed(script: Any, host: FakeHost) -> None:
    assert run(script, host) == 0
    host.machine.files.discard(rf"{TOOLS}\sdk\windows.h".casefold())
    host.commands.clear()
    host.machine.have(str(PureWindowsPath(VSWHERE).with_name("setup.exe")))
    (step,) = script.plan(script.Options(), host.machine)
    assert step.source == str(PureWindowsPath(VSWHERE).with_name("setup.exe")), "that which is there"
    assert step.command == (
        f'"{{file}}" modify --installPath "{TOOLS}" --quiet --norestart '
        "--add Microsoft.VisualStudio.Component.VC.Tools.x86.x64 --add Microsoft.VisualStudio.Component.Windows11SDK.22621"
    ), "components, which every product has"
    assert step.signer == "Microsoft Corporation"


def test_arm_has_tools_of_its_own(script: Any, host: FakeHost) -> None:
    host.machine.environment["PROCESSOR_ARCHITECTURE"] = "ARM64"
    assert run(script, host, "--plan", "--python", "3.11.9", "--platform", "win_arm64") == 0
    assert run(script, host, "--python", "3.11.9", "--platform", "win_arm64") == 7  # nobody serves that Python
    assert host.commands[0].endswith("--add Microsoft.VisualStudio.Component.VC.Tools.ARM64")


def test_what_does_not_run_here_is_said_before_anything_is_fetched(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(script, host, "--python", "3.11.9", "--platform", "win_arm64") == 7
    assert host.commands == []
    assert "doesn't run on this amd64 Windows: build on an arm64 one" in capsys.readouterr().err
    more = ("--python", "3.11.9", "--platform", "win_amd64", "--platform", "win_arm64")
    assert run(script, host, *more) == 7
    assert len(host.commands) == 2, "the rest is done"


def test_a_mirror_and_a_bootstrapper_of_ones_own(script: Any, host: FakeHost, tmp_path: Path) -> None:
    tools = tmp_path / "vs_BuildTools.exe"
    tools.write_bytes(b"MZ layout")
    host.served = {"http://mirror.example/python/3.11.9/python-3.11.9-amd64.exe": b"MZ"}
    mirror = ("--python-mirror", "http://mirror.example/python/", "--build-tools", str(tools))
    assert run(script, host, "--python", "3.11.9", *mirror) == 0
    assert host.commands[0].startswith(f'"{tools}" --quiet')


def test_an_offline_layout_reaches_for_no_network(script: Any, host: FakeHost) -> None:
    options = script.Options(build_tools=r"D:\layout\vs_BuildTools.exe")
    assert "--noWeb" not in next(script.plan(options, host.machine)).command, "a bootstrapper alone needs it"
    host.machine.have(r"D:\layout\ChannelManifest.json")
    assert "--nocache --noWeb --add" in next(script.plan(options, host.machine)).command


def refused(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(script, host, *arguments) == 7
    return capsys.readouterr().err


def test_without_an_elevated_prompt(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    host.administrator = False
    said = refused(script, host, capsys, "--python", "3.11.9")
    assert "error: the Build Tools for Visual Studio: installing it needs an elevated prompt" in said
    assert "installed Python 3.11.9 for win_amd64" in said, "a Python for the user alone needs none"
    assert "InstallAllUsers=0 Include_dev=1" in host.commands[-1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(1602, "it was cancelled"), (1618, "another installation is running"), (87, "which only its own log explains")],
)
def test_an_installer_that_fails(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str], code: int, words: str
) -> None:
    host.effects["vs_BuildTools.exe"] = lambda: code
    assert f"its installer ended with {code}, {words}" in refused(script, host, capsys)


def test_an_installer_that_ends_well_and_brings_nothing(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    host.effects["vs_BuildTools.exe"] = lambda: 0
    assert "ended with 0, and still it isn't found" in refused(script, host, capsys)


def test_what_is_there_after_a_restart_only(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    host.effects["vs_BuildTools.exe"] = lambda: 3010
    assert run(script, host) == 3010
    said = capsys.readouterr().err
    assert "installed the Build Tools for Visual Studio: it is there once Windows was restarted" in said
    assert "Windows must be restarted before all of it works" in said


@pytest.mark.parametrize(
    ("name", "signer", "words"),
    [
        ("vs_BuildTools.exe", "nobody", "nobody signed it"),
        ("vs_BuildTools.exe", "Somebody Else", "signed by Somebody Else, and not by Microsoft Corporation"),
        ("python-3.11.9-amd64.exe", "Microsoft Corporation", "and not by Python Software Foundation"),
    ],
)
def test_nothing_is_run_that_others_signed(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str], *, name: str, signer: str, words: str
) -> None:
    host.signers[name] = signer
    assert words in refused(script, host, capsys, "--python", "3.11.9")
    assert not any(name in each for each in host.commands)
    assert run(script, host, "--python", "3.11.9", "--unsigned") == 0


def test_the_copy_of_the_old_compiler_is_microsofts(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    msi = tmp_path / "VCForPython27.msi"
    msi.write_bytes(MSI)
    host.signers[msi.name] = "nobody"
    assert "VCForPython27.msi isn't run" in refused(script, host, capsys, "--vc27", str(msi))
    assert not any("VCForPython27" in each for each in host.commands)


def test_an_installer_that_cannot_start(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise OSError(193, "not a valid application")

    host.effects["vs_BuildTools.exe"] = fail
    assert "can't be started: [Errno 193]" in refused(script, host, capsys)


def test_a_page_instead_of_an_installer(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    host.served["https://aka.ms/vs/17/release/vs_BuildTools.exe"] = b"<html>"
    assert "is not an installer: it begins with b'<htm'" in refused(script, host, capsys)
    assert host.commands == []


@pytest.mark.parametrize("name", ["nowhere.msi", "notes.txt"])
def test_a_copy_that_is_none(
    script: Any, host: FakeHost, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "notes.txt").write_bytes(MSI)
    said = refused(script, host, capsys, "--vc27", str(tmp_path / name))
    assert f"error: the compiler of Python 2.7: {tmp_path / name}" in said


def test_a_release_that_nobody_serves(script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(script, host, capsys, "--python", "3.11.14")
    assert "python-3.11.14-amd64.exe answers with status 404: is there such a release" in said


def test_the_log_of_a_failed_msi_is_kept(
    script: Any, host: FakeHost, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    msi = tmp_path / "VCForPython27.msi"
    msi.write_bytes(MSI)

    def fail() -> int:
        Path(host.commands[-1].split('/l*v "')[1].split('"')[0]).write_text("what went wrong")
        return 1603

    host.effects["VCForPython27.msi"] = fail
    said = refused(script, host, capsys, "--vc27", str(msi))
    kept = Path(said.split("logs are in ")[1].splitlines()[0])
    assert kept.read_text() == "what went wrong"
    kept.unlink()


@pytest.mark.parametrize(
    "arguments", [("--python", "3.11"), ("--python", "x.y.z"), ("--platform", "linux"), ("--what",), ("stray",)]
)
def test_wrong_arguments(script: Any, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        script.parse(arguments)
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


@only_linux.ELSEWHERE
def test_elsewhere_than_on_windows(script: Any) -> None:
    with pytest.raises(SystemExit, match="this sets up a Windows machine"):
        script.main(["--plan"])
