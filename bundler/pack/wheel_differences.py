"""In which files two wheels of one name differ, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_reader import open_wheel
from bundler.pack.wheel_bytes import same_bytes
from bundler.report import some_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.formats.wheel_reader import Wheel

_SHOWN = 20


def wheel_differences(before: Path, after: Path, filename: str) -> tuple[str, ...]:
    """Lines that say which files differ, are missing or added in ``after``."""
    try:
        with open_wheel(before, filename) as old, open_wheel(after, filename) as new:
            lines = list(_lines(old, new))
    except (MalformedMetadataError, OSError) as error:
        return (f"they can't be compared: {error}",)
    if not lines:
        return ("its files are the same; their order, times, modes or compression differ",)
    return some_lines(lines, _SHOWN)


def _lines(old: Wheel, new: Wheel) -> Iterator[str]:
    before, after = ({each.filename: each for each in wheel.members} for wheel in (old, new))
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            yield f"{path} is missing in what was made here"
        elif path not in before:
            yield f"{path} is only in what was made here"
        elif not same_bytes((old.archive, before[path]), (new.archive, after[path])):
            yield f"{path} differs"
