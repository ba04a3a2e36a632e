"""Opening a file of this host that somebody named: a pipe waits for ever, a device has no end."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

# O_NONBLOCK: a pipe that nobody writes to is opened at once, and found out
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


def open_plain(path: Path) -> BinaryIO:
    """A regular file, opened for reading; raises OSError, also where it is something else."""
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle).st_mode, path)
        return open(handle, "rb")  # noqa: PTH123 - the caller closes it
    except BaseException:
        os.close(handle)
        raise


def _check(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
