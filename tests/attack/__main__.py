"""Go on looking for what attackers, liars and broken files can do: ``python -m tests.attack [TIMES] [pytest's arguments]``.

TIMES: how many times as many cases as in the whole run, each with a seed of its own; 1 takes minutes, 100 a night.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.cases import TIMES


def main(arguments: list[str]) -> int:
    """Pytest's exit code."""
    times, more = (arguments[0], arguments[1:]) if arguments and arguments[0].isdecimal() else ("1", arguments)
    os.environ[TIMES] = times
    return pytest.main(["-q", "--numprocesses=auto", str(Path(__file__).parent), *more])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
