"""What the operator sees, and the log file that holds everything else."""

from __future__ import absolute_import, unicode_literals

import calendar
import codecs
import io
import itertools
import locale
import os
import re
import shutil
import sys
import time

from .compat import PY2, error_text, to_text
from .masking import forms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WIDTH = 64
_SHOWN = 100
_PLAIN = (("\u2192", "->"), ("\u2026", "..."))
_UNSEEN = [0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF] + list(range(0x2028, 0x202F)) + list(range(0x2060, 0x206A))
CONTROLS = {each: "\\x%02x" % each for each in list(range(32)) + list(range(127, 160))}
CONTROLS.update((each, "\\u%04x" % each) for each in _UNSEEN)
"""Commands for a terminal, and what shows the letters after it in another order: names of files and outputs of programs are others' words."""
_CONTROLS = {each: shown for each, shown in CONTROLS.items() if each not in (9, 10)}
_ORDERS = re.compile(r"^[^\S\n]*:(?=:)|##(?=\w{0,40}\[)", re.MULTILINE | re.UNICODE)
"""What agents that deploy take for orders to themselves wherever it is printed: ``::set-env``, blanks before it or not, ``##[add-path]``, ``##vso[``,
``##teamcity[``. Sources: the runners of GitHub (ActionCommand.cs) and of Azure (Command.cs); TeamCity, Service messages.
"""


def shown(text):
    # type: (str) -> str
    """Text of others without commands for a terminal or for an agent that reads what is printed: their letters are numbers then."""
    return _ORDERS.sub(
        lambda found: found.group(0)[:-1] + "\\x%02x" % ord(found.group(0)[-1]), text.translate(_CONTROLS)
    )


class Console(object):
    """Steps with their times. On a terminal a running step is shown and then written over; elsewhere it is one line at its end.

    ``heard`` gets each line that isn't a step's, whether it is shown or not, and its kind: line or error.
    """

    def __init__(self, stream=None, errors=None, quiet=False, heard=None):
        # type: (Any, Any, bool, Callable[[str, str], None] | None) -> None
        self._stream = sys.stdout if stream is None else stream
        self._errors = sys.stderr if errors is None else errors
        self._terminal = bool(getattr(self._stream, "isatty", bool)())
        self.quiet = quiet
        self._heard = heard
        self._pending = 0

    def line(self, text=""):
        # type: (str) -> None
        if self._heard is not None:
            self._heard("line", text)
        self._show(text)

    def _show(self, text):
        # type: (str) -> None
        if not self.quiet:
            self._clear()
            _write(self._stream, shown(text) + "\n")

    def doing(self, text):
        # type: (str) -> None
        if self._terminal and not self.quiet:
            self._clear()
            text = shown(text)[: _WIDTH + 8]
            _write(self._stream, text)
            self._pending = len(text)

    def phase(self, text):
        # type: (str) -> None
        """What may take long: without a terminal it is a line, so that nobody takes silence for an end."""
        if self._terminal:
            self.doing(text)
        else:
            self.line(text)

    def counting(self, text):
        # type: (str) -> Callable[[], None]
        """To be called for each file of many: a terminal shows how many it were so far."""
        counts = itertools.count(1)

        def another():
            # type: () -> None
            number = next(counts)
            if number % _SHOWN == 0:
                self.doing("%s, %d files" % (text, number))

        return another

    def done(self, text, seconds):
        # type: (str, float) -> None
        self._show("%s %7.1f s" % (text.ljust(_WIDTH), seconds))

    def error(self, text):
        # type: (str) -> None
        if self._heard is not None:
            self._heard("error", text)
        self._clear()
        _write(self._errors, shown(text) + "\n")

    def _clear(self):
        # type: () -> None
        if self._pending:
            _write(self._stream, "\r" + " " * self._pending + "\r")
            self._pending = 0


def _write(stream, text):
    # type: (Any, str) -> None
    """A console that lacks a letter gets another one: a missing arrow is no reason to fail."""
    if stream is None:
        return  # a process that was started without standard output has none: the log says it all
    encoding = _encoding(stream)
    try:
        content = text.encode(encoding)
    except UnicodeError:
        for letter, plain in _PLAIN:
            text = text.replace(letter, plain)
        content = text.encode(encoding, "replace")
    try:
        stream.write(content if PY2 and not isinstance(stream, io.TextIOBase) else content.decode(encoding))
        stream.flush()
    except (EnvironmentError, ValueError):
        _silence(stream)


def _encoding(stream):
    # type: (Any) -> str
    """2.7 knows none for a stream that was redirected, and says "cp0" where there is no console."""
    for name in (getattr(stream, "encoding", None), locale.getpreferredencoding()):
        try:
            return codecs.lookup(name or "").name
        except LookupError:
            continue
    return "ascii"


def _silence(stream):
    # type: (Any) -> None
    """Nobody listens: a handle that leads nowhere, or a pipe whose other end was closed. That is no reason to stop half-way, and what
    is left in the stream's buffer mustn't fail once more when Python ends: that would be the exit code 120.
    """
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (EnvironmentError, ValueError, AttributeError):
        pass  # it has no number of its own, or is closed altogether


def stamp(moment):
    # type: (float) -> str
    """``2026-11-23 14:05:09+01:00``: logs are read on other machines, and clocks are set back in autumn."""
    local = time.localtime(moment)
    minutes = (calendar.timegm(local) - int(moment)) // 60
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return to_text("%s%s%02d:%02d" % (time.strftime("%Y-%m-%d %H:%M:%S", local), sign, minutes // 60, minutes % 60))


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Log(object):
    """One file a run. Every text passes through ``mask``, so that no secret gets in, however it is quoted there.

    ``fault``: why it can't be written, in words. That is never a reason for a run to fail. ``new``: there must be no such file yet, nor
    a link that somebody made where it is expected.
    """

    def __init__(self, path, new=False):
        # type: (str, bool) -> None
        self.path = path
        self._secrets = []  # type: list[str]
        self.fault = None  # type: str | None
        self._stream = None  # type: Any
        # opened once more by its name, a new one may be another one's
        self._do(lambda: self._open("w", os.open(path, _NEW, 0o666) if new else None))

    def keep_secret(self, value):
        # type: (str) -> None
        if value and value not in self._secrets:
            known = set(self._secrets) | set(forms(value))
            self._secrets = sorted(known, key=len, reverse=True)  # one may be part of another

    def mask(self, text):
        # type: (str) -> str
        for each in self._secrets:
            text = text.replace(each, "***")
        return text

    def write(self, text):
        # type: (str) -> None
        now = stamp(time.time())
        lines = self.mask(to_text(text)).splitlines() or [""]
        self._do(lambda: self._add("".join("%s  %s\n" % (now, each) for each in lines)))

    def move(self, path):
        # type: (str) -> None
        """Go on in another file that isn't there yet; where that can't be made, here."""
        old = self.path
        self.close()
        try:
            self.copy(path)
        except EnvironmentError:
            path = old
        self.path = path
        self._do(lambda: self._open("a"))
        if self.fault is None and path != old:
            self._do(lambda: os.unlink(old))

    def copy(self, path):
        # type: (str) -> None
        """To a file that isn't there yet, nor a link in its place. Raises EnvironmentError."""
        with io.open(self.path, "rb") as before, os.fdopen(os.open(path, _NEW, 0o666), "wb") as after:
            shutil.copyfileobj(before, after)

    def close(self):
        # type: () -> None
        stream, self._stream = self._stream, None
        if stream is not None:
            self._do(stream.close)

    def _open(self, mode, number=None):
        # type: (str, int | None) -> None
        """``number``: of the file that is open already."""
        place = self.path if number is None else number  # type: str | int
        self._stream = io.open(place, mode, encoding="utf-8", errors="replace", newline=os.linesep)

    def _add(self, text):
        # type: (str) -> None
        if self._stream is not None and self.fault is None:
            self._stream.write(text)
            self._stream.flush()

    def _do(self, action):
        # type: (Callable[[], Any]) -> None
        try:
            action()
        except EnvironmentError as error:
            self.fault = error_text(error)
