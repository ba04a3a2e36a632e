"""Go on looking for what attackers, liars and broken files can do: ``python -m tests.attack [TIMES] [pytest's arguments]``.

TIMES: how many times as many cases as in the whole run, each with a seed of its own, and how many times 10,000 cases over all readers
(``search``), whose table is printed at the end; 1 takes minutes, 100 a night.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attack import search
from tests.support.cases import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

EACH = 10_000


def main(arguments: list[str]) -> int:
    """Pytest's exit code, or 1 where the search found something."""
    times, more = (arguments[0], arguments[1:]) if arguments and arguments[0].isdecimal() else ("1", arguments)
    return run_tests(times, more) or search.main([str(EACH * int(times))])


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
