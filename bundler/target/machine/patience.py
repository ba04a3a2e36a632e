"""What a system refuses while somebody else has the file open, for a moment: it is tried again for some seconds."""

from __future__ import absolute_import, unicode_literals

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .files import Files
    from .host import Host

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 2.0, 3.0)
"""Seconds between the tries; together as long as virus scanners, indexers and backups look at a new file."""
_FOR_REMOVALS = 30.0
"""Seconds that one run waits at most for what may as well stay: a program that runs won't let go of its file."""


HELD = (5, 32, 33, 145, 303, 1224)
"""Windows' numbers: access denied, in use (two), a folder with names in it that are about to go, about to be deleted, mapped by somebody."""


class Alone(object):
    """For a worker, which has no machine: what Windows itself says is in use."""

    def is_held(self, error):
        # type: (EnvironmentError) -> bool
        return getattr(error, "winerror", None) in HELD

    def sleep(self, seconds):
        # type: (float) -> None
        time.sleep(seconds)


def patiently(files, action):
    # type: (Files | Alone, Callable[[], None]) -> None
    """Raises what the last try raised; at once, what has nothing to do with others."""
    for pause in PAUSES:
        try:
            action()
            return
        except EnvironmentError as error:
            if not files.is_held(error):
                raise
        files.sleep(pause)
    action()


def locked(host, name):
    # type: (Host, str) -> Any | None
    """The machine's lock of that name (``System.lock``), waited for as long; None: another process keeps it."""
    for pause in PAUSES:
        held = host.system.lock(name)
        if held is not None:
            return held
        host.clock.sleep(pause)
    return host.system.lock(name)


class Removals(object):
    """Of what can be removed now, and how long this run has waited for the rest of it so far."""

    def __init__(self):
        # type: () -> None
        self._waited = 0.0

    def remove(self, files, once):
        # type: (Files, Callable[[], list[tuple[str, EnvironmentError]]]) -> list[str]
        """``once`` removes what it can, and gives what is left, with the reasons; the paths that are left at last."""
        left = once()
        for pause in PAUSES:
            if not any(files.is_held(error) for _, error in left) or self._waited + pause > _FOR_REMOVALS:
                break
            files.sleep(pause)
            self._waited += pause
            left = once()
        return [path for path, _ in left]
