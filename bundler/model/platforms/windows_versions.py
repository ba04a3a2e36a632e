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


_UNIVERSAL, _SAFE_LOADING = (3, 5), (3, 8)
_WITH_UNIVERSAL, _WITH_SAFE_LOADING = (10, 0), (6, 2)


def updates_needed(python: str, lowest: tuple[int, ...]) -> tuple[str, ...]:
    """What a Windows that a bundle runs on may lack for the CPython itself, for people; none where every one of them has all.

    The embeddable Python that starts first brings no C runtime. Sources: Microsoft, "Universal CRT deployment"; What's New in Python 3.8,
    "Changes in the Python API" (KB3063858 replaces the update there).
    """
    version = tuple(int(each) for each in python.split(".")[:2])
    needed = []
    if version >= _UNIVERSAL and lowest < _WITH_UNIVERSAL:
        needed.append("before Windows 10 and Server 2016: the Universal C Runtime, by Windows Update or KB2999226")
    if version >= _SAFE_LOADING and lowest < _WITH_SAFE_LOADING:
        needed.append("on Windows 7 and Server 2008 R2: KB2533623, or KB3063858, which replaces it")
    return tuple(needed)
