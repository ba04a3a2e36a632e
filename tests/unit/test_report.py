"""Reporters that pass on to others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.report import OnceReporter, Reporter
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
