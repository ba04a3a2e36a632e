"""Giving a finished file or folder its own name.

On Windows whoever has it open denies that: for a moment a virus scanner or an indexer, which look at whatever was just written;
for long a program that somebody forgot.
"""

from __future__ import annotations

import contextlib
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


_TURNS = 20


def replace_folder(
    work: Path,
    final: Path,
    aside: Path,
    *,
    rename: Callable[[Path, Path], None] = _replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Rename the folder ``work`` to ``final``; one that has the name is moved into the folder ``aside``, and comes back if that fails.

    Where several programs do that at the same time, each has its turn, and the last one's folder stays. Raises OSError.
    """
    for turn in range(_TURNS):
        old = aside / f"replaced{turn}"
        with contextlib.suppress(FileNotFoundError):
            move(final, old, rename=rename, sleep=sleep)
        try:
            move(work, final, rename=rename, sleep=sleep)
        except OSError:
            if final.exists() and turn + 1 < _TURNS:
                continue  # another took the name in between
            if old.exists() and not final.exists():
                move(old, final, rename=rename, sleep=sleep)
            raise
        return
