"""Windows programs as a session starts them: their command lines, their files on the host, and how they end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.plain_file import open_plain
from bundler.rehearse.command_lines import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

OEM = "cp437"  # of a Wine whose language is LANG=C.UTF-8; its ANSI code page is 1252
_RESULT = 64
_NUMBER = re.compile(r"[0-9]{1,10}")
_MOST = 32_000_000
_TURN = 0.5
Command = str | Sequence[str | PureWindowsPath]


class NotStartedError(HostError):
    """A program can't be started."""


class TimedOutError(HostError):
    """A program did not end in time."""


def too_long(command: Command, seconds: float, output: str) -> TimedOutError:
    """What to raise for a program that was ended; OUTPUT: what it wrote up to then."""
    return TimedOutError("program-too-long", f"{shown(command)} did not end within {seconds:g} s. It wrote:\n{output}")


def shown(command: Command) -> str:
    """A command for people."""
    return command if isinstance(command, str) else command_line(command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a Windows program ended: its exit code (all 32 bits, unsigned) and what it wrote to either stream.

    `errors`: what went to the standard error, where that was asked for apart.
    """

    returncode: int
    output: str
    errors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer over HTTP."""

    status: int
    body: bytes


class Daemon:
    """A program left running in a session; it ends with `stop` or with the session."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: Path, kill: Callable[[subprocess.Popen[bytes]], None]
    ) -> None:
        """``kill`` ends what the process started."""
        self._process = process
        self._log = log
        self._kill = kill

    @property
    def output(self) -> str:
        """What it has written so far."""
        return read_text(self._log)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)  # see ``wait_for``
            return True
        return False

    def stop(self) -> str:
        """End it and what it started (as closing a job does on Windows); its output."""
        self._kill(self._process)
        return self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFiles:
    """The files of one program on the host."""

    result: Path
    log: Path
    errors: Path
    stdin: Path


def exit_code(result: Path, command: Command, output: str) -> int:
    """How the program ended whose file is RESULT, all 32 bits; raises NotStartedError with its OUTPUT."""
    word, _, code = (_said(result) or "none 0").partition(" ")
    if word != "exit" or _NUMBER.fullmatch(code) is None:
        raise NotStartedError(
            "program-not-started",
            f"{shown(command)} could not be started (Windows error {code})",
            context=tuple(output.splitlines()),
        )
    return int(code)


def _said(result: Path) -> str:
    """What lies in a folder that programs may change: whatever they put there."""
    try:
        with open_plain(result, follow_links=False) as stream:
            return stream.read(_RESULT).decode("ascii", errors="replace")
    except OSError:
        return ""


def read_text(log: Path) -> str:
    """What programs wrote: UTF-8 if it is that, else as cmd and the tools of Windows write, in the OEM code page. Of more than _MOST bytes the
    first and the last half, and how much lies between them.
    """
    log.chmod(0o600)  # a program can have taken all rights from what it writes to, its user's too
    with open_plain(log) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= _MOST:
            return _text(stream.read(_MOST))
        begin = stream.read(_MOST // 2)
        stream.seek(size - _MOST // 2)
        left_out = f"\n... {size - 2 * (_MOST // 2)} bytes are left out here ...\n"
        return _text(begin) + left_out + _text(stream.read(_MOST // 2))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode(OEM)
    return text.replace("\r\n", "\n")


def wait_for(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Its exit code; raises TimeoutExpired. What enters namespaces of processes stops when its child is stopped, as Wine does for a moment with
    programs that it looks into (nsenter of util-linux, after WUNTRACED of waitpid(2)): nobody else lets it go on, though the child has long ended.
    """
    last = time.monotonic() + seconds
    while True:
        try:
            return process.wait(max(0.0, min(_TURN, last - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= last:
                raise
            process.send_signal(signal.SIGCONT)


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
