"""The documentation's page of all errors and warnings, made from the texts of ``bundle explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.explanations import explanations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.present.explanations import Explanation

_INTRODUCTION = """\
# Errors and warnings

Each error and each warning of `bundle` ends in its reference, such as `[hash-mismatch]`. References are stable: search for
them, or let `bundle explain hash-mismatch` print the text below, offline. `bundle explain` alone lists all.
"""


def markdown() -> str:
    """The page, in MyST: a heading for each reference, which is its anchor too."""
    return "\n".join([_INTRODUCTION, *(line for each in explanations().values() for line in _section(each))])


def _section(found: Explanation) -> Iterator[str]:
    yield f"({found.reference})="
    yield f"## {found.reference}"
    yield ""
    yield f"*{found.kind.capitalize()}:* {found.summary}."
    yield ""
    yield found.meaning
    yield ""
    if found.causes:
        yield f"**Usual causes:** {found.causes}"
        yield ""
    yield f"**What to do:** {found.fix}"
    yield ""
