"""What runs of pytest came to, as a table for people: read out of its JUnit reports."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """One run: pytest's exit code, its time in seconds, how many passed and failed, and why others were skipped."""

    name: str
    code: int
    seconds: float
    passed: int
    failed: tuple[str, ...]
    skipped: Mapping[str, int]
    remark: str = ""

    @classmethod
    def not_run(cls, name: str, remark: str, *, code: int = 0) -> Self:
        return cls(name=name, code=code, seconds=0, passed=0, failed=(), skipped={}, remark=remark)

    @classmethod
    def read(cls, name: str, code: int, seconds: float, report: Path) -> Self:
        """A run that ended before it wrote its report has no numbers."""
        passed, failed, skipped = 0, [], Counter[str]()
        cases = ET.parse(report).getroot().iter("testcase") if report.is_file() else ()  # noqa: S314 - pytest wrote it
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(f"{case.get('classname')}::{case.get('name')}")
            elif (reason := case.find("skipped")) is not None:
                skipped[re.sub(r"\s+", " ", str(reason.get("message")))] += 1
            else:
                passed += 1
        return cls(name=name, code=code, seconds=seconds, passed=passed, failed=tuple(failed), skipped=skipped)

    @classmethod
    def whole(cls, parts: Sequence[Self]) -> Self:
        """A suite that ran in pieces; its time is that of all."""
        skipped = Counter[str]()
        for each in parts:
            skipped.update(each.skipped)
        return cls(
            name=parts[0].name,
            code=max(each.code for each in parts),
            seconds=sum(each.seconds for each in parts),
            passed=sum(each.passed for each in parts),
            failed=tuple(name for each in parts for name in each.failed),
            skipped=skipped,
            remark="; ".join(sorted({each.remark for each in parts if each.remark})),
        )


def table(suites: Sequence[Suite]) -> str:
    """Markdown: a row for each suite, the tests that failed, and how many were skipped for which reason."""
    lines = ["| suite | passed | failed | skipped | time |", "|---|--:|--:|--:|--:|"]
    for each in suites:
        if each.remark:
            lines.append(f"| {each.name} | {each.remark} | | | |")
            continue
        numbers = f"{each.passed} | {len(each.failed)} | {sum(each.skipped.values())}"
        lines.append(f"| {each.name} | {numbers} | {each.seconds:.0f} s |")
    if any(each.failed for each in suites):
        lines += ["", *(f"- failed: {name}" for each in suites for name in each.failed)]
    reasons = Counter[str]()
    for each in suites:
        reasons.update(each.skipped)
    if reasons:
        lines += ["", "| skipped | why |", "|--:|---|"]
        lines += [f"| {count} | {reason} |" for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1])]
    return "\n".join(lines)
