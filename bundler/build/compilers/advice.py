"""What to tell people who lack a compiler: which one fits, how it is had, and the ways that need none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.build.compilers.msvc import generation

if TYPE_CHECKING:
    from bundler.build.compilers.machine import Wanted

SETUP = "build/windows_host.py"
"""The script of this project that sets a Windows build host up."""


def fitting_compiler(wanted: Wanted) -> str:
    """The compiler that the target's Python needs, by name."""
    match generation(wanted):
        case (14, 0):
            arm = " and its ARM64 tools" if wanted.platform == "win_arm64" else ""
            return f"Visual C++ 2015 or later (the Build Tools for Visual Studio){arm}"
        case (10, 0):
            return "Visual C++ 2010, or the Windows SDK 7.1 with its compilers"
        case (9, 0):
            return "the Visual C++ Compiler for Python 2.7, or Visual C++ 2008"
        case _:
            return f"a compiler of the time of Python {wanted.minor_version}, which this product doesn't know"


def way_to_get(wanted: Wanted) -> str:
    """How that compiler comes to a Windows build host."""
    match generation(wanted):
        case (14, 0):
            return f"on the Windows host, `python {SETUP}` installs Microsoft's Build Tools"
        case (10, 0):
            return "Microsoft gives both to Visual Studio subscribers only; the SDK also from a copy of its ISO that you kept"
        case (9, 0):
            return (
                "Microsoft withdrew VCForPython27.msi in 2021: with a copy of it, on the Windows host, "
                f"`python {SETUP} --vc27 VCForPython27.msi`"
            )
        case _:
            return "take a later Python"


def ways_out(name: str, wanted: Wanted, *, windows: bool) -> tuple[str, ...]:
    """What to do about the package ``name`` that would have to be compiled; ``windows``: the target is one."""
    ways = [
        f"a release that has a wheel for the target (packages.constraints: {name}<…), or an index that has one (packages.indexes)"
    ]
    if windows:
        ways += [
            f"a legacy installer of it (.exe, .msi, .egg) in packages.legacy; `bundle lock RECIPE --why {name}` lists its files",
            f"building on a Windows host that has {fitting_compiler(wanted)}; {way_to_get(wanted)}",
        ]
    return (*ways, "a wheel that was (cross-)compiled elsewhere, by mingw or zig, on an index of your own")
