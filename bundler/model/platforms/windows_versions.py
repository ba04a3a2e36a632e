"""Versions of Windows: what the system counts, and the names that people know."""

from __future__ import annotations

LAUNCHERS_NEED = (6, 0, 0)
"""The version in the header of the launchers that every bundle carries."""

_NAMES = (
    ((10, 0), "Windows 10 or Windows Server 2016"),
    ((6, 3), "Windows 8.1 or Windows Server 2012 R2"),
    ((6, 2), "Windows 8 or Windows Server 2012"),
    ((6, 1), "Windows 7 or Windows Server 2008 R2"),
)
_OLDEST = "Windows Vista or Windows Server 2008"


def windows_name(version: tuple[int, ...]) -> str:
    """The newest Windows (and Server) that is no later than ``version`` (major, minor, …); Vista for all that is older."""
    return next((name for lowest, name in _NAMES if version >= lowest), _OLDEST)


def lowest_windows(python: str) -> tuple[int, int, int]:
    """``python``: the lowest Windows of a CPython as ``6.1``; gives the lowest that its bundle runs on (major, minor, build)."""
    major, _, minor = python.partition(".")
    return max((int(major), int(minor), 0), LAUNCHERS_NEED)
