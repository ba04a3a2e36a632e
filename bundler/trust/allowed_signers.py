"""The file of allowed signers, in OpenSSH's format: it decides, so nobody but who decides may be able to write it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bundler.errors import InputError, SignatureError
from bundler.plain_file import open_plain

_LARGEST = 1024 * 1024
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read_allowed_signers(path: Path) -> bytes:
    """Its content, read once; raises InputError (``signers-unreadable``), SignatureError (``signers-unsafe``).

    Windows' rights aren't looked at: they don't stand in what Python says of a file.
    """
    try:
        with open_plain(path) as stream:
            if os.name != "nt":
                _must_be_closed(path, os.fstat(stream.fileno()))
            content = stream.read(_LARGEST + 1)
        if os.name != "nt":
            _must_lie_safely(path)
    except OSError as error:
        raise InputError("signers-unreadable", f"{path} can't be read: {error.strerror or error}") from None
    if len(content) > _LARGEST:
        raise InputError("signers-unreadable", f"{path} is larger than {_LARGEST:,} bytes")
    return content


def _must_lie_safely(path: Path) -> None:
    """Nobody else may put another file in its place. In a folder such as /tmp (sticky) others may make files, and move none of ours."""
    for folder in Path(os.path.realpath(path)).parents:
        found = folder.stat()
        _must_be_closed(folder, found, sticky=bool(found.st_mode & stat.S_ISVTX))


def _must_be_closed(path: Path, found: os.stat_result, *, sticky: bool = False) -> None:
    others = found.st_uid not in (0, os.geteuid())
    if others or (found.st_mode & _OTHERS and not sticky):
        raise SignatureError(
            "signers-unsafe",
            f"others than you and root may change {path}, so it can't say whose signatures count",
            context=(f"owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}",),
            hint=f"chmod go-w {path}, or keep the file of allowed signers where only you can write",
        )
