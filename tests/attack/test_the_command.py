"""``python -m tests.attack`` itself."""

from __future__ import annotations

from tests.attack.__main__ import run_tests


def test_it_begins() -> None:
    """Where modules of pytest's plugins were imported before it, pytest didn't."""
    assert run_tests("2", ["--numprocesses=0", "--collect-only", "-k", "test_a_small_answer_has_an_end"]) == 0
