"""``python -m tests.reports [NAME …]``: try all reports (or those named, such as ``pip#4304``) and write ``tests/results/reports.md``."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from tests.reports.cases import Report, reports
from tests.reports.trying import Came, come_of

TABLE = Path(__file__).parents[1] / "results" / "reports.md"
_HEAD = """\
# reports

{date}: what users of other tools reported about foreign platforms, offline installation and Windows, each made small and tried on `bundle` by
`python -m tests.reports`. {count} reports, {right} as they should come out.

| report | what its author saw | what came of it here | verdict |
|---|---|---|---|
"""


def row(report: Report, came: Came) -> str:
    """Of the table."""
    wrong = "; ".join(came.differences(report))
    cells = (f"[{report.name}]({report.source})", report.saw, came.words, f"**wrong**: {wrong}" if wrong else "right")
    return f"| {' | '.join(each.replace('|', '&#124;') for each in cells)} |"


def main(names: list[str]) -> int:
    """0 when all came out right."""
    chosen = [each for each in reports() if not names or each.name in names]
    tried = []
    for each in chosen:
        came = come_of(each)
        tried.append((each, came))
        print(row(each, came), flush=True)
    right = sum(not came.differences(report) for report, came in tried)
    if not names:
        head = _HEAD.format(date=datetime.datetime.now(datetime.UTC).date(), count=len(tried), right=right)
        TABLE.write_text(head + "".join(row(*each) + "\n" for each in tried), encoding="utf-8")
    return int(right < len(tried))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
