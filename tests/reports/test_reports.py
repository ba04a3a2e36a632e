"""What users of other tools reported comes out right here. What builds something is tried by the command alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reports.__main__ import TABLE
from tests.reports.cases import reports
from tests.reports.trying import come_of

if TYPE_CHECKING:
    from tests.reports.cases import Report


@pytest.mark.parametrize("report", [each for each in reports() if not each.builds], ids=lambda each: each.name)
def test_report(report: Report) -> None:
    assert come_of(report).differences(report) == []


def test_each_report_is_one_and_stands_in_the_table() -> None:
    names = [each.name for each in reports()]
    assert len(set(names)) == len(names) >= 40
    table = TABLE.read_text(encoding="utf-8")
    missing = [each.source for each in reports() if f"({each.source})" not in table]
    assert not missing, "python -m tests.reports writes it"
    assert "**wrong**" not in table
