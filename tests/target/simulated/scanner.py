"""A virus scanner that looks at files as they get their names: Windows refuses to replace or remove such a file for a moment.

Runs unchanged on 2.7 and 3.6 to 3.14, like the driver that uses it.
"""

from __future__ import absolute_import, unicode_literals

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY = 20
_SECONDS = 0.3


class HeldError(EnvironmentError):
    """What Windows says then is 5 or 32."""


class Scanner(object):
    """5 of 100 replacements and removals fail for 300 ms, by a clock that only waiting moves; ``refused``: how many times so far."""

    def __init__(self):
        # type: () -> None
        self.refused = 0
        self._asked = 0
        self._now = 0.0
        self._looking = {}  # type: dict[str, float]

    def sleep(self, seconds):
        # type: (float) -> None
        self._now += seconds

    def unless_held(self, path, action):
        # type: (str, Callable[[], None]) -> None
        if path not in self._looking:
            self._asked += 1
            self._looking[path] = self._now + (_SECONDS if self._asked % _EVERY == 0 else 0)
        if self._now < self._looking[path]:
            self.refused += 1
            raise HeldError(errno.EACCES, "somebody has it open", path)
        del self._looking[path]
        action()
