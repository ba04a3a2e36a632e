"""A program that runs beside those that a step starts meanwhile."""

from __future__ import absolute_import, unicode_literals

import copy
import threading

from ..compat import PY2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context

_POLL = 0.1  # seconds; Windows takes a Ctrl-C between two waits only


class Beside(object):
    """``what``, ``command`` and ``timeout`` as ``Context.must`` has them. Its lines come into the log when it is waited for, together.

    Under 2.7 it ends before anything else is started: on Windows programs that are started at a time get each other's files.
    """

    def __init__(self, context, what, command, timeout):
        # type: (Context, str, list[str], float) -> None
        self._log = context.log
        self._lines = []  # type: list[str]
        self._errors = []  # type: list[BaseException]
        self._context = copy.copy(context)
        self._context.log = self  # type: ignore[assignment]
        for name in ("empty", "tmp"):  # which both would make
            context.work(name)
        self._thread = threading.Thread(target=self._run, args=(what, command, timeout))
        self._thread.daemon = True
        try:
            if PY2:
                self._thread.run()
            else:
                self._thread.start()
        except RuntimeError:
            self._run(what, command, timeout)  # the system has no more threads

    def write(self, text):
        # type: (str) -> None
        self._lines.append(text)

    def mask(self, text):
        # type: (str) -> str
        return self._log.mask(text)

    def wait(self):
        # type: () -> None
        """Whatever becomes of the step: it may read what is taken back then."""
        while self._thread.is_alive():
            self._thread.join(_POLL)

    def must(self):
        # type: () -> None
        """Raises what ``Context.must`` raised."""
        self.wait()
        while self._lines:
            self._log.write(self._lines.pop(0))
        if self._errors:
            raise self._errors[0]

    def _run(self, what, command, timeout):
        # type: (str, list[str], float) -> None
        try:
            self._context.must(what, command, timeout=timeout)
        except BaseException as error:
            self._errors.append(error)
