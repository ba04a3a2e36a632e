"""METADATA out of a wheel that lies on a server, by byte ranges: the archive's tail first, then only what is missing."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

from bundler.resolve.dependencies import MalformedMetadataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.ports import Response, Transport

TAIL = 32 * 1024
"""How much is asked for at first, in bytes: holds directory and METADATA of most wheels."""
_DIRECTORY_LIMIT = 64 * 1024 * 1024
_METADATA_LIMIT = 16 * 1024 * 1024
_SLACK = 512
"""Bytes between a local header and its content: the name and an extra field."""
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_METADATA = re.compile(rb"[^/]+\.dist-info/METADATA")
_STORED, _DEFLATED = 0, 8
_ESCAPED = 0xFFFFFFFF


class RemoteFile:
    """A file on a server of which parts are known. ``size`` in bytes, None until the first answer."""

    def __init__(self, transport: Transport, url: str, size: int | None) -> None:
        self._transport = transport
        self._url = url
        self._parts: list[tuple[int, bytes]] = []
        self.size = size
        self.whole: bytes | None = None

    def read_tail(self, length: int) -> None:
        """Get the last ``length`` bytes; sets ``size``."""
        if self.size is not None and self.size <= length:
            self._take_whole(self._transport.get(self._url))
            return
        response = self._transport.get(self._url, suffix=length)
        if response.status == 416:  # noqa: PLR2004
            response = self._transport.get(self._url)
        if response.status != 206:  # noqa: PLR2004
            self._take_whole(response)
            return
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("content-range", "").strip())
        if found is None or int(found[2]) - int(found[1]) + 1 != len(response.content):
            self._take_whole(self._transport.get(self._url))
            return
        self.size = int(found[3])
        self._parts.append((int(found[1]), response.content))

    def read(self, start: int, length: int) -> bytes:
        """Bytes at ``start``; raises MalformedMetadataError where the file ends before."""
        if self.size is None or start < 0 or start + length > self.size:
            raise MalformedMetadataError("its archive is cut short or damaged")
        for offset, content in self._parts:
            if offset <= start and start + length <= offset + len(content):
                return content[start - offset : start - offset + length]
        response = self._transport.get(self._url, byte_range=(start, start + length - 1))
        if response.status == 200:  # noqa: PLR2004
            self._take_whole(response)
            return self.read(start, length)
        if response.status != 206 or len(response.content) != length:  # noqa: PLR2004
            raise MalformedMetadataError(f"its server gave {response.status} for a part of it")
        self._parts.append((start, response.content))
        return response.content

    def _take_whole(self, response: Response) -> None:
        if response.status not in (200, 206):
            raise MalformedMetadataError(f"its server answers {response.status}: the file is gone")
        self.whole = response.content
        self.size = len(response.content)
        self._parts = [(0, response.content)]


def read_metadata(file: RemoteFile) -> bytes:
    """The content of the one ``*.dist-info/METADATA``, checked by its CRC; raises MalformedMetadataError."""
    file.read_tail(TAIL)
    found = [entry for entry in _entries(_directory(file)) if _METADATA.fullmatch(entry[0])]
    if len(found) != 1:
        raise MalformedMetadataError("it holds no METADATA" if not found else "it holds more than one METADATA")
    _, method, crc, packed, size, start = found[0]
    if max(size, packed) > _METADATA_LIMIT:
        raise MalformedMetadataError(f"its METADATA is {max(size, packed)} bytes long")
    if file.size is None or start >= file.size - _LOCAL.size:
        raise MalformedMetadataError("its archive is damaged: an entry lies behind the end")
    # header, name, extra field and content in one request, where they aren't known yet
    file.read(start, min(_LOCAL.size + packed + _SLACK, file.size - start))
    name_length, extra_length = _LOCAL.unpack(file.read(start, _LOCAL.size))[-2:]
    content = _unpack(file.read(start + _LOCAL.size + name_length + extra_length, packed), method, size)
    if len(content) != size or zlib.crc32(content) != crc:
        raise MalformedMetadataError("its METADATA is damaged")
    return content


def _unpack(data: bytes, method: int, size: int) -> bytes:
    if method == _STORED:
        return data
    if method != _DEFLATED:
        raise MalformedMetadataError(f"its METADATA is packed by method {method}")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    except zlib.error as error:
        raise MalformedMetadataError(f"its METADATA is damaged: {error}") from None


def _directory(file: RemoteFile) -> bytes:
    """The central directory (PKWARE's APPNOTE, 4.3.12), ZIP64 too."""
    size = file.size or 0
    length = min(size, TAIL)
    tail = file.read(size - length, length)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > length:
        raise MalformedMetadataError("it is no zip archive")
    *_, directory_size, start, _ = _END.unpack_from(tail, at)
    if _ESCAPED in (start, directory_size):
        place = size - length + at - _LOCATOR.size
        magic, _, end, _ = _LOCATOR.unpack(file.read(place, _LOCATOR.size))
        if magic != b"PK\x06\x07":
            raise MalformedMetadataError("its archive is damaged: no ZIP64 directory")
        *_, directory_size, start = _END_64.unpack(file.read(end, _END_64.size))
    if directory_size > _DIRECTORY_LIMIT:
        raise MalformedMetadataError(f"its archive's directory is {directory_size} bytes long")
    return file.read(start, directory_size)


def _entries(directory: bytes) -> Iterator[tuple[bytes, int, int, int, int, int]]:
    """(name, method, CRC, packed size, size, offset of the local header) of each entry."""
    position = 0
    while position + _ENTRY.size <= len(directory):
        fields = _ENTRY.unpack_from(directory, position)
        if fields[0] != b"PK\x01\x02":
            raise MalformedMetadataError("its archive's directory is damaged")
        name_length, extra_length, comment_length = fields[12:15]
        begin = position + _ENTRY.size
        name = directory[begin : begin + name_length]
        position = begin + name_length + extra_length + comment_length
        if name.endswith(b"METADATA"):
            yield name, fields[6], fields[9], fields[10], fields[11], fields[-1]
