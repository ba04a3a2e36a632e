"""What every form of a bundle does: it is written, and read again by what it lists; and how it reports that something is wrong."""

from __future__ import annotations

import dataclasses
import datetime
import re
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from bundler.errors import Fault, IntegrityError, reason_of
from bundler.pack.copying import CHUNK
from bundler.pack.entry import Entry
from bundler.plain_file import open_plain
from bundler.report import Track

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Sink = Callable[[str, bytes], None]

LARGEST_CONTRACT = 64 * 1024 * 1024
"""Bytes that a manifest or the sums may have: a hundred times what a large bundle's have."""

_TAR_BLOCK = 512
_TAR_SUM = slice(148, 156)
_LARGEST_SIGNED = 127
_OCTAL = re.compile(rb"[ \t\0]*([0-7]+)")
_ISO_AT, _ISO_MARK = 16 * 2048 + 1, b"CD001"
"""Behind the kind of an image's first descriptor (ECMA-119)."""


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


def refuse_other_formats(stream: IO[bytes], path: Path) -> None:
    """Refuse an archive whose first files make it one of another format too: ``tar.exe`` of Windows, and whatever else unpacks by libarchive,
    goes by what is most like an archive and not by the name, and writes what only the other format holds. Of the formats that it knows
    these two alone have their mark where a file's content lies.
    """
    stream.seek(0)
    head = stream.read(_TAR_BLOCK)
    stream.seek(_ISO_AT)
    for is_other, name in ((_is_tar(head), "tar"), (stream.read(len(_ISO_MARK)) == _ISO_MARK, "ISO 9660")):
        if is_other:
            raise packed_otherwise(path, "", f"it is an archive of the format {name} at the same time")


def _is_tar(head: bytes) -> bool:
    """Whether a block has the checksum of a tar's header (POSIX "ustar Interchange Format"), of bytes with or without a sign."""
    if len(head) < _TAR_BLOCK:
        return False
    said, rest = head[_TAR_SUM], head[: _TAR_SUM.start] + b" " * 8 + head[_TAR_SUM.stop :]
    signed = sum(rest) - 256 * sum(each > _LARGEST_SIGNED for each in rest)
    octal = _OCTAL.match(said)
    number = int(octal[1], 8) if octal else int.from_bytes(said[1:], "big")
    return number in (sum(rest), signed)


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
                yield Fault(path, f"can't be read: {reason_of(error)}")
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
