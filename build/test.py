"""Set up this checkout and run what must pass, in one of these lanes; on Linux and on Windows.

python3 build/test.py --fast       before a commit: lint, types, unit tests, the target's half under this Python (but for the runs that
                                   are ended before each of their changes), one installation from end to end.
                                   Meant to take less than 4 minutes on two cores.
python3 build/test.py              before a merge, and what the public CI runs: all of that, the documentation, the target's half under every Python
                                   of this machine, whole commands against a local index, and everything from end to end.
                                   Meant to take less than 30 minutes on two cores; the first run also makes the test bed, 10 minutes.
python3 build/test.py --wine       on Linux: the suites that Windows runs, under Windows' own Python in Wine. An hour or more.
python3 build/test.py --long       before a release: the whole run; dependencies at their lower bounds and the newest; every CPython
                                   of this machine; --wine; a million hostile inputs; every recipe built and rehearsed. Hours; its tables go to
                                   tests/results.
python3 build/test.py ARGUMENTS    pytest with these arguments only, such as: tests/unit -k recipe
                                   (after --wine too: pytest in Wine with them)

From end to end: on Linux in Wine, without a network (as root, or where users may make namespaces); on Windows natively, in a scratch
folder and for this user. What can't run on this machine is skipped with its reason, and the reasons are counted at the end.
"""

import os
import sys
import time
from pathlib import Path

from host import ROOT, ready, run, say

WINDOWS = os.name == "nt"
LINT = {
    "lint": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "types": ("-m", "mypy"),
}
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
FILES = ("--dist=loadfile", "--no-loadscope-reorder")
SIDE_BY_SIDE = (f"--numprocesses={PROCESSORS}", *FILES)
# from end to end programs wait for one another, for services and for servers: meanwhile a processor has another file's
WAITING_TOO = (f"--numprocesses={PROCESSORS * 2}", *FILES)
ONE_INSTALLATION = (
    "tests/native/test_install.py::test_from_the_first_installation_to_the_last_file"
    if WINDOWS
    else "tests/e2e/test_install.py::test_a_nuget_package"
)
FAST = {
    **LINT,
    "unit tests, target": ("-m", "pytest", "-q", "-m", "not every_moment", *SIDE_BY_SIDE, "tests/unit", "tests/target"),
    "from end to end": ("-m", "pytest", "-q", ONE_INSTALLATION),
}
WHOLE = {
    **LINT,
    "documentation": ("build/docs.py",),
    "tests": ("-m", "pytest", "--durations=15", *WAITING_TOO),
}
WINE = ("-m", "tests.support.suites_in_wine")
LONG = {**WHOLE, "long": ("-m", "tests.support.long_lane")}


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    python = ready(tests=True)
    match arguments:
        case ["--fast"]:
            _steps(python, FAST, BUNDLE_TEST_PYTHONS="{}.{}".format(*sys.version_info))
        case ["--long"]:
            _steps(python, LONG)
        case ["--wine", *more]:
            run(python, *WINE, *more, cwd=ROOT)
        case []:
            _steps(python, WHOLE)
        case _:
            run(python, "-m", "pytest", *arguments, cwd=ROOT)


def _steps(python: Path, steps: dict[str, tuple[str, ...]], **environ: str) -> None:
    for name, command in steps.items():
        say(name)
        begun, idle = time.monotonic(), _idle()
        run(python, *command, cwd=ROOT, env={**os.environ, **environ})
        say(f"{name} passed in {time.monotonic() - begun:.0f} s{_busy(begun, idle)}")


def _busy(begun: float, idle: float | None) -> str:
    """How much of the time since then the processors worked: where that is far from all, more files side by side would take less."""
    now = _idle()
    if idle is None or now is None:
        return ""
    return (
        f", processors busy {100 - 100 * (now - idle) / (time.monotonic() - begun) / (os.cpu_count() or 1):.0f} % of it"
    )


def _idle() -> float | None:
    """Seconds in which this machine's processors did nothing, all added up; None where that isn't known."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:
        return None
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(sys.argv[1:])
