"""A Windows program in a console of its own, which is a terminal of this process: what it shows, and keys pressed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from typing import TYPE_CHECKING, Self

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.program import exit_code, kill, too_long

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CTRL_C = "\x03"
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal:
    """Wine shows the console of a program whose streams are a terminal there, and turns Ctrl-C into what Windows sends.

    Use as a context manager; leaving it ends the program. ``size``: columns and lines.
    """

    def __init__(self, command: Sequence[str], result: Path, *, size: tuple[int, int] = (120, 40)) -> None:
        self._command, self._result = " ".join(command), result
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        try:
            self._process = subprocess.Popen(
                command, stdin=slave, stdout=slave, stderr=slave, env=host_tools.environment(), start_new_session=True
            )
        finally:
            os.close(slave)
        self._shown = bytearray()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        kill(self._process)
        self._reader.join()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """All that was written to the console so far, with the terminal's own controls."""
        return self._shown.decode(errors="replace")

    @property
    def text(self) -> str:
        """The same without controls."""
        return _CONTROLS.sub("", self.raw).replace("\r\n", "\n")

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, condition: Callable[[str], bool], timeout: float = 120) -> None:
        """Wait until the text fits, or the program ends. Raises TimedOutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self.text) or not self._reader.is_alive(), timeout):
                raise too_long(self._command, timeout, self.text)

    def wait(self, timeout: float = 120) -> int:
        """The exit code, all 32 bits of it."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise too_long(self._command, timeout, self.text) from None
        self._reader.join()
        return exit_code(self._result, self._command, self.text)

    def _read(self) -> None:
        while True:
            try:
                block = os.read(self._master, 65536)
            except OSError:  # the last who had the terminal open has ended
                block = b""
            with self._changed:
                self._shown += block
                self._changed.notify_all()
            if not block:
                return
