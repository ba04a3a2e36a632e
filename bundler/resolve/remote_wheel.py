"""METADATA out of a wheel that lies on a server, by byte ranges: the archive's tail first, then only what is missing."""

from __future__ import annotations

import contextlib
import re
import threading
import zipfile
import zlib
from typing import TYPE_CHECKING, Self

from bundler.errors import NetworkError
from bundler.foreign import whole_number
from bundler.formats.bounded_zip import LARGEST_DIRECTORY
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_limits import LARGEST_TEXT
from bundler.formats.wheel_reader import dist_info_of
from bundler.formats.zip_records import DEFLATED, LOCAL_SIZE, STORED, find_directory, read_directory, read_local

if TYPE_CHECKING:
    from bundler.model.ports import Response, Transport

TAIL = 32 * 1024
"""How much is asked for at first, in bytes: holds directory and METADATA of most wheels."""
_SLACK = 512
"""Bytes between a local header and its content: the name and an extra field."""
SMALL = 16 * 1024 * 1024
"""Bytes of an answer of which many are held at once: a server that knows of no ranges answers with the whole, whatever was asked."""
LARGE = threading.Semaphore()
"""Held by the one larger answer that is in memory: sixteen threads ask, and a packed one takes nothing on its way."""


class RemoteFile:
    """A file on a server of which parts are known. ``size`` in bytes, None until the first answer.

    A context manager: what is large is in memory until it is left, and no other large one meanwhile.
    """

    def __init__(self, transport: Transport, url: str, size: int | None) -> None:
        self._transport = transport
        self._url = url
        self._parts: list[tuple[int, bytes]] = []
        self._large, self._alone = contextlib.ExitStack(), False
        self.size = size
        self.whole: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._parts, self.whole = [], None
        self._large.close()

    def read_tail(self, length: int) -> None:
        """Get the last ``length`` bytes; sets ``size``."""
        if self.size is not None and self.size <= length:
            self._take_whole(self._get())
            return
        response = self._get(suffix=length)
        if response.status == 416:  # noqa: PLR2004
            response = self._get()
        if response.status != 206:  # noqa: PLR2004
            self._take_whole(response)
            return
        found = re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", response.headers.get("content-range", "").strip())
        first, last, size = map(whole_number, found.groups()) if found else (None, None, None)
        if first is None or last is None or size is None or last - first + 1 != len(response.content):
            self._take_whole(self._get())
            return
        self.size = size
        self._parts.append((first, response.content))

    def read(self, start: int, length: int) -> bytes:
        """Bytes at ``start``; raises MalformedMetadataError where the file ends before."""
        if self.size is None or start < 0 or start + length > self.size:
            raise MalformedMetadataError("its archive is cut short or damaged")
        for offset, content in self._parts:
            if offset <= start and start + length <= offset + len(content):
                return content[start - offset : start - offset + length]
        response = self._get(byte_range=(start, start + length - 1), most=max(SMALL, length))
        if response.status == 200:  # noqa: PLR2004
            self._take_whole(response)
            return self.read(start, length)
        if response.status != 206 or len(response.content) != length:  # noqa: PLR2004
            raise MalformedMetadataError(f"its server gave {response.status} for a part of it")
        self._parts.append((start, response.content))
        return response.content

    def _get(
        self, *, byte_range: tuple[int, int] | None = None, suffix: int | None = None, most: int = SMALL
    ) -> Response:
        """The answer; where it is a large one, the whole file."""
        if not self._alone:
            try:
                return self._transport.get(self._url, byte_range=byte_range, suffix=suffix, most=most)
            except NetworkError as error:
                if error.reference != "network-too-large":
                    raise
            self._large.enter_context(LARGE)
            self._alone = True
        return self._transport.get(self._url)

    def _take_whole(self, response: Response) -> None:
        if response.status not in (200, 206):
            raise MalformedMetadataError(f"its server answers {response.status}: the file is gone")
        self.whole = response.content
        self.size = len(response.content)
        self._parts = [(0, response.content)]


def read_metadata(file: RemoteFile, filename: str) -> bytes:
    """METADATA of the wheel ``filename``, checked by its CRC; raises MalformedMetadataError."""
    file.read_tail(TAIL)
    try:
        return _metadata(file, filename)
    except zipfile.BadZipFile as error:
        raise MalformedMetadataError(str(error)) from None


def _metadata(file: RemoteFile, filename: str) -> bytes:
    entries = {each.name: each for each in read_directory(_directory(file), b".dist-info")}
    found = entries.get(f"{dist_info_of(entries, filename)}/METADATA")
    if found is None:
        raise MalformedMetadataError("it holds no METADATA")
    if max(found.size, found.packed) > LARGEST_TEXT:
        raise MalformedMetadataError(f"its METADATA is {max(found.size, found.packed)} bytes long")
    if file.size is None or found.offset >= file.size - LOCAL_SIZE:
        raise MalformedMetadataError("its archive is damaged: an entry lies behind the end")
    # header, name, extra field and content in one request, where they aren't known yet
    file.read(found.offset, min(LOCAL_SIZE + found.packed + _SLACK, file.size - found.offset))
    header = read_local(file.read(found.offset, LOCAL_SIZE), found.name)
    content = _unpack(file.read(found.offset + header, found.packed), found.method, found.size)
    if len(content) != found.size or zlib.crc32(content) != found.crc:
        raise MalformedMetadataError("its METADATA is damaged")
    return content


def _unpack(data: bytes, method: int, size: int) -> bytes:
    if method == STORED:
        return data
    if method != DEFLATED:
        raise MalformedMetadataError(f"its METADATA is packed by method {method}")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    except zlib.error as error:
        raise MalformedMetadataError(f"its METADATA is damaged: {error}") from None


def _directory(file: RemoteFile) -> bytes:
    start, length = find_directory(file.read, file.size or 0, TAIL)
    if length > LARGEST_DIRECTORY:
        raise MalformedMetadataError(f"its archive's directory is {length} bytes long")
    return file.read(start, length)
