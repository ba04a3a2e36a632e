"""The sha256 of an archive, by the very bytes that were checked: a second reading could be one of another archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class ArchiveSum:
    """``pieces``: of the archive, as its form tells them; ``known``: contents that were read before; ``heard`` gets the archive's bytes in their order."""

    def __init__(
        self, pieces: Iterator[bytes | str], known: Mapping[str, bytes], heard: Callable[[bytes], None]
    ) -> None:
        self._pieces, self._known, self._heard = pieces, known, heard
        self._path = ""

    def take(self, path: str, data: bytes) -> None:
        """More of one file; files come in the order in which they lie in the archive."""
        if path != self._path:
            self._until(path)
            self._path = path
        self._heard(data)

    def end(self) -> None:
        self._until(None)

    def _until(self, path: str | None) -> None:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                self._heard(piece)
            elif piece in self._known:
                self._heard(self._known[piece])
            elif piece == path:
                return
