"""The environment in which one of Microsoft's compilers works: what its script sets, read once and used for every build."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from bundler.build.compilers.machine import Architecture, architecture_of, native_architecture
from bundler.build.compilers.msvc import Compiler
from bundler.build.compilers.program_output import decoded
from bundler.errors import BuildError

if TYPE_CHECKING:
    from bundler.build.compilers.machine import Ended, Machine, Wanted

_MARK = "variables-follow-8f1d6c"
_SCRIPT = "BUNDLE_COMPILER_SCRIPT"
_FIRST_WITH_CROSS_TOOLS = (14, 0)
# what a script that sets variables needs of the machine's; a developer's own INCLUDE, LIB or VSCMD_… would mix with another compiler's
_KEPT = re.compile(
    r"SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|OS|TEMP|TMP|USERPROFILE|USERNAME|USERDOMAIN|HOMEDRIVE|HOMEPATH|APPDATA"
    r"|LOCALAPPDATA|PUBLIC|ALLUSERSPROFILE|PROGRAMDATA|PROGRAMFILES.*|PROGRAMW6432|COMMONPROGRAM.*|PROCESSOR_.*"
    r"|NUMBER_OF_PROCESSORS|VS\d+COMNTOOLS"
)
_TARGET_ARCH: dict[Architecture, str] = {"x86": "x86", "amd64": "x64", "arm64": "arm64"}
_LOG_LINES = 20
_ENGLISH = "1033"
_GENERATORS = {
    15: "Visual Studio 15 2017",
    16: "Visual Studio 16 2019",
    17: "Visual Studio 17 2022",
    18: "Visual Studio 18 2026",
}
"""Visual Studio's version -> CMake's generator (cmake-generators(7))."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """A compiler that is ready to work.

    ``environment`` is the whole environment for a build, all names in upper case, as Windows compares them: what the script
    set, and the switches that make setuptools and distutils take ``cl.exe`` from PATH instead of looking for one themselves. The
    machine's own PATH stands behind the compiler's. ``argument`` is what the script was called with.
    """

    compiler: Compiler
    architecture: Architecture
    argument: str
    environment: Mapping[str, str]

    @property
    def description(self) -> str:
        """For people and build reports: the compiler, the exact toolset and SDK where they say them."""
        known = (
            ("toolset", self.environment.get("VCTOOLSVERSION")),
            ("Windows SDK", self.environment.get("WINDOWSSDKVERSION", "").strip("\\")),
        )
        return ", ".join([self.compiler.name, *(f"{name} {value}" for name, value in known if value)])


def load_toolchain(compiler: Compiler, wanted: Wanted, machine: Machine) -> Toolchain:
    """Run the compiler's script for the target's architecture and keep what it sets.

    The script runs once; only where the tools that fit this processor best aren't installed, it is asked for the next ones.
    Raises BuildError (``compiler-broken``) with the script's own words.
    """
    architecture = architecture_of(wanted)
    arguments = script_arguments(compiler, architecture, native_architecture(machine))
    complaints: list[str] = []
    for argument in arguments:
        try:
            variables = _variables(compiler, argument, machine)
        except _Useless as error:
            complaints.append(f"{compiler.script.name} {argument}: {error}")
            continue
        return Toolchain(
            compiler=compiler,
            architecture=architecture,
            argument=argument,
            environment=_completed(variables, compiler, architecture, machine),
        )
    raise BuildError(
        "compiler-broken",
        f"{compiler.name} is installed but gives no working environment for {wanted.platform}",
        context=(f"{compiler.script} (from {compiler.origin})", *complaints),
        hint="repair it, or add what it lacks: for Visual Studio the workload 'Desktop development with C++' with a Windows SDK;"
        " build/windows_host.py installs the Build Tools with both",
    )


def script_arguments(compiler: Compiler, architecture: Architecture, native: Architecture) -> tuple[str, ...]:
    """What to call the script with, the tools that run best on a ``native`` processor first."""
    if compiler.dialect == "setenv":
        return (f"/Release /{_TARGET_ARCH[architecture]}",)
    emulated = {"x86": ("x86",), "amd64": ("amd64", "x86"), "arm64": ("arm64", "amd64", "x86")}[native]
    if compiler.version >= _FIRST_WITH_CROSS_TOOLS:
        return tuple(architecture if host == architecture else f"{host}_{architecture}" for host in emulated)
    # 2008 and 2010 have 32-bit tools for everything and 64-bit ones for 64 bits only
    if architecture == "amd64" and native != "x86":
        return ("amd64", "x86_amd64")
    return ("x86",) if architecture == "x86" else (f"x86_{architecture}",)


class _Useless(Exception):  # noqa: N818
    """The script's environment is none to compile in; becomes a line of a BuildError."""


def _variables(compiler: Compiler, argument: str, machine: Machine) -> dict[str, str]:
    try:
        ended = machine.run(_command(compiler, argument, machine), _base(compiler, machine))
    except OSError as error:
        raise _Useless(f"it can't be run: {error}") from None
    mark = f"{_MARK}\r\n".encode("utf-16-le")
    said, found, after = ended.output.partition(mark)
    if not found:
        raise _Useless(f"it ended with {ended.code}" + _words(said, ended))
    # cmd /u writes what it says itself in UTF-16, whatever the machine's code pages are
    lines = after.decode("utf-16-le", "replace").split("\r\n")
    pairs = (line.partition("=") for line in lines if not line.startswith("="))
    variables = {name.upper(): value for name, equals, value in pairs if equals}
    variables.pop(_SCRIPT, None)
    _check(variables, machine, _words(said, ended))
    return variables


def _check(variables: Mapping[str, str], machine: Machine, words: str) -> None:
    """Scripts of every age end well although what they set leads nowhere."""
    if not _holds(variables.get("PATH", ""), "cl.exe", machine):
        raise _Useless("it ends well, but no folder of the PATH that it sets holds cl.exe" + words)
    if not _holds(variables.get("INCLUDE", ""), "windows.h", machine):
        raise _Useless("it ends well, but no folder of INCLUDE holds windows.h: the Windows SDK is missing" + words)


def _holds(folders: str, name: str, machine: Machine) -> bool:
    return any(
        machine.is_file(PureWindowsPath(each.strip('"'), name)) for each in folders.split(";") if each.strip('"')
    )


def _command(compiler: Compiler, argument: str, machine: Machine) -> str:
    """The script's path comes out of a variable: so cmd leaves percent signs, carets and ampersands in it alone.

    Without ``call``, which would read the line a second time. SetEnv.cmd is written for delayed expansion. The scripts before
    2015 leave as exit code whatever their last line did: there only what they set counts.
    """
    shell = machine.environment.get("COMSPEC") or "cmd.exe"
    delayed = "on" if compiler.dialect == "setenv" else "off"
    if compiler.toolset:  # Microsoft's "Use the Microsoft C++ toolset from the command line"
        argument += f" -vcvars_ver={compiler.toolset}"
    then = "&&" if compiler.version >= _FIRST_WITH_CROSS_TOOLS else "&"
    return f'"{shell}" /d /u /e:on /v:{delayed} /s /c ""%{_SCRIPT}%" {argument} {then} echo {_MARK}&& set"'


def _base(compiler: Compiler, machine: Machine) -> dict[str, str]:
    kept = {name: value for name, value in machine.environment.items() if _KEPT.fullmatch(name)}
    root = kept.get("SYSTEMROOT") or kept.get("WINDIR") or r"C:\Windows"
    folders = (rf"{root}\System32", root, rf"{root}\System32\Wbem", rf"{root}\System32\WindowsPowerShell\v1.0")
    return {
        **kept,
        # the scripts append to it, and fail where it is very long or holds quotes
        "PATH": ";".join(folders),
        "VSCMD_SKIP_SENDTELEMETRY": "1",
        "VSLANG": _ENGLISH,
        _SCRIPT: str(compiler.script),
    }


def _completed(
    variables: Mapping[str, str], compiler: Compiler, architecture: Architecture, machine: Machine
) -> dict[str, str]:
    own = [each for each in variables["PATH"].split(";") if each]
    known = {each.casefold().rstrip("\\") for each in own}
    rest = [each for each in machine.environment.get("PATH", "").split(";") if each]
    rest = [each for each in rest if each.casefold().rstrip("\\") not in known]
    return {
        **variables,
        "PATH": ";".join([*own, *rest]),
        "DISTUTILS_USE_SDK": "1",
        "MSSDK": "1",  # distutils before 3.5 wants it besides
        "VSCMD_ARG_TGT_ARCH": _TARGET_ARCH[architecture],  # the platform that setuptools builds for
        "VSLANG": _ENGLISH,  # what builds say is looked through for what went wrong
        "MSBUILDDISABLENODEREUSE": "1",  # its helpers would stay for a quarter of an hour, with files of the build open
        **_for_cmake(compiler, architecture),
    }


def _for_cmake(compiler: Compiler, architecture: Architecture) -> dict[str, str]:
    """CMake looks for a Visual Studio by itself and takes the newest one (cmake-env-variables(7), CMAKE_GENERATOR…)."""
    generator = _GENERATORS.get(compiler.studio)
    if compiler.studio == 0 or generator is None:
        return {}
    found = {
        "CMAKE_GENERATOR": generator,
        "CMAKE_GENERATOR_INSTANCE": str(compiler.script.parents[3]),
        "CMAKE_GENERATOR_PLATFORM": {"x86": "Win32", "amd64": "x64", "arm64": "ARM64"}[architecture],
    }
    if compiler.toolset:
        found["CMAKE_GENERATOR_TOOLSET"] = f"version={compiler.version[0]}.{compiler.version[1]}"
    return found


def _words(said: bytes, ended: Ended) -> str:
    """The end of what a script said: its own echo in UTF-16, the programs that it ran in some code page."""
    text = "\n".join((_decoded(said), _decoded(ended.errors)))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(f"\n    {line}" for line in lines[-_LOG_LINES:])


def _decoded(raw: bytes) -> str:
    if raw[1::2].count(0) * 2 > len(raw) // 2:
        return raw.decode("utf-16-le", "replace")
    return decoded(raw.replace(b"\0", b""))
