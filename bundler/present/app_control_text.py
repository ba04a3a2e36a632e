"""Which policies were written for a bundle, as plain lines."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from bundler.present.console import show
from bundler.report import count_text
from bundler.trust.governed_file import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pipeline.app_control import ControlRules


def rules(found: ControlRules) -> None:
    """Print them, how many files they let run, and what gets no rule."""
    for line in rule_lines(found):
        show(line)


def rule_lines(found: ControlRules) -> Iterator[str]:
    base = f"supplements {{{found.base.upper()}}}" if found.base else "only audits: to be merged with another policy"
    yield f"AppLocker:   {found.applocker}"
    yield f"App Control: {found.code_integrity} ({base})"
    counts = collections.Counter(each.collection for each in found.files)
    signed = sum(each.publisher is not None for each in found.files)
    kinds = ", ".join(f"{counts[each]} {each}" for each in COLLECTIONS if counts[each])
    yield f"They let {count_text(len(found.files), 'file')} run ({kinds or 'none'}), {signed} of them by their publisher."
    publishers = {each.publisher.common_name for each in found.files if each.publisher is not None}
    for name in sorted(publishers):
        yield f"  publisher: {name}"
    if found.uncovered:
        yield "No rule is made for:"
    for each in found.uncovered:
        yield f"- {each.what}: {each.why}."
        yield f"  {each.advice[:1].upper()}{each.advice[1:]}."
