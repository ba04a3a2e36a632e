"""Finding Microsoft's compilers: which generation a Python needs, and where each generation says that it is.

An extension module shares the C runtime with the Python that loads it, and each generation up to 2013 has a runtime of its
own: 9.0 (2008) for Python 2.6, 2.7 and 3.0 to 3.2, 10.0 (2010) for 3.3 and 3.4. From 14.0 (2015) on the runtime is Windows' own,
and whatever is newer fits 3.5 and later, as long as it makes code for the Windows that the target has.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Literal

from bundler.build.compilers.machine import PassedOver, Registered, architecture_of, registered
from bundler.build.compilers.vswhere import find_instances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.build.compilers.machine import Architecture, Machine, Wanted

_VC9, _VC10, _VC14 = (9, 0), (10, 0), (14, 0)
_FIRST_OF_VC14, _FIRST_OF_VC10 = (3, 5), (3, 3)
_FIRST_OF_VC9 = (2, 6)
_TOOLSETS = {15: (14, 1), 16: (14, 2), 17: (14, 3), 18: (14, 50)}
"""Visual Studio's version -> its toolset's, where its folder doesn't say it; a later Visual Studio's counts as the newest."""
_WINDOWS_10 = (10, 0)
_FIRST_FOR_10_ONLY = (14, 50)
"""Microsoft's "Supported platforms (Visual C++)" and "What's new for MSVC", read in November 2026: what this toolset and later ones make is
for Windows 10 and Windows Server 2016 and later; its standard library lost 7, 8.1 and Server 2012 R2."""
_FOR_PYTHON = r"Software\Microsoft\DevDiv\VCForPython\9.0"
_FOR_PYTHON_NAME = "Visual C++ Compiler for Python 2.7"
_SIDE_BY_SIDE = r"Software\Microsoft\VisualStudio\SxS\VC7"
_SDK = r"Software\Microsoft\Microsoft SDKs\Windows"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Compiler:
    """One compiler that was found.

    ``version`` is the generation or toolset: (9, 0), (10, 0), (14, 0) and up. ``script`` sets the variables that it needs:
    ``vcvarsall.bat``, or an SDK's ``SetEnv.cmd`` (``dialect``). ``toolset`` is the one of several that the script is to take, such as
    14.44.35207 (empty: it has one, or chooses itself), ``studio`` the version of the Visual Studio that it is part of, such as 17. ``origin`` says where it was found: a registry entry, a folder, vswhere.
    """

    name: str
    version: tuple[int, int]
    script: PureWindowsPath
    dialect: Literal["vcvarsall", "setenv"] = "vcvarsall"
    toolset: str = ""
    studio: int = 0
    origin: str

    @property
    def lowest_windows(self) -> tuple[int, int]:
        """The oldest Windows that what it makes is for, whatever Python it is made for."""
        return _WINDOWS_10 if self.version >= _FIRST_FOR_10_ONLY else (0, 0)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which of several compilers is taken.

    ``windows``: the oldest Windows that the target's Python runs on, such as (6, 3): those that serve it come first. ``toolset``: only
    those whose version begins so (``14.44``, ``14.3``; empty: any).
    """

    windows: tuple[int, int] = _WINDOWS_10
    toolset: str = ""

    def takes(self, compiler: Compiler) -> bool:
        """Whether the compiler is of the wanted toolset; before 14.0 there is no choice."""
        version = compiler.toolset or ".".join(map(str, compiler.version))
        return not self.toolset or compiler.version < _VC14 or f"{version}.".startswith(f"{self.toolset}.")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CompilerSearch:
    """``found``: what fits, the best first; ``passed_over``: what is registered and isn't there."""

    found: tuple[Compiler, ...]
    passed_over: tuple[PassedOver, ...]


def generation(wanted: Wanted) -> tuple[int, int] | None:
    """The oldest compiler that fits the target's Python, which for 9.0 and 10.0 is the only one; None: before 2.6."""
    minor = wanted.version_info[:2]
    if minor >= _FIRST_OF_VC14:
        return _VC14
    if minor >= _FIRST_OF_VC10:
        return _VC10
    return _VC9 if minor >= _FIRST_OF_VC9 else None


_ANY = Choice()


def find_compilers(wanted: Wanted, machine: Machine, choice: Choice = _ANY) -> tuple[Compiler, ...]:
    """The compilers for the target, a Windows one: those for its oldest Windows first, and of them the newest."""
    return search_compilers(wanted, machine, choice).found


def search_compilers(wanted: Wanted, machine: Machine, choice: Choice = _ANY) -> CompilerSearch:
    """The same, with what had to be passed over."""
    found: dict[tuple[str, str], Compiler] = {}
    passed_over = []
    for each in _candidates(wanted, machine):
        if isinstance(each, PassedOver):
            passed_over.append(each)
        elif not machine.is_file(each.script):
            passed_over.append(PassedOver(where=each.origin, reason=f"there is no {each.script}"))
        elif not choice.takes(each):
            version = each.toolset or ".".join(map(str, each.version))
            reason = f"its toolset is {version}, and {choice.toolset} is asked for"
            passed_over.append(PassedOver(where=each.origin, reason=reason))
        else:
            found.setdefault((str(each.script).casefold(), each.toolset), each)
    fitting = sorted(found.values(), key=lambda each: each.lowest_windows > choice.windows)
    return CompilerSearch(found=tuple(fitting), passed_over=tuple(passed_over))


def _candidates(wanted: Wanted, machine: Machine) -> Iterator[Compiler | PassedOver]:
    match generation(wanted):
        case (14, 0):
            yield from _since_2017(wanted, machine)
            yield from _studio(machine, _VC14, "Visual C++ 2015")
        case (10, 0):
            yield from _studio(machine, _VC10, "Visual C++ 2010")
            yield from _kit(machine, _VC10, "v7.1", "Windows SDK 7.1")
        case (9, 0):
            yield from _for_python(machine)
            yield from _studio(machine, _VC9, "Visual C++ 2008")
            yield from _kit(machine, _VC9, "v7.0", "Windows SDK 7.0")


def _since_2017(wanted: Wanted, machine: Machine) -> Iterator[Compiler | PassedOver]:
    for each in find_instances(machine, architecture_of(wanted)):
        if isinstance(each, PassedOver):
            yield each
            continue
        newest = Compiler(
            name=f"{each.name} ({'.'.join(map(str, each.version[:2]))})",
            version=_TOOLSETS.get(each.version[0], _FIRST_FOR_10_ONLY),
            studio=each.version[0],
            script=each.folder / "VC" / "Auxiliary" / "Build" / "vcvarsall.bat",
            origin=f"vswhere, {each.folder}",
        )
        toolsets = _toolsets(each.folder, architecture_of(wanted), machine)
        for one in toolsets:
            yield dataclasses.replace(newest, version=one[:2], toolset=".".join(map(str, one)))
        if not toolsets:
            yield newest


def _toolsets(instance: PureWindowsPath, architecture: Architecture, machine: Machine) -> list[tuple[int, int, int]]:
    """Those that lie side by side in a Visual Studio and make code for ``architecture``, the newest first."""
    root = instance / "VC" / "Tools" / "MSVC"
    below = {"x86": "x86", "amd64": "x64", "arm64": "arm64"}[architecture]
    found = []
    for name in machine.folders_in(root):
        numbers = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", name)
        hosts = machine.folders_in(root / name / "bin") if numbers else ()
        if numbers and any(machine.is_file(root / name / "bin" / host / below / "cl.exe") for host in hosts):
            found.append((int(numbers[1]), int(numbers[2]), int(numbers[3])))
    return sorted(found, reverse=True)


def _studio(machine: Machine, version: tuple[int, int], name: str) -> Iterator[Compiler]:
    """Visual Studio 2008 to 2015 and their Express editions."""
    number = f"{version[0]}.{version[1]}"
    keys = [(_SIDE_BY_SIDE, number)]
    keys += [(rf"Software\Microsoft\{each}\{number}\Setup\VC", "ProductDir") for each in ("VisualStudio", "VCExpress")]
    for key, value in keys:
        for entry in registered(machine, key, value):
            yield Compiler(name=name, version=version, script=_in(entry, "vcvarsall.bat"), origin=entry.where)


def _kit(machine: Machine, version: tuple[int, int], key: str, name: str) -> Iterator[Compiler]:
    """A Windows SDK that brings this generation's compilers along, for those who have no Visual Studio."""
    for entry in registered(machine, rf"{_SDK}\{key}", "InstallationFolder"):
        script = _in(entry, "Bin", "SetEnv.cmd")
        yield Compiler(name=name, version=version, script=script, dialect="setenv", origin=entry.where)


def _for_python(machine: Machine) -> Iterator[Compiler]:
    """The package that Microsoft made of 9.0's compilers; installed for one user or for all."""
    for entry in registered(machine, _FOR_PYTHON, "installdir"):
        yield Compiler(name=_FOR_PYTHON_NAME, version=_VC9, script=_in(entry, "vcvarsall.bat"), origin=entry.where)
    variables = machine.environment
    for variable, *below in (
        ("LOCALAPPDATA", "Programs", "Common"),
        ("COMMONPROGRAMFILES(X86)",),
        ("COMMONPROGRAMFILES",),
    ):
        if root := variables.get(variable):
            folder = PureWindowsPath(root, *below, "Microsoft", "Visual C++ for Python", "9.0")
            script = folder / "vcvarsall.bat"
            if machine.is_file(script):
                yield Compiler(name=_FOR_PYTHON_NAME, version=_VC9, script=script, origin=str(folder))


def _in(entry: Registered, *names: str) -> PureWindowsPath:
    return PureWindowsPath(entry.value, *names)
