"""The result of a rehearsal, read again from the file that it was written to. The file is anybody's: nothing signs it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bundler.errors import Fault, InputError, reason_of
from bundler.foreign import MalformedJsonError, TooLargeError, UndecodableTextError, decode_text, read_file, read_json
from bundler.model.codec import DecodeError, decode, entries_of
from bundler.present.rehearsal_json import AttemptShape, RehearseOutput, StepShape
from bundler.rehearse.results import Attempt, Left, Outcome, Rehearsal, Step

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 1e9
"""Seconds that a step may say to have taken."""
_MOST_ENTRIES = 200_000
"""In all of its lists: each is a line of a page."""
_MOST = 2**63
"""Bytes that it may say to have used."""


def read_rehearsal(path: Path) -> Rehearsal:
    """Read what ``bundle rehearse`` wrote as ``rehearsal.json``, or printed with ``--json``.

    Raises InputError (``rehearsal-unreadable``).
    """
    try:
        data = read_json(decode_text(read_file(path)))
        return _rehearsal(data)
    except (OSError, TooLargeError, UndecodableTextError, MalformedJsonError) as error:
        raise _unreadable(path, (reason_of(error),)) from None
    except DecodeError as error:
        raise _unreadable(path, tuple(map(str, error.faults))) from None


def _unreadable(path: Path, why: tuple[str, ...]) -> InputError:
    return InputError(
        "rehearsal-unreadable",
        f"the result of a rehearsal can't be read from {path}",
        context=why,
        hint="name the folder of logs of `bundle rehearse`, or a file that its --json was written to",
    )


def _rehearsal(data: Any) -> Rehearsal:
    """``passed`` isn't believed: the steps say it."""
    if entries_of(data) > _MOST_ENTRIES:
        raise DecodeError((Fault("", f"it has more than {_MOST_ENTRIES:,} entries"),))
    found = decode(RehearseOutput, data)
    steps = tuple(_step(number, each) for number, each in enumerate(found.steps))
    if all(each.outcome is Outcome.SKIPPED for each in steps):
        raise DecodeError((Fault("steps", "none was taken, so that nothing passed"),))
    for name, used in (("peak_memory", found.peak_memory), ("disk", found.disk)):
        if used is not None and not 0 <= used < _MOST:
            raise DecodeError((Fault(name, "is no number of bytes"),))
    return Rehearsal(
        bundle=found.bundle,
        release=found.release,
        sha256=found.sha256,
        sums=found.sums,
        previous=found.previous,
        engine=found.engine,
        engine_words=found.engine_words,
        steps=steps,
        installed=tuple((each.what, each.which) for each in found.installed),
        left=tuple(Left(kind=each.kind, name=each.name, declared=each.declared) for each in found.left),
        began=found.began,
        unproven=found.unproven,
        peak_memory=found.peak_memory,
        disk=found.disk,
    )


def _step(number: int, shape: StepShape) -> Step:
    if shape.outcome not in set(Outcome):
        raise DecodeError((Fault(f"steps[{number}].outcome", "must be passed, failed or skipped"),))
    if not math.isfinite(shape.seconds) or not 0 <= shape.seconds <= _LONGEST:
        raise DecodeError((Fault(f"steps[{number}].seconds", "is no time that a step takes"),))
    return Step(
        name=shape.name,
        title=shape.title,
        outcome=Outcome(shape.outcome),
        seconds=shape.seconds,
        reason=shape.reason,
        output=shape.output,
        log=shape.log,
        attempts=tuple(map(_attempt, shape.attempts)),
        screenshots=shape.screenshots,
    )


def _attempt(shape: AttemptShape) -> Attempt:
    return Attempt(address=shape.address, program=shape.program, stack=shape.stack, allowed=shape.allowed)
