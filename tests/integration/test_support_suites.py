"""The tables of the long lane: from a real run of pytest."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.suite_results import Suite, table

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest


def test_right(): pass


@pytest.mark.parametrize("number", [1, 2])
def test_wrong(number): assert not number


@pytest.mark.parametrize("number", [1, 2, 3])
def test_elsewhere(number): pytest.skip("Linux only: a signal")


@pytest.fixture
def broken(): raise OSError("no")


def test_fixture(broken): pass
"""


def test_what_passed_failed_and_was_skipped(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "test_some.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    suite = Suite.read("some", done.returncode, 1.5, report)
    assert (suite.code, suite.passed) == (1, 1)
    assert suite.failed == ("test_some::test_wrong[1]", "test_some::test_wrong[2]", "test_some::test_fixture")
    assert suite.skipped == {"Linux only: a signal": 3}
    twice = Suite.whole([suite, suite])
    assert (twice.code, twice.passed, twice.seconds, len(twice.failed), sum(twice.skipped.values())) == (1, 2, 3, 6, 6)
    text = table([suite, Suite.not_run("other", "this machine has none")])
    assert "| some | 1 | 3 | 3 | 2 s |" in text
    assert "- failed: test_some::test_fixture" in text
    assert "| 3 | Linux only: a signal |" in text
    assert "| other | this machine has none |" in text


def test_a_run_that_never_began(tmp_path: Path) -> None:
    suite = Suite.read("some", 4, 0, tmp_path / "none.xml")
    assert (suite.passed, suite.failed) == (0, ())
