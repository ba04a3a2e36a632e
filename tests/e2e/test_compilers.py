"""Finding compilers and Pythons in a real registry, under a Windows Python; the compilers themselves are stand-ins."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bed import Session
from tests.support.commandline import ROOT
from tests.support.compilers import VSWHERE, forget, make_build_tools, make_compiler, make_vswhere, register

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bed import Bed, Mirror

pytestmark = pytest.mark.e2e

FOR_PYTHON = r"Software\Microsoft\DevDiv\VCForPython\9.0"
SXS = r"Software\Microsoft\VisualStudio\SxS\VC7"
CORE = r"Software\Python\PythonCore"
AWKWARD = "C:\\Users & co\\VC é (x86) ! ^"

# the driver's own words are ASCII: what code page the console has is nobody's business
_DRIVER = """\
import dataclasses, json, sys, types
sys.path.insert(0, "C:\\\\product")
from bundler.build.compilers import find_python, load_toolchain, search_compilers, search_pythons, windows_machine
from bundler.errors import BundleError

python, platform = sys.argv[1:3]
minor = python.rpartition(".")[0]
wanted = types.SimpleNamespace(
    python=python, platform=platform, abi="cp" + minor.replace(".", ""), minor_version=minor,
    version_info=tuple(map(int, python.split("."))),
)
machine = windows_machine()
compilers, pythons = search_compilers(wanted, machine), search_pythons(wanted, machine)
answer = {
    "compilers": [[each.name, str(each.script), each.origin] for each in compilers.found],
    "pythons": [[str(each.executable), each.version, each.origin] for each in pythons.found],
    "passed_over": [str(each) for each in (*compilers.passed_over, *pythons.passed_over)],
}
if "load" in sys.argv:
    try:
        found = load_toolchain(compilers.found[0], wanted, machine)
        answer |= {"argument": found.argument, "environment": dict(found.environment), "description": found.description}
    except BundleError as error:
        answer |= {"error": [error.reference, *error.context]}
print(json.dumps(answer))
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    windows: Session

    def search(self, python: str, platform: str = "win_amd64", *options: str, env: Any = None) -> dict[str, Any]:
        command = [r"C:\Python311\python.exe", "-W", "error", r"C:\product\driver.py", python, platform, *options]
        done = self.windows.run(command, env=env)
        assert done.returncode == 0, done.output
        answer: dict[str, Any] = json.loads(done.output)
        return answer


@pytest.fixture(scope="module")
def machine(bed: Bed, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A Windows with a Python that nobody registered, and the part of the product that finds things."""
    with bed.session(tmp_path_factory.mktemp("compilers") / "prefix") as session:
        session.copy_in(mirror.tree("3.11.9", "amd64"), r"C:\Python311")
        product = session.host_path(r"C:\product\bundler")
        ignore = shutil.ignore_patterns("__pycache__")
        compilers = ROOT / "bundler" / "build" / "compilers"
        shutil.copytree(compilers, product / "build" / "compilers", ignore=ignore)
        for name in ("__init__.py", "atomic.py", "errors.py", "owners.py", "build/__init__.py"):
            shutil.copy(ROOT / "bundler" / name, product / name)
        (product.parent / "driver.py").write_text(_DRIVER, encoding="ascii")
        yield Host(windows=session)


@pytest.fixture
def host(machine: Host) -> Iterator[Host]:
    """The same, with nothing registered and nothing installed."""
    yield machine
    for key in (FOR_PYTHON, SXS, r"Software\Python"):
        for hive in ("HKLM", "HKCU"):
            forget(machine.windows, rf"{hive}\{key}")
    for path in (VSWHERE.rpartition("\\")[0], AWKWARD.rpartition("\\")[0], r"C:\VC"):
        shutil.rmtree(machine.windows.host_path(path), ignore_errors=True)


def runs(script: Path) -> list[str]:
    """What the script was called with; cmd /u writes files in UTF-16 too."""
    return (script.parent / "runs.txt").read_text(encoding="utf-16-le").split()


def test_a_bare_windows_has_nothing(host: Host) -> None:
    for python in ("2.7.18", "3.4.4", "3.11.9"):
        assert host.search(python) == {"compilers": [], "pythons": [], "passed_over": []}


@pytest.mark.parametrize("hive", ["HKLM", "HKCU"])
@pytest.mark.parametrize("view", [32, 64])
def test_the_compiler_for_python_27(host: Host, hive: str, view: int) -> None:
    """At a path with everything in it that cmd reads something into; in HKCU both views are one."""
    script = make_compiler(
        host.windows.host_path(AWKWARD), title="Visual C++ for Python", architectures=["x86", "amd64"]
    )
    register(host.windows, rf"{hive}\{FOR_PYTHON}", "installdir", AWKWARD + "\\", view=view)
    seen = view if hive == "HKLM" else 64
    for platform, argument in (("win32", "x86"), ("win_amd64", "amd64")):
        found = host.search("2.7.18", platform, "load", env={"KEPT": "é", "INCLUDE": r"C:\stray", "Path": r"C:\mine"})
        origin = rf"{hive}\{FOR_PYTHON}, installdir ({seen} bit)"
        assert found["compilers"] == [["Visual C++ Compiler for Python 2.7", rf"{AWKWARD}\vcvarsall.bat", origin]]
        assert found["passed_over"] == []
        assert found["argument"] == argument
        environment = found["environment"]
        assert environment["VCINSTALLDIR"] == AWKWARD + "\\"
        assert environment["INCLUDE"] == rf"{AWKWARD}\include;"
        assert environment["PATH"].startswith(rf"{AWKWARD}\bin\{argument};C:\windows\System32;")
        assert environment["PATH"].endswith(r";C:\mine")
        assert (environment["DISTUTILS_USE_SDK"], environment["MSSDK"]) == ("1", "1")
        assert "KEPT" not in environment
    assert runs(script) == ["x86", "amd64"], "the script runs once for each architecture"


def test_the_default_folder_of_a_user(host: Host) -> None:
    local = host.windows.cmd("echo %LOCALAPPDATA%").output.strip()
    folder = rf"{local}\Programs\Common\Microsoft\Visual C++ for Python\9.0"
    make_compiler(host.windows.host_path(folder))
    try:
        assert host.search("2.7.18")["compilers"] == [
            ["Visual C++ Compiler for Python 2.7", rf"{folder}\vcvarsall.bat", folder]
        ]
    finally:
        shutil.rmtree(host.windows.host_path(folder))


def test_build_tools_by_vswhere(host: Host) -> None:
    old = make_build_tools(host.windows, r"C:\VC\2019", "16.11.34601.136", name="Visual Studio Build Tools 2019")
    new = make_build_tools(host.windows, rf"{AWKWARD}\2022", "17.9.34607.119", name="Visual Studio Build Tools 2022")
    next_one = make_build_tools(host.windows, r"C:\VC\Next", "18.0.1.1", name="Visual Studio 日本", prerelease=True)
    make_vswhere(host.windows, old, new, next_one)
    register(host.windows, rf"HKLM\{SXS}", "14.0", "C:\\VC\\2015\\", view=32)
    make_compiler(host.windows.host_path(r"C:\VC\2015"))
    found = host.search("3.11.9", "win32", "load")
    assert [each[0] for each in found["compilers"]] == [
        "Visual Studio Build Tools 2022 (17.9)",
        "Visual Studio Build Tools 2019 (16.11)",
        "Visual Studio 日本 (18.0)",
        "Visual C++ 2015",
    ]
    assert found["compilers"][0][1] == rf"{AWKWARD}\2022\VC\Auxiliary\Build\vcvarsall.bat"
    assert (found["argument"], found["environment"]["VSCMD_ARG_TGT_ARCH"]) == ("amd64_x86", "x86")
    assert found["description"] == "Visual Studio Build Tools 2022 (17.9), toolset 14.39.33519"
    assert host.search("3.11.9", "win_arm64")["compilers"] == [
        ["Visual C++ 2015", r"C:\VC\2015\vcvarsall.bat", rf"HKLM\{SXS}, 14.0 (32 bit)"]
    ]
    assert host.search("3.4.4")["compilers"] == []


def test_registered_and_gone(host: Host) -> None:
    register(host.windows, rf"HKLM\{SXS}", "10.0", r"C:\VC\gone", view=32)
    register(host.windows, rf"HKCU\{CORE}\3.4\InstallPath", "", r"C:\Python34\\", view=64)
    found = host.search("3.4.4")
    assert (found["compilers"], found["pythons"]) == ([], [])
    assert found["passed_over"] == [
        rf"HKLM\{SXS}, 10.0 (32 bit): there is no C:\VC\gone\vcvarsall.bat",
        rf"HKCU\{CORE}\3.4 (64 bit): there is no C:\Python34\python.exe",
    ]


def test_a_compiler_that_lost_its_tools(host: Host) -> None:
    script = make_compiler(host.windows.host_path(AWKWARD), architectures=["amd64", "x86_amd64"])
    register(host.windows, rf"HKLM\{SXS}", "14.0", AWKWARD, view=32)
    (script.parent / "bin" / "amd64" / "cl.exe").unlink()
    assert host.search("3.11.9", "win_amd64", "load")["argument"] == "x86_amd64"
    (script.parent / "include" / "windows.h").unlink()
    reference, where, *complaints = host.search("3.11.9", "win_amd64", "load")["error"]
    assert reference == "compiler-broken"
    assert where == rf"{AWKWARD}\vcvarsall.bat (from HKLM\{SXS}, 14.0 (32 bit))"
    assert "cl.exe" in complaints[0]
    assert "the Windows SDK is missing" in complaints[1]
    assert "Environment initialized for: 'x86_amd64'" in complaints[1]
    reference, _, *complaints = host.search("3.11.9", "win32", "load")["error"]
    assert [each.splitlines()[0] for each in complaints] == [
        "vcvarsall.bat amd64_x86: it ended with 1",
        "vcvarsall.bat x86: it ended with 1",
    ]
    assert "[ERROR:vcvarsall.bat] Error in script usage" in complaints[0]


def test_pythons_that_installers_registered(host: Host, mirror: Mirror) -> None:
    """python.org's way to write the registry, by msiexec itself, for both widths of 2.7 and a 3.11 that isn't the very one."""
    for name, options in (
        ("python-2.7.18.msi", r'TARGETDIR="C:\Python 27 (x86)"'),
        ("python-2.7.18.amd64.msi", r'TARGETDIR="C:\Python27"'),
        ("python-3.11.7-amd64.exe", r'/quiet InstallAllUsers=1 TargetDir="C:\Users & co\Python é"'),
    ):
        host.windows.copy_in(mirror.file(name), rf"C:\{name}")
        program = rf"msiexec /i C:\{name} /qn ALLUSERS=1" if name.endswith("msi") else rf"C:\{name}"
        done = host.windows.run(f"{program} {options}", timeout=600)
        assert done.returncode == 0, done.output
    found = [host.search(*each)["pythons"] for each in (("2.7.18", "win32"), ("2.7.18", "win_amd64"), ("3.11.9",))]
    assert found == [
        [[r"C:\Python 27 (x86)\python.exe", "2.7.18", rf"HKLM\{CORE}\2.7 (32 bit)"]],
        [[r"C:\Python27\python.exe", "2.7.18", rf"HKLM\{CORE}\2.7 (64 bit)"]],
        [["C:\\Users & co\\Python é\\python.exe", "3.11.7", rf"HKLM\{CORE}\3.11 (64 bit)"]],
    ]
    register(host.windows, rf"HKCU\{CORE}\3.11", "SysVersion", "3.11", view=64)
    register(host.windows, rf"HKCU\{CORE}\3.11\InstallPath", "ExecutablePath", r"C:\Python311\python.exe", view=64)
    assert [each[1] for each in host.search("3.11.9")["pythons"]] == ["3.11.9", "3.11.7"]
    (host.windows.host_path(r"C:\Python27") / "libs" / "python27.lib").unlink()
    lacking = host.search("2.7.18", "win_amd64")
    assert lacking["pythons"] == []
    assert lacking["passed_over"] == [
        rf"HKLM\{CORE}\2.7 (64 bit): C:\Python27 lacks libs\python27.lib, which compiling needs"
    ]
