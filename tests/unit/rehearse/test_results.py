"""What a rehearsal found, as a whole."""

from __future__ import annotations

import tracemalloc

from bundler.rehearse.results import first_screen
from tests.support.rehearsals import ATTEMPT, FAILED, PASSED


def test_one_failed_step_fails_it() -> None:
    assert (PASSED.passed, FAILED.passed) == (True, False)


def test_attempts_stand_in_the_order_of_steps() -> None:
    assert [each.address for each in FAILED.attempts] == [ATTEMPT.address, ATTEMPT.address, "dns db.example"]


def test_a_screen_is_what_it_is() -> None:
    assert first_screen("one\ntwo\n") == "one\ntwo"
    assert first_screen("") == ""


def test_an_endless_output_is_cut() -> None:
    assert first_screen("line\n" * 100_000).count("\n") == 30
    lines = [f"line {i}" for i in range(100)]
    shown = first_screen("\n".join(lines)).splitlines()
    assert shown == [*lines[:8], "… 70 lines …", *lines[-22:]], "a cause stands at the end"
    assert len(first_screen("x" * 1_000_000)) < 400
    assert len(first_screen("x" * 1_000_001)) < 800


def test_what_a_stranger_prints_takes_no_more_memory_than_its_ends() -> None:
    """32 MB of short lines took a gigabyte."""
    lines = [f"line {i}" for i in range(500_000)]
    text = "\n".join(lines)
    tracemalloc.start()
    try:
        shown = first_screen(text).splitlines()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shown == [*lines[:8], "… 499970 lines …", *lines[-22:]]
    assert peak < 8 * len(text)
