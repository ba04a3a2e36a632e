"""Taking steps one by one: each is timed, gets its verdict, what it tried to reach, the first screen of its output and a log."""

from __future__ import annotations

import dataclasses
import errno
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BundleError
from bundler.model.allowed_connections import is_allowed
from bundler.rehearse.causes import explanations
from bundler.rehearse.port import NOT_ENDED
from bundler.rehearse.results import Outcome, Step, Verdict, Watcher, failed, first_screen
from bundler.rehearse.stacks import waiting_at, with_stacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.rehearse.bench import Bench
    from bundler.rehearse.port import Machine
    from bundler.rehearse.results import Attempt

_LONGEST_REASON = 8000
"""Characters: programs' words are part of it, and may have no end of a line."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MOST_WAITING = 64_000_000
"""Bytes of logs and pictures that are kept in memory."""
_NOT_A_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taker:
    """Takes steps. ``logs``: the folder that gets a file a step; ``clock``: seconds that only grow; ``allowed``: [rehearse] allow-connections."""

    watcher: Watcher
    logs: Path
    clock: Callable[[], float]
    allowed: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)
    _waiting: dict[str, bytes] = field(default_factory=dict)

    def says(self, fault: str) -> bool:
        """Whether a step failed for that reason."""
        return any(each.outcome is Outcome.FAILED and fault in each.reason for each in self.steps)

    def take(self, name: str, title: str, bench: Bench, work: Callable[[], Verdict]) -> bool:
        """Take one step; whether it didn't fail. An error of ours in it is its failure."""
        title = bench.mask(title)
        self.watcher.begun(name, title)
        begun = self.clock()
        try:
            verdict = work()
        except BundleError as error:
            verdict = failed(error.message, "\n".join(error.context))
        if verdict.outcome is Outcome.FAILED:
            verdict = _explained(verdict, bench)
        seconds = self.clock() - begun
        attempts, said = self._attempts(bench.machine), bench.taken()
        if attempts is None:
            attempts, verdict = (), _unknown(verdict)
        if NOT_ENDED in verdict.reason and (calls := waiting_at(name, bench, work)):
            verdict = dataclasses.replace(
                verdict, reason=f"{verdict.reason}. It waits at {calls[0]}", output="\n".join((*calls, verdict.output))
            )
        if outside := [each for each in attempts if not each.allowed]:
            before = f"{verdict.reason}; " if verdict.outcome is Outcome.FAILED else ""
            verdict = failed(before + _reached_out(outside), verdict.output)
            attempts = with_stacks(name, bench, attempts, work)
        bench.taken()
        step = Step(
            name=name,
            title=title,
            outcome=verdict.outcome,
            seconds=seconds,
            reason=_short(bench.mask(verdict.reason)),
            output=first_screen(bench.mask(verdict.output)) if verdict.outcome is Outcome.FAILED else "",
            log=self._log(name, said),
            attempts=tuple(_masked(each, bench) for each in attempts),
            screenshots=verdict.screenshots,
        )
        self.steps.append(step)
        self.watcher.ended(step)
        return step.outcome is not Outcome.FAILED

    def keep_picture(self, what: str, content: bytes) -> str:
        """Put a picture of the step that is taken among the logs; its file's name."""
        file = f"{len(self.steps) + 1:02}-{what}.png"
        self._put(file, content)
        return file

    def skip(self, name: str, title: str, reason: str) -> None:
        """A step that isn't taken."""
        step = Step(name=name, title=title, outcome=Outcome.SKIPPED, seconds=0, reason=reason)
        self.steps.append(step)
        self.watcher.ended(step)

    def _attempts(self, machine: Machine) -> tuple[Attempt, ...] | None:
        """None: the machine has ended, and with it what it would have told."""
        try:
            attempts = machine.network.attempts()
        except BundleError:
            return None
        return tuple(dataclasses.replace(each, allowed=is_allowed(each.address, self.allowed)) for each in attempts)

    def _log(self, name: str, said: list[str]) -> str:
        if not said:
            return ""
        file = f"{len(self.steps) + 1:02}-{_NOT_A_NAME.sub('-', name)}.log"
        self._put(file, "\n".join(said).encode("utf-8", errors="replace"))
        return file

    def catch_up(self) -> None:
        """Write what had no room as long as there was a machine. Raises OSError."""
        while self._waiting:
            self._write(*self._waiting.popitem())

    def _put(self, file: str, content: bytes) -> None:
        """Where a machine's programs filled the disk that logs are on too, it goes with the machine, and what was found isn't lost. Raises OSError."""
        try:
            self._write(file, content)
        except OSError as error:
            if error.errno not in _FULL or len(content) + sum(map(len, self._waiting.values())) > _MOST_WAITING:
                raise
            self._waiting[file] = content

    def _write(self, file: str, content: bytes) -> None:
        """A new file: no link that others made in its place is followed."""
        (self.logs / file).unlink(missing_ok=True)
        with (self.logs / file).open("xb") as stream:
            stream.write(content)


def _masked(attempt: Attempt, bench: Bench) -> Attempt:
    """Programs choose the names that they ask for."""
    program = bench.mask(attempt.program) if attempt.program is not None else None
    stack = tuple(map(bench.mask, attempt.stack))
    return dataclasses.replace(attempt, address=bench.mask(attempt.address), program=program, stack=stack)


def _unknown(verdict: Verdict) -> Verdict:
    if verdict.outcome is not Outcome.PASSED:
        return verdict
    return failed("what it tried to reach isn't known: the rehearsed machine ended, or doesn't answer any more")


def _short(reason: str) -> str:
    half = _LONGEST_REASON // 2
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:half]} … {reason[-half:]}"


def _explained(verdict: Verdict, bench: Bench) -> Verdict:
    try:
        more = tuple(explanations(f"{verdict.reason}\n{verdict.output}", bench))
    except BundleError:  # the machine has ended, which the step says
        return verdict
    return dataclasses.replace(verdict, reason=". ".join((verdict.reason, *more)))


def _reached_out(attempts: Sequence[Attempt]) -> str:
    told = dict.fromkeys(each.address + (f" ({each.program})" if each.program else "") for each in attempts)
    shown = ", ".join(list(told)[:5]) + (" …" if len(told) > 5 else "")  # noqa: PLR2004 - enough to know what it was
    return (
        f"it tried to reach other machines, which a target without a network refuses: {shown}. "
        "Bring along what it looks for, or name the address in [rehearse] allow-connections if it can do without"
    )
