"""Go on looking for what attackers, liars and broken files can do: ``python -m tests.attack [TIMES] [--hours H] [pytest's arguments]``.

TIMES: how many times as many cases as in the whole run, each with a seed of its own, and how many times 10,000 cases over all readers
(``search``), whose table is printed at the end; 1 takes minutes, 100 a night. Each run searches among other cases than those before it, and
says which; ``--first N`` are the same again. ``--hours``: the search goes on so long.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attack import search
from tests.support.cases import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

EACH = 10_000


def main(arguments: list[str]) -> int:
    """Pytest's exit code, or 1 where the search found something; what the tests find doesn't end the search."""
    times, wanted, more = _read(arguments)
    failed = run_tests(times, more)
    return search.main(wanted) or failed


def _read(arguments: list[str]) -> tuple[str, list[str], list[str]]:
    """How many times, what the search is given, and what pytest is."""
    options = argparse.ArgumentParser(prog="python -m tests.attack", allow_abbrev=False)
    options.add_argument("--hours", type=float, default=0)
    options.add_argument("--first", type=int, default=int(time.time() * 1000))  # a reader tries fewer in a second
    chosen, more = options.parse_known_args(arguments)
    times, more = (more[0], more[1:]) if more and more[0].isdecimal() else ("1", more)
    wanted = [str(EACH * int(times)), f"--first={chosen.first}", f"--seconds={chosen.hours * 3600}"]
    print("The search:", "python -m tests.attack.search", *wanted, flush=True)
    return times, wanted, more


def run_tests(times: str, more: Sequence[str]) -> int:
    """Pytest's exit code. It has a process of its own: its plugins complain about modules that are imported before them."""
    here = Path(__file__).parent
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--numprocesses=auto",
        str(here),
        f"--ignore={here / 'test_parsers.py'}",
    ]
    return subprocess.call([*command, *more], env=os.environ | {TIMES: times}, cwd=here.parent.parent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
