"""What ``bundle doctor`` saw, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.doctor import Finding


def findings(found: Sequence[Finding]) -> None:
    """What ``bundle doctor`` saw, and how to fix what is missing."""
    marks = {"good": "ok", "note": "note", "bad": "BAD"}
    show_table("", ("", "what", "found"), [(marks[each.verdict], each.what, each.detail) for each in found])
    for each in found:
        if each.fix:
            show(f"{each.what}: {each.fix}")
