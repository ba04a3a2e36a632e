r"""Set a Windows build host up to compile: Microsoft's compiler, and the Pythons that bundles are built for.

    python build\windows_host.py                                          the Build Tools for Visual Studio (Python 3.5 and later)
    python build\windows_host.py --python 3.11.9 --platform win_amd64     and that Python, with its headers
    python build\windows_host.py --python 2.7.18 --platform win32 --vc27 VCForPython27.msi
    python build\windows_host.py --plan                                   only say what is there and what would be done

What is there already is found as `bundle build` finds it, and left alone: run it as often as you like. The Build Tools and a
Python for all users are installed from an elevated prompt; a Python of 3.5 or later is installed for the user alone, from an elevated
prompt for all users, since that one may be another user's. Nothing is run that Windows doesn't find signed by Microsoft, or a Python by the
Python Software Foundation: VCForPython27.msi, which Microsoft withdrew in 2021, is the copy that you have.
Any Python of 3.11 or later runs this, with nothing installed in it.

Exit codes: 0 all is there, 2 bad arguments, 7 something is missing or failed, 3010 Windows must be restarted.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from host import OLDEST, ROOT, say, stop

sys.path.insert(0, str(ROOT))

from windows.installing import RESTART, Host, SetupError, ThisHost, install, name_of
from windows.plan import BUILD_TOOLS, PLATFORMS, PYTHONS, Options, Wish, plan

_LACKS = 7


def set_up(options: Options, host: Host, *, dry: bool = False) -> int:
    """Do what ``plan`` says, or with ``dry`` only tell it; the exit code."""
    steps = list(plan(options, host.machine, elevated=host.elevated()))
    failed = restart = False
    for step in steps:
        if step.state == "there":
            say(f"{step.what} is there: {step.detail}")
        elif step.state == "missing":
            say(f"{step.what} is missing: {step.detail}")
            failed = True
        elif dry:
            say(
                f"{step.what} would be installed from {step.source}: {step.command.replace('{file}', name_of(step.source))}"
            )
        else:
            try:
                restart |= install(step, host)
            except SetupError as error:
                say(f"error: {step.what}: {error}")
                failed = True
    if restart:
        say("Windows must be restarted before all of it works")
    return _LACKS if failed else RESTART if restart else 0


def parse(arguments: Sequence[str]) -> tuple[Options, bool]:
    """The options, and whether only the plan is wanted; ends with 2 on bad arguments."""
    parser = argparse.ArgumentParser(
        prog="windows_host.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--python", action="append", default=[], metavar="X.Y.Z", help="a Python to build for; repeatable"
    )
    parser.add_argument(
        "--platform", action="append", choices=PLATFORMS, help="for these (default: win_amd64); repeatable"
    )
    parser.add_argument("--vc27", default="", metavar="PATH", help="your copy of VCForPython27.msi")
    parser.add_argument(
        "--build-tools", default=BUILD_TOOLS, metavar="SOURCE", help="vs_BuildTools.exe: a path, or another address"
    )
    parser.add_argument(
        "--python-mirror",
        default=os.environ.get("BUNDLE_PYTHON_MIRROR") or PYTHONS,
        metavar="URL",
        help="a tree like python.org's",
    )
    parser.add_argument(
        "--unsigned", action="store_true", help="also run installers without the signature of Microsoft or Python"
    )
    parser.add_argument("--plan", action="store_true", help="change nothing, say what would be done")
    given = parser.parse_args(arguments)
    try:
        wishes = tuple(
            Wish(python=_version(python), platform=platform)
            for python in given.python
            for platform in dict.fromkeys(given.platform or ["win_amd64"])
        )
    except ValueError as error:
        parser.error(str(error))
    options = Options(
        wishes=wishes,
        vc27=given.vc27,
        build_tools=given.build_tools,
        mirror=given.python_mirror,
        unsigned=given.unsigned,
    )
    return options, given.plan


def _version(text: str) -> str:
    if len(parts := text.split(".")) != 3 or not all(each.isdecimal() for each in parts):  # noqa: PLR2004 -- x.y.z
        raise ValueError(f"{text!r} is no exact version: write all three numbers, such as 3.11.9")
    return text


def main(arguments: Sequence[str]) -> int:
    """Do what the module says."""
    if sys.version_info < OLDEST:
        stop(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed; this is {sys.version.split()[0]}")
    options, dry = parse(arguments)
    if sys.platform != "win32":
        stop("this sets up a Windows machine; on Linux nothing is needed, and nothing is compiled for Windows")
    return set_up(options, ThisHost(), dry=dry)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
