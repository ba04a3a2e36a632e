"""Opening a file for reading, whoever named it: a pipe that nobody writes to waits for ever, a device has no end."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

_NAME_SURROGATE = 0x20000000
"""The bit of reparse tags (IsReparseTagNameSurrogate) by which Windows marks those that stand for another file or folder."""
# O_NONBLOCK: a pipe that nobody writes to is opened at once, and found out
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_plain(path: Path, *, follow_links: bool = True) -> BufferedReader:
    """A regular file, opened for reading; raises OSError, also where it is something else."""
    opener = plain_opener if follow_links else _unlinked_opener
    return open(path, "rb", opener=opener)


def hash_of(path: Path, *, follow_links: bool = True) -> str:
    """The sha256 of a regular file, in hexadecimal digits; raises OSError."""
    with open_plain(path, follow_links=follow_links) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def real_path(path: Path) -> Path:
    """Where links lead, as far as they do. Of one that leads to itself ``Path.resolve`` raises a RuntimeError, before Python 3.13."""
    return Path(os.path.realpath(path))


def walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """``os.walk``; raises OSError for a folder that can't be read: what is in it would be missing, and nobody was told."""
    return os.walk(folder, onerror=_raise)


def _raise(error: OSError) -> None:
    raise error


def plain_opener(path: str | os.PathLike[str], flags: int) -> int:
    """The handle of a regular file, for ``open`` and ``io.FileIO``; raises OSError, also where it is something else."""
    handle = os.open(path, flags | _FLAGS)
    try:
        state = os.fstat(handle)
        _check(state.st_mode, path)
        if not state.st_size and sys.platform != "win32":
            _demand_end(handle, path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _demand_end(handle: int, path: str | os.PathLike[str]) -> None:
    """Of the kernel's files some (/proc/kmsg) have no end and nothing to read until something happens: asked without waiting, they give no bytes
    and no end, which nobody who reads a file expects.
    """
    try:
        os.pread(handle, 1, 0)
    except BlockingIOError:
        raise OSError(errno.EAGAIN, "it is not a regular file: there is nothing to read yet", str(path)) from None


def _unlinked_opener(path: str, flags: int) -> int:
    unlinked = getattr(os, "O_NOFOLLOW", None)
    if unlinked is not None:
        return plain_opener(path, flags | unlinked)
    # Windows: looked at before, since opening a link may reach another machine, and compared with what was opened
    there = os.lstat(path)
    if leads_elsewhere(there):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    handle = plain_opener(path, flags)
    if not os.path.samestat(there, os.fstat(handle)):
        os.close(handle)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return handle


def leads_elsewhere(state: os.stat_result) -> bool:
    """Whether what ``os.lstat`` told of is a link; on Windows a junction or a mount point too."""
    return stat.S_ISLNK(state.st_mode) or bool(getattr(state, "st_reparse_tag", 0) & _NAME_SURROGATE)


def _check(mode: int, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.ENXIO, "it is not a regular file", str(path))
