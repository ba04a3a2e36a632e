"""What every form of a bundle does: it is written, and read again by what it lists; and how it reports that something is wrong."""

from __future__ import annotations

import dataclasses
import datetime
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from bundler.errors import Fault, IntegrityError
from bundler.pack.copying import CHUNK
from bundler.pack.entry import Entry
from bundler.plain_file import open_plain
from bundler.report import Track

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Sink = Callable[[str, bytes], None]

LARGEST_CONTRACT = 64 * 1024 * 1024
"""Bytes that a manifest or the sums may have: a hundred times what a large bundle's have."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One file as the archive or folder lists it; ``size`` in bytes once unpacked."""

    path: str
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where a file's bytes lie in an archive, as they are, and the CRC-32 by which unpackers check them."""

    start: int
    size: int
    crc: int


class FormReader(Protocol):
    """An opened bundle. ``faults``: what is wrong with its form itself, found without reading any content."""

    listed: tuple[Listed, ...]
    faults: tuple[Fault, ...]

    def pieces(self) -> Iterator[bytes | str]:
        """The archive's bytes from its first to its last, a path standing for the content of that file; nothing of a folder."""

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        """Hand the content of the files in ``limits`` to ``sink``, stopping each once it has more bytes than its limit."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleForm:
    """Both directions of one form.

    ``write`` gets the entries in their order, a path where nothing is, the time that all files get, and a track that hears of bytes; it
    answers the file's sha256, None: it is a folder. Raises IntegrityError (``source-changed``). ``read`` raises IntegrityError
    (``bundle-damaged``).
    """

    write: Callable[[Iterable[Entry], Path, datetime.datetime, Track], str | None]
    read: Callable[[Path], FormReader]


def damaged(path: Path, faults: tuple[Fault, ...]) -> IntegrityError:
    """The one error for a bundle that isn't what it should be, with all that is wrong."""
    return IntegrityError(
        "bundle-damaged",
        f"{path} is damaged or was changed: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}",
        context=tuple(str(each) for each in faults),
        hint="take it from its source again, or build it again; don't install it",
    )


def packed_otherwise(path: Path, where: str, why: str) -> IntegrityError:
    """The error for an archive that isn't, to the byte, what our writer makes: of any other, unpackers may write different files."""
    return IntegrityError(
        "bundle-damaged",
        f"{path} is damaged, or another program packed it: it is not as bundle build writes it",
        context=(str(Fault(where, why)),),
        hint="copy the archive anew from its source; one that was packed again can't be verified: unpack it and verify the folder",
    )


def pump(stream: IO[bytes], path: str, limit: int, sink: Sink) -> None:
    """Hand a file's content to ``sink``, stopping once it has more bytes than ``limit``."""
    left = limit + 1  # one more, to see that there is more
    while left > 0 and (data := stream.read(min(CHUNK, left))):
        left -= len(data)
        sink(path, data)


def stream_placed(
    archive: Path, places: Mapping[str, Placed], limits: Mapping[str, int], sink: Sink
) -> Iterator[Fault]:
    """``FormReader.stream`` of an archive whose files are stored."""
    with open_plain(archive) as stream:
        for path, limit in limits.items():
            place, crc = places[path], _Crc(sink)
            try:
                stream.seek(place.start)
                pump(stream, path, min(limit, place.size - 1), crc.take)
            except OSError as error:
                yield Fault(path, f"can't be read: {error.strerror or error}")
                continue
            if place.size <= limit and crc.value != place.crc:
                yield Fault(path, "can't be read: its checksum (CRC-32) is not the one that the archive says")


class _Crc:
    """Sums up what passes to a sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.value = 0

    def take(self, path: str, data: bytes) -> None:
        self.value = zlib.crc32(data, self.value)
        self._sink(path, data)
