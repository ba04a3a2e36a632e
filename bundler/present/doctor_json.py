"""What ``bundle doctor --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.doctor import Finding


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FindingShape:
    """One thing that was looked at."""

    what: str = described("the thing")
    verdict: str = described("good, note or bad; with a bad one the exit code is 7")
    detail: str = described("what was found")
    mend: str = described("what to do; empty: nothing")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DoctorOutput:
    """`bundle doctor [RECIPE] --json`"""

    findings: tuple[FindingShape, ...] = described("in the order of looking")


def doctor_output(found: Sequence[Finding]) -> DoctorOutput:
    return DoctorOutput(
        findings=tuple(
            FindingShape(what=each.what, verdict=each.verdict, detail=each.detail, mend=each.fix) for each in found
        )
    )
