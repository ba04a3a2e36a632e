"""What `python3 build/test.py --long` runs besides the whole run, each into a table of tests/results.

    python -m tests.support.long_lane                all of it
    python -m tests.support.long_lane lowest fuzz    these

lowest, newest: unit and integration tests with the product's dependencies at their lower bounds, and at their newest.
3.11 to 3.14: the same with the locked packages under each CPython that this machine has.  wine: the suites under Windows' Python in Wine.
fuzz: the property tests, until they have tried a million cases.  recipes: each of the recipes that users start from is built
and rehearsed, and so are bundles with a fault in each.
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import suites_in_wine
from tests.support.cases import TIMES
from tests.support.commandline import ROOT
from tests.support.recipes import ALL
from tests.support.suite_results import Suite, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULTS = ROOT / "tests" / "results"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SUITES = ("tests/unit", "tests/integration")
_FUZZ_TIMES = 400
"""There are over 25 property tests of a hundred cases, or near to it."""


def main(wanted: list[str]) -> int:
    """Do what the module says; 1 if anything failed."""
    runs: dict[str, Callable[[], list[Suite]]] = {
        "lowest": lambda: [_in_environment("lowest bounds", "--lowest")],
        "newest": lambda: [_in_environment("newest", "--newest")],
        "pythons": lambda: [_in_environment(f"CPython {each}", "--python", each) for each in PYTHONS],
        "wine": lambda: suites_in_wine.run([]),
        "fuzz": lambda: [_fuzz()],
        "recipes": lambda: [_recipes()],
    }
    if unknown := set(wanted) - runs.keys():
        sys.exit(f"error: unknown: {', '.join(sorted(unknown))}; there are: {', '.join(runs)}")
    failed = False
    for name in wanted or runs:
        suites = runs[name]()
        _write(name, suites)
        failed |= any(each.code for each in suites)
    return int(failed)


def _in_environment(name: str, *options: str) -> Suite:
    """build/environments.py makes the environment; when it can't, there is nothing to read, and its words are on the screen."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        tests = (
            "-q",
            "-p",
            "no:cacheprovider",
            "--numprocesses=auto",
            "--dist=loadfile",
            f"--junitxml={report}",
            *SUITES,
        )
        command = [sys.executable, str(ROOT / "build" / "environments.py"), *options, *tests]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, check=False)
        if not report.is_file():
            # a Python that this machine hasn't is no failure; dependencies that can't be installed are one
            return Suite.not_run(
                name, "not run: no such environment on this machine", code=int("--python" not in options)
            )
        return Suite.read(name, done.returncode, time.monotonic() - begun, report)


def _fuzz() -> Suite:
    arguments = ("-m", "hypothesis", "--numprocesses=auto", "--timeout=0", "tests")
    return _here("property tests, a million cases", arguments, {TIMES: str(_FUZZ_TIMES)})


def _recipes() -> Suite:
    tests = ("integration/test_recipes.py", "e2e/test_rehearsed_recipes.py", "e2e/test_sabotaged_bundles.py")
    return _here("all recipes", tuple(f"tests/{each}" for each in tests), {ALL: "all"})


def _here(name: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Suite:
    """Tests in this environment, with more variables."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False)
        return Suite.read(name, done.returncode, time.monotonic() - begun, report)


def _write(name: str, suites: Sequence[Suite]) -> None:
    RESULTS.mkdir(exist_ok=True)
    today = datetime.datetime.now(datetime.UTC).date()
    where = f"{platform.system()}, {os.cpu_count()} processors, CPython {platform.python_version()}"
    text = f"# {name}\n\n{today}, {where}: `python3 build/test.py --long`\n\n{table(suites)}\n"
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
