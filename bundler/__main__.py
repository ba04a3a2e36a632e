"""The command ``bundle``."""

# these are there already when Python has started: nothing that Ctrl-C could interrupt
import _signal  # type: ignore[import-not-found]
import _thread
import os
import sys


def _quiet(before: object, now: object) -> None:
    """Where Ctrl-C does ``before``, let it do ``now``; a shell that has it ignored stays obeyed."""
    if _signal.getsignal(_signal.SIGINT) == before:
        try:
            _signal.signal(_signal.SIGINT, now)
        except ValueError:  # another thread imports this: there is no Ctrl-C
            return


# until all is there that can say something better, the system ends us, without a traceback
_quiet(_signal.default_int_handler, _signal.SIG_DFL)

import contextlib  # noqa: E402
import gc  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402
from typing import TYPE_CHECKING, NoReturn  # noqa: E402

if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130
_USUAL_UMASK, _EVERYBODY = 0o022, 0o002
_SIZES, _LONGEST_SIZE = ("COLUMNS", "LINES"), 6
"""Of the terminal, as a shell or a user tells them; digits of how many."""
_MOMENT = 0.01
_OBJECTS = 50_000
"""More of them than before, from which on unreachable ones are looked for; Python's own 700 is for what runs long."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    arrived: list[int] = []

    def end(number: int, _: "FrameType | None") -> NoReturn:
        """As a shell expects it, but not without removing what is half-done."""
        arrived.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else _EndedError(128 + number)

    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):  # no system has all: the last is Ctrl-Break, or the console closed
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) != signal.SIG_IGN:  # nohup is obeyed
            signal.signal(number, end)
    _quiet(signal.default_int_handler, end)
    sys.unraisablehook = _unheard
    set_up()
    try:
        from bundler.cli.running import run

        code = run(sys.argv[1:], arrived)
    except KeyboardInterrupt:  # before there was anything to clean up
        code = _INTERRUPTED
    except _EndedError as ended:
        code = ended.code
    _leave(code)


def set_up() -> None:
    """What only whoever owns the process may set."""
    # some containers let everybody write to what is made in them: what we keep is believed later, and what we write is installed
    umask = os.umask(_USUAL_UMASK)
    if not umask & _EVERYBODY:
        umask |= _USUAL_UMASK
    os.umask(umask)
    # plugins of pydantic could be anybody's, and to look for some takes as long as reading a recipe
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for name in _SIZES:
        size = os.environ.get(name, "")
        if not size.isascii() or len(size) > _LONGEST_SIZE:  # rich takes what looks like digits for a number
            del os.environ[name]
    # what a command makes mostly lives to its end: the pages of an index alone are half a million objects, to be gone through again and again
    gc.set_threshold(_OBJECTS)


def _leave(code: int) -> NoReturn:
    """Exit at once: everything is cleaned up, and threads that still wait for a silent server would hold us for its whole time-out, also
    where it had been asked ahead and nobody needs its answer.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


_quiet(_signal.SIG_DFL, _signal.default_int_handler)


class _EndedError(BaseException):
    """A signal asked us to end."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _unheard(found: "sys.UnraisableHookArgs") -> None:
    """A signal that arrived where nothing can be raised, as in ``__del__`` or in a function that C calls, arrives once more."""
    error = found.exc_value
    if isinstance(error, (_EndedError, KeyboardInterrupt)):
        number = error.code - 128 if isinstance(error, _EndedError) else signal.SIGINT
        _thread.start_new_thread(_once_more, (number, _thread.get_ident()))
    else:
        sys.__unraisablehook__(found)


def _once_more(number: int, thread: int) -> None:
    """A moment later: in this very place it would be lost again."""
    time.sleep(_MOMENT)
    if sys.platform == "win32":
        _thread.interrupt_main(signal.Signals(number))
    else:  # also out of what waits
        signal.pthread_kill(thread, number)


if __name__ == "__main__":
    main()
