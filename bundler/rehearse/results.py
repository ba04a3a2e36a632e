"""What a rehearsal found: steps with their verdicts, attempts to connect, what was left, what the engine can't prove."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

EngineName = Literal["wine", "sandbox", "here"]
RESULT = "rehearsal.json"
"""The file with the whole result, in the folder of logs."""
_LINES, _BEGIN, _WIDTH = 30, 8, 300
_MOST = 1_000_000
"""Characters that are looked at of a longer output: half of them at each end. Lines take many times their memory."""


def first_screen(text: str) -> str:
    """What a person reads first of an output of any length: all of it, or its begin, how much is left out, and the end, where causes stand."""
    if len(text) > _MOST:
        return _ends(text.strip("\n"))
    lines = [line[:_WIDTH] for line in text.strip("\n").splitlines()]
    left_out = len(lines) - _LINES
    if left_out <= 0:
        return "\n".join(lines)
    return "\n".join([*lines[:_BEGIN], f"… {left_out} lines …", *lines[_BEGIN - _LINES :]])


def _ends(text: str) -> str:
    begin, end = text[: _MOST // 2].splitlines()[:_BEGIN], text[-_MOST // 2 :].splitlines()[_BEGIN - _LINES :]
    left_out = max(0, text.count("\n") + 1 - len(begin) - len(end))
    return "\n".join(line[:_WIDTH] for line in (*begin, f"… {left_out} lines …" if left_out else "…", *end))


class Outcome(StrEnum):
    """A step's verdict."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # for a reason that the step tells: there is nothing of its kind, or an earlier step failed


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How a step ended; ``reason`` in words that lead to the cause, ``output``: what to look at first."""

    outcome: Outcome
    reason: str = ""
    output: str = ""
    screenshots: tuple[str, ...] = ()


PASSED = Verdict(outcome=Outcome.PASSED)


def failed(reason: str, output: str = "") -> Verdict:
    return Verdict(outcome=Outcome.FAILED, reason=reason, output=output)


def skipped(reason: str) -> Verdict:
    return Verdict(outcome=Outcome.SKIPPED, reason=reason)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that wanted to leave the machine, and was refused."""

    address: str  # "tcp 192.0.2.1:80", "udp [2001:db8::1]:53", "dns example.org", "ping 192.0.2.1"
    program: str | None = None  # a Windows path; None where the engine can't tell
    stack: tuple[str, ...] = ()  # Python's, outermost call first; empty where unknown
    allowed: bool = False  # [rehearse] allow-connections names it: told, and no failure


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scenario."""

    name: str  # stable, for machines: "plan", "install", "install-again", "verify", "checks", …
    title: str  # for people
    outcome: Outcome
    seconds: float
    reason: str = ""  # one sentence in words that lead to the cause (failed), or why not (skipped)
    output: str = ""  # the ``first_screen`` of what was printed, where the step failed
    log: str = ""  # the whole log's file name in the folder of logs
    attempts: tuple[Attempt, ...] = ()  # made during this step
    screenshots: tuple[str, ...] = ()  # file names (PNG) in the folder of logs


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was there after the removal and not before the installation."""

    kind: str  # "file", "registry", "service", "task", "path"
    name: str
    declared: bool  # whether the documentation says that it stays


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The whole result. Paths are Windows'."""

    bundle: str  # "Example 1.0"
    release: str
    sha256: str  # of what a signature signs: the archive, of a folder its SHA256SUMS
    previous: str | None  # the release that was upgraded, with --from
    engine: str  # an EngineName
    engine_words: str  # "Wine 10.0, in namespaces without a network"
    steps: tuple[Step, ...]
    installed: tuple[tuple[str, str], ...] = ()  # (what, where or which), as the receipt names them
    left: tuple[Left, ...] = ()
    began: str = ""  # ISO 8601 in UTC
    unproven: tuple[str, ...] = ()  # what this engine could not prove of this bundle, a sentence each
    peak_memory: int | None = None  # bytes
    disk: int | None = None  # bytes
    sums: str = ""  # the sha256 of its SHA256SUMS: the same in each form that the bundle can have

    @property
    def passed(self) -> bool:
        """Whether no step failed."""
        return all(step.outcome is not Outcome.FAILED for step in self.steps)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts to connect, in the order of steps."""
        return tuple(attempt for step in self.steps for attempt in step.attempts)


class Watcher(Protocol):
    """Who is told of steps while they are done."""

    def begun(self, name: str, title: str) -> None:
        """A step begins; both as in ``Step``."""

    def ended(self, step: Step) -> None:
        """The step that began last has its verdict; one that is skipped may never have begun."""
