"""Programs that run already, and the files that they use."""

from __future__ import absolute_import, unicode_literals

import collections

User = collections.namedtuple("User", ["name", "process"])
"""A program that runs, and the number of its process."""


class Programs(object):
    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[User]]]
        """Of these files those that can't be replaced or removed, each with the programs that use it if they are known."""
        raise NotImplementedError

    def family(self, processes):
        # type: (list[int]) -> set[int]
        """These processes and all that they started, by number."""
        raise NotImplementedError
