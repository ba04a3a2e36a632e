"""The system as a whole: what it is, and that only one works on it at a time."""

from __future__ import absolute_import, unicode_literals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class System(object):
    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        raise NotImplementedError

    def bits(self):
        # type: () -> int
        """32 or 64, of the system and not of this process."""
        raise NotImplementedError

    def no_message_boxes(self):
        # type: () -> None
        """From here on: a program that is started and lacks a DLL fails, and doesn't wait for somebody to read why."""

    def lock(self, name):
        # type: (str) -> Any | None
        """Something to keep alive while installing, None if another process has it. Freed when the process ends, however it ends."""
        raise NotImplementedError
