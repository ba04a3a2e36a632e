"""A screen for the programs of a session: Xvfb of this host, in the session's network, which keeps what is drawn in a file."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.formats.screen_dumps import read_dump
from bundler.plain_file import open_plain
from bundler.rehearse.wine import host_tools

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO

    from bundler.formats.screen_dumps import Pixels

DISPLAY = ":9"
"""Of each session: X programs find it by a name of their network namespace and by no file."""
_PROGRAM = "Xvfb"
_SIZE = "1024x768x24"
_FILE = "Xvfb_screen0"
_LARGEST = 64_000_000
_PATIENCE = 60
"""Seconds that it may take to begin."""
_MOST_ANNOUNCED = 64


def has_screens() -> bool:
    """Whether this host can give programs one."""
    return host_tools.which(_PROGRAM) is not None


class Screen:
    """It ends with the session's process namespace, or by ``close``. What programs of the session say to it is a stranger's: it has the rights of nobody
    where that can be, and its file lies where they see nothing.
    """

    def __init__(self, entering: Sequence[str]) -> None:
        """``entering``: the command that starts a program of this host in the session's namespaces."""
        self._folders = contextlib.ExitStack()
        self.folder = self._folders.enter_context(scratch_folder("bed-screen-"))
        self._file = self.folder / _FILE
        ready, writing = os.pipe()
        command = (
            *entering,
            *host_tools.less_rights(self.folder),
            _PROGRAM,
            DISPLAY,
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            _SIZE,
            "-fbdir",
            str(self.folder),
        )
        try:
            # no socket and no lock in a folder that other sessions have too; black where nothing is
            self._process = subprocess.Popen(
                [*command, "-nolock", "-nolisten", "unix", "-nolisten", "tcp", "-br"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[writing],
                env=host_tools.environment(),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        with os.fdopen(ready, "rb", buffering=0) as stream:
            try:
                self.works = _announced(stream)
            except BaseException:
                self.close()
                raise

    def pixels(self) -> Pixels:
        """What is on it now. Raises ValueError, OSError."""
        with open_plain(self._file, follow_links=False) as stream:
            return read_dump(stream.read(_LARGEST))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folders.close()


def _announced(stream: FileIO) -> bool:
    """Whether it writes a line with its number. It writes that in pieces, and ends where it can't write the last one."""
    last, said = time.monotonic() + _PATIENCE, b""
    while not said.endswith(b"\n"):
        can_be_read, _, _ = select.select([stream], [], [], max(0.0, last - time.monotonic()))
        piece = stream.read(_MOST_ANNOUNCED) if can_be_read else b""
        if not piece or len(said) > _MOST_ANNOUNCED:
            return False
        said += piece
    return True
