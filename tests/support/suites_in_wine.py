"""The suites under Windows' own Python, in Wine: what `python build\\test.py` runs on Windows, where there is none.

    python -m tests.support.suites_in_wine                       all of them
    python -m tests.support.suites_in_wine tests/unit -k recipe  pytest with these arguments

Prints what pytest prints, then a table of the suites. There is a Wine for each processor of this machine: programs of one wait for its
server more than for a processor. Wine isn't Windows (see tests.support.bed): what passes here has met a Windows
Python, Windows' paths, its ways to open, rename and run files; it hasn't met Windows' rights, its virus scanner or its console.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.support.bed import Bed, Mirror
from tests.support.bed.cache import remove
from tests.support.commandline import ROOT
from tests.support.suite_results import Suite, table
from tests.support.windows_host import PYTHON, build_host, declared, with_packages

if TYPE_CHECKING:
    from tests.support.windows_host import WindowsHost

SUITES = ("tests/unit", "tests/target", "tests/integration", "tests/native")
CHECKOUT = r"C:\checkout"
_LONG = "tests/integration"
_PIECES = 6
_NO_NETWORK = "not network"
_DESELECTED = (
    "tests/target/test_upgrade_from_earlier.py::test_a_history_that_was_cut_says_what_to_do",  # no git, and no history
    "tests/target/test_sources.py::test_the_least_version_is_2_7_and_3_6",  # vermin counts processors, which Wine doesn't
)
_EXPECTED = {"dns no-such-host.invalid"}
"""What a test asks for because nobody has it."""
_NOT_THERE = frozenset({"ruff"})
"""Tools that look at the checkout and not at the machine: they run on the host."""


def main(arguments: list[str]) -> int:
    """Do what the module says; the worst exit code of pytest."""
    suites = run(arguments)
    print(table(suites), flush=True)
    return max(each.code for each in suites)


def run(arguments: list[str]) -> list[Suite]:
    """pytest with ``arguments``, or each of the suites if there are none."""
    bed = Bed.open()
    runs = [(arguments[-1], arguments)] if arguments else _runs()
    waiting = iter(runs)  # a list's iterator: each Wine takes the next of it
    with tempfile.TemporaryDirectory() as work:
        tree = _python(bed, Mirror(bed, Path(work, "mirror")))

        def of_one_wine(number: int) -> list[Suite]:
            prefix = Path(work, f"prefix{number}")
            try:
                with build_host(bed, tree, prefix) as host:
                    _copy_checkout(host)
                    suites = [_run(host, name, options) for name, options in waiting]
                    return [*suites, *_attempts(host)]
            finally:
                remove(prefix)

        machines = range(min(len(runs), os.cpu_count() or 1))
        with ThreadPoolExecutor(len(machines)) as pool:
            parts = [each for suites in pool.map(of_one_wine, machines) for each in suites]
    names = dict.fromkeys([*(name for name, _ in runs), *(each.name for each in parts)])
    return [Suite.whole([each for each in parts if each.name == name]) for name in names]


def _runs() -> list[tuple[str, list[str]]]:
    """Each suite with what pytest is told; the long one in pieces, first."""
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / _LONG).glob("test_*.py"))
    pieces = [(_LONG, files[start::_PIECES]) for start in range(_PIECES)]
    suites = [*pieces, *((each, [each]) for each in SUITES if each != _LONG)]
    return [(name, ["-q", "-m", _NO_NETWORK, *places]) for name, places in suites]


def _attempts(host: WindowsHost) -> list[Suite]:
    """A row of its own if programs tried to reach other machines; the other rows are worth having all the same."""
    unexpected = sorted(set(host.session.forget_attempts()) - _EXPECTED)
    return [Suite.not_run("network", f"tried to reach {', '.join(unexpected)}", code=1)] if unexpected else []


def _python(bed: Bed, mirror: Mirror) -> Path:
    tools = tuple(each for each in declared(tools=True) if Requirement(each).name not in _NOT_THERE)
    return with_packages(bed, mirror, (*declared(), *tools))


def _copy_checkout(host: WindowsHost) -> None:
    """What git knows of it, or would take; and of the product also what an installation compiles: the launchers."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True)
    product = (path.relative_to(ROOT).as_posix() for path in (ROOT / "bundler").rglob("*"))
    for name in {*done.stdout.decode().split("\0"), *product}:
        if (ROOT / name).is_file() and "__pycache__" not in name:
            host.session.copy_in(ROOT / name, rf"{CHECKOUT}\{name.replace('/', chr(92))}")
    # every command of a test would compile the product anew: nothing writes byte code there while tests run
    compiled = host.session.run(
        [PYTHON + r"\python.exe", "-m", "compileall", "-q", rf"{CHECKOUT}\bundler"], timeout=900
    )
    assert compiled.returncode == 0, compiled.output


def _run(host: WindowsHost, name: str, arguments: list[str]) -> Suite:
    report = r"C:\work\report.xml"
    # one after the other: side by side, Windows programs wait for Wine's one server
    command = [PYTHON + r"\python.exe", "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += [*(f"--deselect={each}" for each in _DESELECTED), *arguments]
    path = host.session.host_path(report)
    path.unlink(missing_ok=True)
    begun = time.monotonic()
    environ = host.environ(PYTHONDONTWRITEBYTECODE="1", PYTHONUTF8="0")
    done = host.session.run(command, cwd=CHECKOUT, env=environ, timeout=4 * 3600)
    print(done.output, flush=True)
    return Suite.read(name, done.returncode, time.monotonic() - begun, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
