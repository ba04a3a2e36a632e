"""What an audit found, as plain lines; and which snapshots were fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show
from bundler.report import count_text, size_text, some_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.pipeline.fetch_advisories import FetchedSnapshot
    from bundler.trust.findings import Audit, Finding, NotJudged

_SHOWN, _EXAMPLES = 20, 3
_STATUSES = {
    "not_affected": "not affected",
    "fixed": "fixed here",
    "under_investigation": "under investigation",
    "affected": "affected",
}


def audited(found: Audit) -> None:
    """Print what was found, the gravest first, and what couldn't be judged."""
    for line in audit_lines(found):
        show(line)


def fetched(snapshots: Sequence[FetchedSnapshot]) -> None:
    for each in snapshots:
        show(f"{each.path}: {count_text(each.records, 'record')}, {size_text(each.size)}, sha256 {each.sha256}")


def audit_lines(found: Audit) -> Iterator[str]:
    open_ones = [each for each in found.findings if not each.settled]
    for each in open_ones:
        yield from _finding(each)
    for each in found.findings:
        if each.settled:
            yield _settled(each)
    unread = (f"can't be read, and may concern the bundle: {each.name}: {each.reason}" for each in found.unread)
    yield from some_lines(unread, _SHOWN)
    if found.unjudged:
        words = count_text(len(found.unjudged), "advisory")
        yield f"not judged: {words} that name commits and no versions, such as {found.unjudged[0]}"
    yield from not_judged_lines(found.not_judged)
    if found.statements:
        yield f"{count_text(found.statements, 'statement')} read, {found.unused} of them about nothing that was found"
    if not found.is_complete:
        yield "incomplete: what isn't judged may have any vulnerability, so this counts as one; give snapshots that have records of it (--osv)"
    what = count_text(len(open_ones), "known vulnerability") if open_ones else "nothing known"
    inside = f"{',' * bool(found.audited)} and {count_text(found.parts, 'library')} inside them" if found.parts else ""
    yield f"{what} in {audited_words(found)}{inside}, by {count_text(found.records, 'record')}"


def audited_words(found: Audit) -> str:
    """What was compared with advisories."""
    among = f", the Python {'' if found.with_python else 'not '}among them" if found.audited else ""
    return count_text(found.audited, "package") + among


def _finding(each: Finding) -> Iterator[str]:
    yield f"{each.severity}: {each.place}: {each.advisory}{_others(each)}"
    if each.summary:
        yield f"  {each.summary}"
    yield f"  fixed in {', '.join(each.fixed)}" if each.fixed else "  no version is known that fixes it"
    if each.statement is not None:
        yield f"  {said_words(each)}"


def _settled(each: Finding) -> str:
    return f"{said_words(each)}: {each.severity}: {each.place}: {each.advisory}{_others(each)}"


def said_words(each: Finding) -> str:
    """What somebody stated of it; empty: nobody did."""
    if each.statement is None:
        return ""
    reason = f", {each.statement.reason}" if each.statement.reason else ""
    return f"{_STATUSES[each.statement.status]} (by {each.statement.source}, {each.statement.time:%Y-%m-%d}{reason})"


def _others(each: Finding) -> str:
    return f" ({', '.join(each.aliases)})" if each.aliases else ""


def not_judged_lines(found: Sequence[NotJudged]) -> Iterator[str]:
    """What has a reason in common, in one line."""
    by_reason: dict[str, list[NotJudged]] = {}
    for each in found:
        by_reason.setdefault(each.reason, []).append(each)
    for reason, those in by_reason.items():
        shown = ", ".join(each.place for each in those[:_EXAMPLES])
        more = f" and {len(those) - _EXAMPLES} more (--json has them)" if len(those) > _EXAMPLES else ""
        yield f"not judged: {shown}{more}: {reason}"
