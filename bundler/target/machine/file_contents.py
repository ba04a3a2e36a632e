"""Reading a file to its end, in pieces, and its hash."""

from __future__ import absolute_import, unicode_literals

import hashlib

from ..compat import to_text
from .raw_file import RawFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Lock
    from typing import Any

_CHUNK = 1 << 16  # most files are smaller, and asking for more costs time whether it comes or not
_LARGE = 1 << 20


def hash_file(path, reading=None, most=None):
    # type: (str, Lock | None, int | None) -> tuple[str, int]
    """SHA-256 in hex, and the size in bytes; of a file with more bytes than ``most`` of not much more than these. ``reading``: held while a
    piece is read, and not while it is hashed.
    """
    digest, size = hashlib.sha256(), 0
    with RawFile(path) as stream:
        for piece in pieces(stream) if reading is None else _pieces_in_turns(stream, reading):
            digest.update(piece)
            size += len(piece)
            if most is not None and size > most:
                break
    return to_text(digest.hexdigest()), size


def read_file(path, most):
    # type: (str, int) -> bytes
    """The whole of a small file; of one with more bytes than ``most`` not much more than these."""
    found, size = [], 0
    with RawFile(path) as stream:
        for piece in pieces(stream):
            found.append(piece)
            size += len(piece)
            if size > most:
                break
    return found[0] if len(found) == 1 else b"".join(found)


def pieces(stream):
    # type: (Any) -> Iterator[bytes]
    """Of a file that is open without a buffer: what is larger than most is read in larger pieces. To have room for such a one costs more
    than reading a small file, so that none is asked for where the end is near.
    """
    wanted = _CHUNK
    piece = stream.read(wanted)
    while piece:
        yield piece
        wanted = _LARGE if len(piece) == wanted else _CHUNK
        piece = stream.read(wanted)


def _pieces_in_turns(stream, reading):
    # type: (Any, Lock) -> Iterator[bytes]
    while True:
        with reading:
            piece = stream.read(_LARGE)
        if not piece:
            return
        yield piece
