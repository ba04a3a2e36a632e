"""Accounts, and what they may do."""

from __future__ import absolute_import, unicode_literals

import collections

EVERYBODY = "S-1-1-0"
EVERYTHING = 0x1F01FF
"""FILE_ALL_ACCESS."""

Access = collections.namedtuple("Access", ["owner", "allowed"])
"""``owner``: SID; ``allowed``: those entries of its access control list that allow something. What others are denied counts for nothing here."""
Allowed = collections.namedtuple("Allowed", ["sid", "mask", "below_only"])
"""``mask``: an access mask of files; ``below_only``: it is inherited by what lies below, and isn't for the folder itself."""


class Rights(object):
    def is_admin(self):
        # type: () -> bool
        raise NotImplementedError

    def account(self):
        # type: () -> tuple[str, str | None]
        """Whose process this is: the account's name, and its SID where there is such a thing."""
        raise NotImplementedError

    def account_sid(self, name):
        # type: (str) -> str | None
        """Of an account or a group, None if there is none of that name."""
        raise NotImplementedError

    def access(self, path):
        # type: (str) -> Access | None
        """Of a file or folder that is there; None where there is no such thing. Raises EnvironmentError."""
        raise NotImplementedError

    def icacls(self):
        # type: () -> str | None
        """The program that gives rights; None where there is no such thing."""
        raise NotImplementedError
