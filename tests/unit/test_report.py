"""Reporters that pass on to others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.report import OnceReporter, Reporter, some_lines, some_text
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.report import Track


def test_what_was_said_once_is_not_said_again() -> None:
    heard = Remembering()
    once = OnceReporter(heard)
    for _ in range(2):
        once.note("a fact")
        once.warn("odd", "look at this")
    once.warn("odd", "look at that")
    assert heard.notes == ["a fact"]
    assert heard.warnings == [("odd", "look at this"), ("odd", "look at that")]


class Counting(Reporter):
    """Counts steps and what tracks hear."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.amounts: list[int] = []

    def step(self, message: str) -> None:
        self.steps.append(message)

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Track]:
        del label, total
        yield self

    def advance(self, amount: int) -> None:
        self.amounts.append(amount)

    def resize(self, total: int) -> None:
        self.amounts.append(-total)


def test_steps_and_tracks_are_passed_on_each_time() -> None:
    heard = Counting()
    once = OnceReporter(heard)
    for _ in range(2):
        once.step("Building")
        with once.track("bytes", 2) as track:
            track.advance(1)
            track.resize(3)
    assert heard.steps == ["Building", "Building"]
    assert heard.amounts == [1, -3, 1, -3]


def test_of_many_words_or_lines_the_first_are_shown() -> None:
    assert some_text(iter("abcde"), 2) == "a, b and 3 more"
    assert some_text(["a", "b"], 2, between="; ") == "a; b"
    assert some_text([], 2) == ""
    assert some_lines(iter("abcde"), 2) == ("a", "b", "and 3 more")
    assert some_lines(["a", "b"], 2) == ("a", "b")
