"""Programs of strangers that crash: nothing is written of them, and no program of this host is started for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NOTHING = 1
"""As a limit: less than any file has, and the one for which the kernel starts no program to take it either (core(5)). For 0 it starts that."""


def core_limit() -> int:
    """What programs of strangers get; no more than this process may give."""
    import resource  # not on Windows

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return _NOTHING if hard == resource.RLIM_INFINITY else min(_NOTHING, hard)


def without_cores(prlimit: str | Path = "prlimit") -> tuple[str, ...]:
    """Before a command. It stays so where the filter of system calls is: there nobody can set this limit."""
    return (str(prlimit), f"--core={core_limit()}", "--")
