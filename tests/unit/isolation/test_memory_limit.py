"""What programs of this host get that read what strangers send."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bundler.isolation.memory_limit import NOT_STARTED, within_memory

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing bounds a program's memory there")
MOST = 1 << 30
TAKES = "import sys; bytearray(int(sys.argv[1])); print(sys.argv[2])"


@pytest.mark.parametrize(("takes", "good"), [(MOST >> 2, True), (MOST << 1, False)])
def test_a_program_gets_no_more(takes: int, good: bool) -> None:
    command = (*within_memory(MOST), sys.executable, "-c", TAKES, str(takes), "$HOME  'x'")
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode == 0) == good, done.stderr
    assert (done.stdout == b"$HOME  'x'\n") == good


def test_one_that_is_not_there() -> None:
    done = subprocess.run((*within_memory(MOST), "/nowhere/at/all"), capture_output=True, check=False)
    assert done.returncode in NOT_STARTED
