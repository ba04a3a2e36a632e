"""What a Windows build host wants, what of it is there, and which installer brings the rest."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import PureWindowsPath
from typing import Literal

from bundler.build.compilers import (
    Machine,
    cannot_run,
    generation,
    load_toolchain,
    search_compilers,
    search_pythons,
    way_to_get,
)
from bundler.build.compilers.vswhere import find_vswhere
from bundler.errors import BuildError

BUILD_TOOLS = "https://aka.ms/vs/17/release/vs_BuildTools.exe"
PYTHONS = "https://www.python.org/ftp/python"
PLATFORMS = ("win_amd64", "win32", "win_arm64")
_MICROSOFT, _PSF = "Microsoft Corporation", "Python Software Foundation"
_COMPONENT = "--add Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
_SDKS = {15: "Windows10SDK.17763", 16: "Windows10SDK.19041", 17: "Windows11SDK.22621"}
_NEWEST_SDK = "Windows11SDK.26100"
"""Visual Studio's version -> the component of an SDK that it has ("Workload and component IDs" of each, read in November 2026)."""
_WORKLOAD = "--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"
_ARM64 = "--add Microsoft.VisualStudio.Component.VC.Tools.ARM64"
_QUIET = "--quiet --wait --norestart --nocache"
_EXE_FROM, _VC14, _VC9 = (3, 5), (14, 0), (9, 0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """A Python that is to be built for."""

    python: str
    platform: str

    @property
    def minor_version(self) -> str:
        return self.python.rpartition(".")[0]

    @property
    def version_info(self) -> tuple[int, int, int]:
        major, minor, micro = map(int, self.python.split("."))
        return major, minor, micro

    @property
    def abi(self) -> str:
        return "cp" + self.minor_version.replace(".", "") + ("m" if self.version_info < (3, 8) else "")

    def __str__(self) -> str:
        return f"Python {self.python} for {self.platform}"


_ANY_PYTHON = {platform: Wish(python="3.11.9", platform=platform) for platform in PLATFORMS}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is wanted. ``there``: found, by ``detail``; ``missing``: only a person can help, as ``detail`` says; ``install``: by
    the installer ``source``, an address or a path, with ``command`` (``{file}`` is where it lies), after which ``check`` finds it. ``signer``: whose
    signature Windows must find good on that file.
    """

    what: str
    state: Literal["there", "missing", "install"]
    detail: str = ""
    source: str = ""
    command: str = ""
    elevated: bool = False
    signer: str = ""
    check: Callable[[], str] = str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for; ``vc27`` and ``build_tools`` are paths or addresses. ``unsigned``: installers that nobody signed are run too."""

    wishes: tuple[Wish, ...] = ()
    vc27: str = ""
    build_tools: str = BUILD_TOOLS
    mirror: str = PYTHONS
    unsigned: bool = False


def plan(options: Options, machine: Machine, *, elevated: bool = False) -> Iterator[Step]:
    """Everything that is wanted and how it stands, compilers before Pythons; nothing is fetched for what can't work here."""
    for each in _steps(options, machine, elevated=elevated):
        yield dataclasses.replace(each, signer="") if options.unsigned else each


def _steps(options: Options, machine: Machine, *, elevated: bool) -> Iterator[Step]:
    foreign = {each: reason for each in options.wishes if (reason := cannot_run(each, machine))}
    for wish, reason in foreign.items():
        yield Step(what=str(wish), state="missing", detail=reason)
    if foreign:
        options = dataclasses.replace(options, wishes=tuple(each for each in options.wishes if each not in foreign))
        if not options.wishes:
            return
    generations = {generation(each) for each in options.wishes} or {_VC14}
    if _VC14 in generations:
        platforms = {each.platform for each in options.wishes if generation(each) == _VC14} or {"win_amd64"}
        yield _build_tools(options, machine, arm64="win_arm64" in platforms)
    if _VC9 in generations or options.vc27:
        yield _vc27(options, machine)
    for each in (each for each in options.wishes if generation(each) not in (_VC14, _VC9)):
        yield _other_compiler(each, machine)
    for each in options.wishes:
        yield _python(each, options, machine, elevated=elevated)


def _compiler(wish: Wish, machine: Machine) -> str:
    """The best compiler that works, for people; empty: there is none."""
    for each in search_compilers(wish, machine).found:
        try:
            return f"{load_toolchain(each, wish, machine).description}, {each.script}"
        except BuildError:
            continue
    return ""


def _build_tools(options: Options, machine: Machine, *, arm64: bool) -> Step:
    what = "the Build Tools for Visual Studio" + (" with their ARM64 tools" if arm64 else "")
    wanted = _ANY_PYTHON["win_arm64" if arm64 else "win_amd64"]
    if found := _compiler(wanted, machine):
        return Step(what=what, state="there", detail=found)
    layout = (
        PureWindowsPath(options.build_tools).with_name("ChannelManifest.json")
        if "://" not in options.build_tools
        else None
    )
    # from an offline layout its installer would still look for what isn't in it
    fenced = " --noWeb" if layout is not None and machine.is_file(layout) else ""
    source, command = options.build_tools, f'"{{file}}" {_QUIET}{fenced} {_WORKLOAD}'
    if incomplete := _to_change(machine):
        source, command = incomplete
    return Step(
        what=what,
        state="install",
        source=source,
        command=command + (f" {_ARM64}" if arm64 else ""),
        elevated=True,
        signer=_MICROSOFT,
        check=lambda: _compiler(wanted, machine),
    )


def _to_change(machine: Machine) -> tuple[str, str] | None:
    """What adds what is lacking to a Visual Studio that is there: its own installer, by components, which every product has; the workload
    is the Build Tools' alone. None: there is none.
    """
    found = [each for each in search_compilers(_ANY_PYTHON["win_amd64"], machine).found if each.version > _VC14]
    program = find_vswhere(machine)
    setup = program.with_name("setup.exe") if program else None
    if not found or setup is None or not machine.is_file(setup):
        return None
    sdk = f"--add Microsoft.VisualStudio.Component.{_SDKS.get(found[0].studio, _NEWEST_SDK)}"
    folder = found[0].script.parents[3]
    return str(setup), f'"{{file}}" modify --installPath "{folder}" --quiet --norestart {_COMPONENT} {sdk}'


def _vc27(options: Options, machine: Machine) -> Step:
    what = "the compiler of Python 2.7"
    wanted = Wish(python="2.7.18", platform="win32")
    if found := _compiler(wanted, machine):
        return Step(what=what, state="there", detail=found)
    if not options.vc27:
        return Step(what=what, state="missing", detail=way_to_get(wanted))
    return Step(
        what=what,
        state="install",
        source=options.vc27,
        command=f"{_msiexec(machine)} ALLUSERS=1",
        elevated=True,
        signer=_MICROSOFT,
        check=lambda: _compiler(wanted, machine),
    )


def _other_compiler(wish: Wish, machine: Machine) -> Step:
    what = f"the compiler of Python {wish.minor_version}"
    found = _compiler(wish, machine)
    return Step(what=what, state="there" if found else "missing", detail=found or way_to_get(wish))


def _python(wish: Wish, options: Options, machine: Machine, *, elevated: bool) -> Step:
    """``elevated``: for all users, since "for the user alone" may be another user's profile than that of who sits there."""

    def found() -> str:
        best = next(iter(search_pythons(wish, machine).found), None)
        return f"{best.version} in {best.folder}" if best else ""

    if detail := found():
        return Step(what=str(wish), state="there", detail=detail)
    suffix = {"win_amd64": "amd64", "win_arm64": "arm64", "win32": ""}[wish.platform]
    if wish.version_info >= _EXE_FROM:
        name = f"python-{wish.python}{'-' + suffix if suffix else ''}.exe"
        command = (
            '"{file}" /quiet /norestart {users} Include_dev=1 Include_launcher=0 InstallLauncherAllUsers=0 Include_test=0 '
            "Include_doc=0 Include_tcltk=0 PrependPath=0 Shortcuts=0 AssociateFiles=0"
        ).replace("{users}", f"InstallAllUsers={int(elevated)}")
    else:
        name = f"python-{wish.python}{'.' + suffix if suffix else ''}.msi"
        drive = machine.environment.get("SYSTEMDRIVE", "C:")
        folder = rf"{drive}\Python{wish.minor_version.replace('.', '')}-{wish.platform}"
        command = f'{_msiexec(machine)} ALLUSERS=1 TARGETDIR="{folder}"'
    return Step(
        what=str(wish),
        state="install",
        source=f"{options.mirror.rstrip('/')}/{wish.python}/{name}",
        command=command,
        elevated=wish.version_info < _EXE_FROM,
        signer=_PSF,
        check=found,
    )


def _msiexec(machine: Machine) -> str:
    program = PureWindowsPath(machine.environment.get("SYSTEMROOT", r"C:\Windows"), "System32", "msiexec.exe")
    return f'"{program}" /i "{{file}}" /qn /norestart /l*v "{{file}}.log"'
