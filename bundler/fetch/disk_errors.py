"""What an OSError of the store means for the user."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

from bundler.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WINDOWS_FULL = frozenset({39, 112})  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL


def disk_error(error: OSError, path: Path, *, needed: int | None = None) -> HostError:
    """The HostError for ``error`` while writing ``path``; ``needed`` bytes, if known."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _WINDOWS_FULL:
        return disk_full(path, needed=needed, free=free_bytes(path))
    return HostError(
        "store-unwritable",
        f"the store can't be written to: {error.strerror or error}",
        context=(str(path),),
        hint="give another folder with --store or BUNDLE_STORE, or fix its permissions",
    )


def disk_full(path: Path, *, needed: int | None, free: int | None) -> HostError:
    """The HostError of a disk without room for ``needed`` bytes."""
    amounts = [f"needed: {needed} bytes"] if needed is not None else []
    if free is not None:
        amounts.append(f"free: {free} bytes")
    return HostError(
        "disk-full",
        "the disk of the store is full, or its quota is used up",
        context=(str(path), *amounts),
        hint="make room, or give a folder on another disk with --store or BUNDLE_STORE",
    )


def free_bytes(path: Path) -> int | None:
    """Room on the disk that ``path`` is or will be on; None if nobody can say."""
    for each in (path, *path.parents):
        try:
            return shutil.disk_usage(each).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
