"""What ``bundle explain`` says to people."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from bundler.present.console import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.present.explanations import Explanation

_WIDEST = 100


def explained(found: Explanation) -> None:
    """The page of one error or warning."""
    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else _WIDEST
    show(f"{found.reference} ({found.kind}): {found.summary}")
    paragraphs = [("", found.meaning), ("usual causes: ", found.causes), ("what to do: ", found.fix)]
    for label, text in paragraphs:
        if text:
            show()
            for line in textwrap.wrap(label + text, width, break_long_words=False, break_on_hyphens=False):
                show(line)


def explanation_list(found: Sequence[Explanation]) -> None:
    """Every error and warning in a line."""
    longest = max(len(each.reference) for each in found)
    for each in found:
        show(f"{each.reference:{longest}}  {each.summary}" + " (warning)" * (each.kind == "warning"))
