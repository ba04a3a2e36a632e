"""Programs that are started on Windows, and in which letters they write."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes

from ...compat import native
from ..processes import Processes

_kernel = ctypes.WinDLL(native("kernel32"))


_CREATE_NEW_PROCESS_GROUP = 0x200


class WindowsProcesses(Processes):
    apart = _CREATE_NEW_PROCESS_GROUP

    def encoding(self):
        # type: () -> str
        """The console's code page, which programs inherit with it; without a console, the one of the machine for consoles (OEM)."""
        return "cp%d" % (_kernel.GetConsoleOutputCP() or _kernel.GetOEMCP())
