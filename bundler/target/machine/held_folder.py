"""A folder while what lies in it is removed: where others may put a link in its place, what that leads to would go with the rights of this run."""

from __future__ import absolute_import, unicode_literals

import errno
import os

from .listing import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HeldFolder(object):
    """One that others can replace all the same: it is looked at when it is entered, and once more before the first file in it goes."""

    def __init__(self, path, identity):
        # type: (str, Any) -> None
        """``identity``: what it was when it was found. Raises EnvironmentError where it is another one."""
        self._path = path
        self._identity = identity
        self._is_asked = False
        self._ask()

    def must_be_same(self):
        # type: () -> None
        """Raises EnvironmentError where it is another one by now."""
        if not self._is_asked:
            self._is_asked = True
            self._ask()

    def names(self):
        # type: () -> list[tuple[str, bool]]
        """What lies in it, and which of that are folders; a junction may be called one. Raises EnvironmentError."""
        return [(each.name, each.is_dir(follow_symlinks=False)) for each in listed(self._path)]

    def remove(self):
        # type: () -> None
        """For one that was held for that, and is empty by now. Raises EnvironmentError."""
        self._ask()
        os.rmdir(self._path)

    def close(self):
        # type: () -> None
        """Others may have it again."""

    def _ask(self):
        # type: () -> None
        if identity_of(self._path) != self._identity:
            raise replaced(self._path)


def identity_of(path):
    # type: (str) -> Any
    """Of a link its own."""
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def replaced(path):
    # type: (str) -> EnvironmentError
    return EnvironmentError(errno.EBUSY, "somebody has put another folder in its place", path)
