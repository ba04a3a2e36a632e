"""Time, as it goes by and as people tell it; the same on every system."""

from __future__ import absolute_import, unicode_literals

import os
import sys
import time

from ..compat import to_text


def monotonic():
    # type: () -> float
    """Seconds since some moment, whatever is done to the machine's clock: nothing is waited for without end because it was set back."""
    if sys.version_info[0] == 2:
        if sys.platform != "win32":
            return os.times()[4]  # since the system's start
        import ctypes

        count = ctypes.windll.kernel32.GetTickCount64
        count.restype = ctypes.c_ulonglong
        return count() / 1000.0
    return time.monotonic()


class Clock(object):
    def monotonic(self):
        # type: () -> float
        return monotonic()

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
