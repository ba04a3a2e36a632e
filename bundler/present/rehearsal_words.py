"""What the screen and the reports of a rehearsal say alike."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING

from bundler.rehearse.results import Outcome
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.rehearse.results import Attempt, Rehearsal

NOTHING_UNPROVEN = "Nothing of this bundle is known to differ on Windows."
UNKNOWN_PROGRAM = "an unknown program"


def seconds_text(seconds: float) -> str:
    """``0.4 s``, ``12.3 s``, ``2 min 05 s``"""
    if seconds < 60:  # noqa: PLR2004 -- a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def verdict_text(found: Rehearsal) -> str:
    """``failed: 2 of 12 steps``"""
    outcomes = Counter(step.outcome for step in found.steps)
    skipped = f", {outcomes[Outcome.SKIPPED]} skipped" if outcomes[Outcome.SKIPPED] else ""
    if outcomes[Outcome.FAILED]:
        return f"failed: {outcomes[Outcome.FAILED]} of {count_text(len(found.steps), 'step')}{skipped}"
    return f"passed: {count_text(outcomes[Outcome.PASSED], 'step')}{skipped}"


def began(found: Rehearsal) -> datetime.datetime | None:
    """When it began, in UTC; None where that isn't known, or is before the first year or behind the last."""
    try:
        moment = datetime.datetime.fromisoformat(found.began)
        return moment.astimezone(datetime.UTC) if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        return None


def total_seconds(found: Rehearsal) -> float:
    return sum(step.seconds for step in found.steps)


def counted(attempts: Iterable[Attempt]) -> list[tuple[Attempt, int]]:
    """Equal attempts once, each with its number, in the order of the first; of equal ones the first that has a stack."""
    kept: dict[tuple[str, str | None, bool], Attempt] = {}
    times: Counter[tuple[str, str | None, bool]] = Counter()
    for each in attempts:
        key = (each.address, each.program, each.allowed)
        times[key] += 1
        if key not in kept or (each.stack and not kept[key].stack):
            kept[key] = each
    return [(each, times[key]) for key, each in kept.items()]


def resources_text(found: Rehearsal) -> str:
    """``412.0 MB of memory at most, 1.2 GB of disk``; empty where nothing was measured."""
    memory = [f"{size_text(found.peak_memory)} of memory at most"] if found.peak_memory is not None else []
    disk = [f"{size_text(found.disk)} of disk"] if found.disk is not None else []
    return ", ".join(memory + disk)
