"""In which files two wheels of one name differ, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_reader import open_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHOWN = 20


def wheel_differences(before: Path, after: Path, filename: str) -> tuple[str, ...]:
    """Lines that say which files differ (by size and CRC-32), are missing or added in ``after``."""
    try:
        lines = list(_lines(_contents(before, filename), _contents(after, filename)))
    except (MalformedMetadataError, OSError) as error:
        return (f"they can't be compared: {error}",)
    if not lines:
        return ("its files are the same; their order, times, modes or compression differ",)
    return (*lines[:_SHOWN], *([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []))


def _contents(path: Path, filename: str) -> dict[str, tuple[int, int]]:
    with open_wheel(path, filename) as wheel:
        return {each.filename: (each.file_size, each.CRC) for each in wheel.members}


def _lines(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> Iterator[str]:
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            yield f"{path} is missing in what was made here"
        elif path not in before:
            yield f"{path} is only in what was made here"
        elif before[path] != after[path]:
            yield f"{path} differs"
