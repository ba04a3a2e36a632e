"""What an audit found, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show
from bundler.report import count_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.trust.audit import Audit, Finding

_SHOWN = 20


def audited(found: Audit) -> None:
    """Print what was found, the gravest first, and what couldn't be judged."""
    for line in audit_lines(found):
        show(line)


def audit_lines(found: Audit) -> Iterator[str]:
    for each in found.findings:
        yield from _finding(each)
    for unread in found.unread[:_SHOWN]:
        yield f"can't be read, and may concern the bundle: {unread.name}: {unread.reason}"
    if len(found.unread) > _SHOWN:
        yield f"and {len(found.unread) - _SHOWN} more"
    if found.unjudged:
        words = count_text(len(found.unjudged), "advisory")
        yield f"not judged: {words} of CPython that name commits and no versions, such as {found.unjudged[0]}"
    what = count_text(len(found.findings), "known vulnerability") if found.findings else "nothing known"
    yield f"{what} in {count_text(found.audited, 'package')}, the Python among them, by {count_text(found.records, 'record')}"


def _finding(each: Finding) -> Iterator[str]:
    others = f" ({', '.join(each.aliases)})" if each.aliases else ""
    yield f"{each.severity}: {each.package} {each.version}: {each.advisory}{others}"
    if each.summary:
        yield f"  {each.summary}"
    yield f"  fixed in {', '.join(each.fixed)}" if each.fixed else "  no version is known that fixes it"
