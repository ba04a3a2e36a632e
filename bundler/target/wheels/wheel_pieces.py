"""Cutting a wheel into pieces of about the same cost, each of which one worker unpacks and compiles at once."""

from __future__ import absolute_import, unicode_literals

from .unpacking import MODULE, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .wheel_file import Member

_PIECE = 25.0
_MEMBERS = 400
"""A piece takes a worker about so many milliseconds, and has at most so many members: its answer fits into a pipe."""
_FILE, _PACKED, _SOURCE = 0.04, 4e-6, 1e-4
"""Milliseconds for a file, for each of its packed bytes, and for each byte of a module that is compiled: roughly."""


class Piece(object):
    """``items``: what a worker is told of each member; ``paths``: theirs, as RECORD has them; ``cost``: milliseconds, roughly; ``large``: it is one
    member that isn't held in memory.
    """

    def __init__(self):
        # type: () -> None
        self.items = []  # type: list[list[Any]]
        self.paths = []  # type: list[str]
        self.cost = 0.0
        self.large = False
        self._folders = {}  # type: dict[str, int]
        self._start = 0
        self._end = 0

    def add(self, member, folder, name, path, flags, digest):
        # type: (Member, str, str, str, int, str | None) -> None
        number = self._folders.setdefault(folder, len(self._folders))
        if not self.items:
            self._start = member.offset
        self._end = member.end
        self.items.append(
            [number, name, member.offset, member.packed, member.size, member.method, member.crc, digest, flags]
        )
        self.paths.append(path)
        self.large = member.size > WHOLE
        self.cost += _FILE + _PACKED * member.packed + (_SOURCE * member.size if flags & MODULE else 0)

    def message(self, wheel):
        # type: (str) -> dict[str, Any]
        folders = sorted(self._folders, key=lambda each: self._folders[each])
        return {
            "wheel": wheel,
            "start": self._start,
            "length": self._end - self._start,
            "folders": folders,
            "items": self.items,
        }


def cut(chosen, hashes):
    # type: (Iterable[tuple[Member, str, str, str, int]], dict[str, str]) -> list[Piece]
    """``chosen``: member, folder, name, RECORD's path, flags, in the order of their bytes; ``hashes``: RECORD's, by member."""
    pieces, piece = [], Piece()  # type: list[Piece], Piece
    for member, folder, name, path, flags in chosen:
        if piece.items and (piece.cost > _PIECE or len(piece.items) >= _MEMBERS or member.size > WHOLE or piece.large):
            pieces.append(piece)
            piece = Piece()
        piece.add(member, folder, name, path, flags, hashes.get(member.name))
    # the wheel's own metadata folder is always there: no wheel is without a piece
    return pieces + [piece]
