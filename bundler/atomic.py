"""Giving a finished file or folder its own name.

On Windows whoever has it open denies that: for a moment a virus scanner or an indexer, which look at whatever was just written;
for long a program that somebody forgot.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DENIED = frozenset({5, 32})  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _replace(work: Path, final: Path) -> None:
    work.replace(final)


def move(
    work: Path,
    final: Path,
    *,
    rename: Callable[[Path, Path], None] = _replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Rename ``work`` to ``final``, replacing a file of that name; on Windows tried again for two seconds.

    Both lie on one disk; a folder needs a name that isn't taken. Raises OSError.
    """
    for pause in _PAUSES:
        try:
            rename(work, final)
        except OSError as error:
            if getattr(error, "winerror", None) not in _DENIED:
                raise
            sleep(pause)
        else:
            return
    rename(work, final)
