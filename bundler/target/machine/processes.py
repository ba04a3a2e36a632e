"""Programs that are started; the same on every system."""

from __future__ import absolute_import, unicode_literals

import errno
import io
import os
import subprocess
import sys
import tempfile
import time

from ..compat import native, representable
from .clock import monotonic
from .written_text import end_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

_POLL = 0.02


class Completed(object):
    """A process: ``code``, None if it ran out of time, and the end of what it wrote to both streams, all of it if that isn't too long."""

    def __init__(self, code, output):
        # type: (int | None, str) -> None
        self.code = code
        self.output = output


class Processes(object):
    apart = 0
    """Windows' flags for a program that the console's Ctrl-C doesn't reach."""

    def encoding(self):
        # type: () -> str
        """That of what programs write for people, where it isn't UTF-8."""
        return sys.getfilesystemencoding() or "utf-8"

    def run(self, command, environ, folder, timeout=None, given=None):
        # type: (list[str] | str, dict[str, str], str, float | None, IO[bytes] | None) -> Completed
        """Run to the end; a string is a whole command line, for programs with quoting rules of their own. ``given``: a file that is its
        input, none otherwise.

        The output goes through a file: a pipe would stay open as long as any grandchild lives.
        """
        return self._run(command, environ, folder, lambda process: _wait(process, timeout), given=given)

    def install(self, command, environ, folder, timeout=None, cancelled=None):
        # type: (list[str] | str, dict[str, str], str, float | None, Callable[[], None] | None) -> Completed
        """An installer. It is never ended: what it has begun may be another process's by then, which goes on all the same, and half of it
        would be there. After a time it is left alone, to go on; the operator's Ctrl-C doesn't reach it, calls ``cancelled``, and counts when
        it has ended.
        """
        return self._run(command, environ, folder, lambda process: _wait_out(process, timeout, cancelled), self.apart)

    def _run(self, command, environ, folder, wait, flags=0, given=None):
        # type: (list[str] | str, dict[str, str], str, Callable[[subprocess.Popen[bytes]], int | None], int, IO[bytes] | None) -> Completed
        line = _told(command) if not isinstance(command, list) else [_told(each) for each in command]
        with tempfile.TemporaryFile(dir=_temporary(environ)) as output, io.open(os.devnull, "rb") as nothing:
            process = subprocess.Popen(
                line,
                stdin=nothing if given is None else given,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={native(name): native(value) for name, value in environ.items()},
                cwd=native(folder),
                creationflags=flags,
            )
            code = wait(process)
            written = end_text(output, self.encoding())
        return Completed(code, written.replace("\r\n", "\n"))

    def start(self, command, environ, folder, errors):
        # type: (list[str], dict[str, str], str, IO[bytes]) -> subprocess.Popen[bytes]
        """A program to talk to by its standard input and output; what it says besides goes to ``errors``."""
        return subprocess.Popen(
            [_told(each) for each in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={native(name): native(value) for name, value in environ.items()},
            cwd=native(folder),
            # 2.7 would hand one program's input to the next, which then is never closed
            close_fds=os.name == "posix",
        )

    def processors(self):
        # type: () -> int
        """How many there are, or are for this process: so many programs can work side by side."""
        import multiprocessing

        try:
            return multiprocessing.cpu_count()
        except NotImplementedError:
            return 1  # as in Wine


def _told(text):
    # type: (str) -> str
    """Of a command line, as this Python hands it on. Raises EnvironmentError where it couldn't be told: 2.7 takes letters that are like those
    that the code page lacks, and a quote of another script became a quote.
    """
    if not representable(text):
        raise EnvironmentError(errno.EINVAL, "an argument has letters that this machine's code page lacks")
    return native(text)


def _temporary(environ):
    # type: (dict[str, str]) -> str | None
    """What a program writes is believed: it lies where the program itself has its temporary files, which a run chooses, and not in a folder
    of the account's in which others may write. None: the account's.
    """
    folder = native(environ.get("TEMP" if os.name == "nt" else "TMPDIR", ""))
    return folder if os.path.isdir(folder) else None


def _wait(process, timeout):
    # type: (subprocess.Popen[bytes], float | None) -> int | None
    started = monotonic()
    try:
        while process.poll() is None:
            if timeout is not None and monotonic() - started > timeout:
                process.kill()
                process.wait()
                return None
            time.sleep(_POLL)
    except KeyboardInterrupt:
        if process.poll() is None:
            process.kill()
            process.wait()
        raise
    return process.returncode


def _wait_out(process, timeout, cancelled):
    # type: (subprocess.Popen[bytes], float | None, Callable[[], None] | None) -> int | None
    started, interrupted = monotonic(), False
    while True:
        try:
            while process.poll() is None and (timeout is None or monotonic() - started <= timeout):
                time.sleep(_POLL)
            break
        except KeyboardInterrupt:
            if not interrupted and cancelled is not None:
                cancelled()
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode
