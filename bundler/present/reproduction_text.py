"""What came of building a bundle again, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show
from bundler.report import count_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pipeline.reproduction import Reproduction

_MARKS = {"not-made": "not made here", "differs": "differs", "missing": "isn't made here", "added": "isn't in it"}


def reproduced(found: Reproduction) -> None:
    for line in reproduction_lines(found):
        show(line)


def reproduction_lines(found: Reproduction) -> Iterator[str]:
    for each in found.differences:
        yield f"{each.path}: {_MARKS[each.how]}: {each.why}"
        yield from (f"    {line}" for line in each.details)
    for name, why in found.taken:
        yield f"{name}: taken out of the bundle itself: {why}"
    if found.path is not None:
        yield f"built again: {found.path}"
    if found.verdict == "same":
        yield f"{found.against}: the same bytes: all {count_text(found.members, 'file')}, sha256 {found.made}"
        yield f"to be a witness of that, sign it: bundle sign {found.against} --key KEY"
        return
    for name, there, here in found.tools:
        yield f"{name}: {there} built the bundle, here it is {here or 'not installed'}"
    others = sum(each.files for each in found.differences)
    if found.verdict == "incomplete":
        yield (
            f"{found.against}: the same bytes, but for {count_text(others, 'file')} of {found.members} that can't be made here "
            f"and {'were taken as they are' if others != 1 else 'was taken as it is'}"
        )
    elif others:
        yield f"{found.against}: not the same: {others} of {count_text(found.members, 'file')}"
    else:
        yield f"{found.against}: all {count_text(found.members, 'file')} are the same, and the archive around them isn't: sha256 {found.wanted}, here {found.made}"
