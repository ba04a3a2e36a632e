"""Programs that run already, and the files and ports that they use."""

from __future__ import absolute_import, unicode_literals

import collections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .endpoints import Listener

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

    def listeners(self, port):
        # type: (int) -> list[Listener] | None
        """Who listens at a TCP port, at which addresses; None where this system doesn't tell."""
        raise NotImplementedError

    def name_of(self, process):
        # type: (int) -> str | None
        """The name of its program; None where it can't be seen."""
        raise NotImplementedError
