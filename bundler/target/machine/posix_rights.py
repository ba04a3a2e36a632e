"""Accounts of a POSIX machine, and what they may do: there are no lists of rights here."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform != "win32"  # noqa: S101 - a type checker for Windows stops here

import errno
import os
import stat

from ..compat import to_text
from .rights import Rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .own_entries import OwnEntry
    from .rights import Access


class PosixRights(Rights):
    def is_admin(self):
        # type: () -> bool
        return os.geteuid() == 0

    def account(self):
        # type: () -> tuple[str, str | None]
        import pwd

        try:
            return to_text(pwd.getpwuid(os.geteuid()).pw_name), None
        except KeyError:
            return str(os.geteuid()), None

    def account_sid(self, name):
        # type: (str) -> str | None
        return None

    def account_name(self, sid):
        # type: (str) -> str | None
        return None

    def administrators(self):
        # type: () -> frozenset[str]
        return frozenset()

    def access(self, path):
        # type: (str) -> Access | None
        return None

    def contents_only(self, path, sid):
        # type: (str, str) -> None
        pass

    def own_entries(self, path, sid):
        # type: (str, str) -> list[OwnEntry]
        return []

    def keeps_entries(self, folder):
        # type: (str) -> bool
        return False

    def leave_entries(self, path, sid, kept):
        # type: (str, str, list[OwnEntry]) -> None
        pass

    def guard(self, path, kept):
        # type: (str, Iterable[str]) -> None
        pass

    def take_over(self, path):
        # type: (str) -> None
        pass

    def close_file(self, path, readers):
        # type: (str, Iterable[str]) -> None
        """There is one owner here, and no other account that is given something by itself."""
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(opened)
            if not stat.S_ISREG(found.st_mode):
                raise EnvironmentError(errno.EINVAL, "a folder", path)
            if found.st_nlink != 1:
                raise EnvironmentError(errno.EMLINK, "a file with another name somewhere", path)
            os.fchmod(opened, found.st_mode & 0o700)
        finally:
            os.close(opened)

    def has_service_logon(self, sid):
        # type: (str) -> bool | None
        return None

    def give_service_logon(self, sid):
        # type: (str) -> bool
        return False

    def take_service_logon(self, sid):
        # type: (str) -> None
        pass

    def icacls(self):
        # type: () -> str | None
        return None
