"""How stages tell what they do: a reporter whose default does nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Track(Protocol):
    """One running piece of work, counted in bytes."""

    def advance(self, amount: int) -> None: ...

    def resize(self, total: int) -> None:
        """Say the total once it is known."""


class Reporter:
    """Does nothing. ``bundler.present.console`` shows bars on a terminal and plain lines elsewhere. Safe from any thread."""

    def step(self, message: str) -> None:
        """Begin a stage: one line, such as ``Resolving 3 requirements for CPython 3.11.9 on win_amd64``."""

    def note(self, message: str) -> None:
        """Tell a fact that the user may want to know and needn't act on."""

    def warn(self, reference: str, message: str) -> None:
        """Tell something that the user should look at; ``reference`` is stable and kebab-case, as in errors."""

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Track]:
        """Show progress of one piece of work; ``total`` in bytes, None while it isn't known."""
        del label, total
        yield _Silent()


class _Passing(Reporter):
    """Passes everything on."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def step(self, message: str) -> None:
        self._reporter.step(message)

    def note(self, message: str) -> None:
        self._reporter.note(message)

    def warn(self, reference: str, message: str) -> None:
        self._reporter.warn(reference, message)

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Track]:
        with self._reporter.track(label, total) as track:
            yield track


class OnceReporter(_Passing):
    """Passes notes and warnings on, each once however often it comes; steps and tracks as they come."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(reporter)
        self._passed: set[str] = set()

    def note(self, message: str) -> None:
        if message not in self._passed:
            self._passed.add(message)
            super().note(message)

    def warn(self, reference: str, message: str) -> None:
        if message not in self._passed:
            self._passed.add(message)
            super().warn(reference, message)


class RecordingReporter(_Passing):
    """Passes everything on, and remembers notes and warnings: ``said`` has a reference, None for a note, and the message."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(reporter)
        self.said: list[tuple[str | None, str]] = []

    def note(self, message: str) -> None:
        self.said.append((None, message))
        super().note(message)

    def warn(self, reference: str, message: str) -> None:
        self.said.append((reference, message))
        super().warn(reference, message)


def repeat(said: Iterable[tuple[str | None, str]], reporter: Reporter) -> None:
    """Tell again what a RecordingReporter heard."""
    for reference, message in said:
        if reference is None:
            reporter.note(message)
        else:
            reporter.warn(reference, message)


class _Silent:
    def advance(self, amount: int) -> None:
        pass

    def resize(self, total: int) -> None:
        pass


def size_text(size: float) -> str:
    """``45.2 MB``; units of 1000 as package indexes and Windows' successors show them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":  # noqa: PLR2004 -- a thousand of the smaller unit
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def count_text(number: int, noun: str) -> str:
    """``1 wheel``, ``12 wheels``, ``3 entries``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def some_text(words: Iterable[str], most: int, between: str = ", ") -> str:
    """``a, b and 3 more``: the first of many."""
    known = list(words)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return between.join(known[:most]) + more


def some_lines(lines: Iterable[str], most: int) -> tuple[str, ...]:
    """The first of many, and a last one that says how many more there are: ``and 3 more``."""
    known = list(lines)
    return (*known[:most], *([f"and {len(known) - most} more"] if len(known) > most else []))
