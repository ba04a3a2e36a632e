"""Accounts, and what they may do."""

from __future__ import absolute_import, unicode_literals


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

    def icacls(self):
        # type: () -> str | None
        """The program that gives rights; None where there is no such thing."""
        raise NotImplementedError
