"""A rehearsal on the screen: a line for each step as soon as it has its verdict, and after the last what was found."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bundler.present.console import plain_text, show, show_table, styled
from bundler.present.rehearsal_words import (
    NOTHING_UNPROVEN,
    UNKNOWN_PROGRAM,
    counted,
    resources_text,
    seconds_text,
    total_seconds,
    verdict_text,
)
from bundler.rehearse.results import Outcome
from bundler.report import some_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.status import Status

    from bundler.model.rehearsal import RehearseCommandInfo, RehearseInfo
    from bundler.rehearse.results import Attempt, Rehearsal, Step

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "dim"}
_WIDTH = 12
"""Characters of the time: ``10 min 05 s``."""
_MOST = 20
"""Lines of one kind; the reports have all."""


class StepTable:
    """Prints steps on stdout while a rehearsal runs; on a terminal the step that is being done stands below them, on stderr.

    ``quiet``: failed steps alone.
    """

    def __init__(self, *, quiet: bool = False, terminal: bool | None = None) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._status: Status | None = None

    def begun(self, name: str, title: str) -> None:  # noqa: ARG002 -- the port's
        self.broken_off()
        if self._terminal and not self._quiet:
            from rich.console import Console

            console = Console(stderr=True, highlight=False, emoji=False)
            self._status = console.status(plain_text(_one_line(title)))
            self._status.start()

    def ended(self, step: Step) -> None:
        self.broken_off()
        if self._quiet and step.outcome is not Outcome.FAILED:
            return
        time = "" if step.outcome is Outcome.SKIPPED else seconds_text(step.seconds)
        styled(f"{step.outcome.value:<7}", _STYLES[step.outcome], f" {time:>{_WIDTH}}  {_one_line(step.title)}")
        if step.reason:
            _indented(step.reason)
        if step.outcome is Outcome.FAILED and step.output:
            _indented(step.output)

    def broken_off(self) -> None:
        """Take the line away that says what is being done: a step ended, or the rehearsal was broken off."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def show_terms(found: RehearseInfo) -> None:
    """What a rehearsal of a bundle would do besides what each does; nothing where the recipe says nothing."""
    rows = [
        *(("run", " ".join(each.command), _expected(each)) for each in found.commands),
        *(("ask for", each.url, f"{each.status}{_holding(each.text)}") for each in found.requests),
        *(("look for", each, "") for each in found.files),
        *(("set", name, value) for name, value in found.site.items()),
        *(("let it try", each, "") for each in found.allow_connections),
    ]
    if rows:
        show_table("what a rehearsal does besides", ("does", "", "and expects"), rows)


def _expected(command: RehearseCommandInfo) -> str:
    return "a window" if command.window else f"exit code {command.exit_code}{_holding(command.output)}"


def _holding(text: str | None) -> str:
    return f", {text!r} in it" if text else ""


def show_unproven(engine_words: str, unproven: Sequence[str]) -> None:
    """What a rehearsal begins with, and what its result ends with."""
    show(f"What this engine can't prove of this bundle ({engine_words}):")
    for each in unproven or (NOTHING_UNPROVEN,):
        _indented(f"- {each}")


def show_rehearsal(found: Rehearsal, logs: Path | None) -> None:
    """What comes after the steps; ``logs``: the folder of logs and screenshots, where it is kept."""
    show()
    refused = [each for each in counted(found.attempts) if not each[0].allowed]
    allowed = [each for each in counted(found.attempts) if each[0].allowed]
    _attempts("Tried to reach what isn't allowed, and was refused:", refused)
    _attempts("Tried to reach what [rehearse] allows, and was refused:", allowed)
    for words, declared in (
        ("Left behind:", False),
        ("Left behind, as the documentation says:", True),
    ):
        names = [f"{each.kind} {each.name}" for each in found.left if each.declared is declared]
        if names:
            show(words)
            for each in some_lines(names, _MOST):
                _indented(each)
    show_unproven(found.engine_words, found.unproven)
    measured = resources_text(found)
    show(f"{found.bundle}: {verdict_text(found)} in {seconds_text(total_seconds(found))}")
    for each in (measured, f"logs: {logs}" if logs else ""):
        if each:
            _indented(each)


def _attempts(words: str, attempts: Sequence[tuple[Attempt, int]]) -> None:
    if not attempts:
        return
    show(words)
    lines = []
    for each, times in attempts:
        often = f", {times} times" if times > 1 else ""
        where = "".join(f"\n  {line}" for line in each.stack[-3:])
        lines.append(f"{each.address} by {each.program or UNKNOWN_PROGRAM}{often}{where}")
    for line in some_lines(lines, _MOST):
        _indented(line)


def _indented(text: str) -> None:
    for line in text.splitlines():
        show(f"  {line}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
