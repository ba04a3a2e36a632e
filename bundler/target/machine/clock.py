"""Time, as it goes by and as people tell it; the same on every system."""

from __future__ import absolute_import, unicode_literals

import time

from ..compat import PY2, to_text


class Clock(object):
    def monotonic(self):
        # type: () -> float
        return time.time() if PY2 else time.monotonic()

    def sleep(self, seconds):
        # type: (float) -> None
        time.sleep(seconds)

    def today(self):
        # type: () -> str
        """The date, YYYY-MM-DD, in UTC."""
        return to_text(time.strftime("%Y-%m-%d", time.gmtime()))

    def now(self):
        # type: () -> time.struct_time
        return time.localtime()
