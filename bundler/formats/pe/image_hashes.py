"""The hashes by which Windows' policies know a program: of its image without the fields that signing changes, and without the signatures.

Microsoft's "Windows Authenticode Portable Executable Signature Format", "Calculating the PE Image Hash". What isn't signed counts with zeros up to
the multiple of 8 bytes that signing would write, so that a file has the same hash before and after. App Control also asks for the hash of the
first page ("More information about hashes" in its documentation of file rules): the headers, with zeros up to the end of the page.
"""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from typing import TYPE_CHECKING, BinaryIO

from bundler.formats.pe.pe_header import read_pe_header
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PE32, _PE32_PLUS = 0x10B, 0x20B
_HEADERS_SIZE, _CHECKSUM = 60, 64  # in the optional header
_DIRECTORIES = {_PE32: 96, _PE32_PLUS: 112}
_SECURITY = 4  # IMAGE_DIRECTORY_ENTRY_SECURITY
_TRAITS_BEFORE = 2  # Characteristics are the last field of the file header
_DLL = 0x2000
_ALIGNMENT, _PAGE = 8, 4096
_BLOCK = 1 << 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ImageHashes:
    """In hex, lower case; ``page_…`` of the first page, empty where the headers are longer than one. ``dll``: by its header, whatever it is called."""

    sha1: str
    sha256: str
    page_sha1: str
    page_sha256: str
    dll: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Shape:
    """Places in the file: ``signatures`` are (0, 0) where there are none; ``directory`` None: the table has no entry for them."""

    checksum: int
    directory: int | None
    signatures: tuple[int, int]
    headers: int
    dll: bool


def image_hashes(file: Path) -> ImageHashes | None:
    """None: it is not a program that Windows would load. Raises OSError."""
    with open_plain(file) as stream:
        size = stream.seek(0, 2)
        shape = _shape(stream, size)
        if shape is None:
            return None
        sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        for block in _blocks(stream, _ranges(shape, size)):
            sha1.update(block)
            sha256.update(block)
        if shape.signatures == (0, 0):
            padding = bytes(-size % _ALIGNMENT)
            sha1.update(padding)
            sha256.update(padding)
        page = _first_page(stream, shape)
    return ImageHashes(
        sha1=sha1.hexdigest(),
        sha256=sha256.hexdigest(),
        page_sha1=hashlib.sha1(page, usedforsecurity=False).hexdigest() if page else "",
        page_sha256=hashlib.sha256(page).hexdigest() if page else "",
        dll=shape.dll,
    )


def _shape(stream: BinaryIO, size: int) -> _Shape | None:
    header = read_pe_header(stream)
    if header is None:
        return None
    stream.seek(header.optional - _TRAITS_BEFORE)
    raw = stream.read(256)
    try:
        traits, magic = struct.unpack_from("<HH", raw)
        if magic not in _DIRECTORIES:
            return None
        optional, table = raw[_TRAITS_BEFORE:], _DIRECTORIES[magic]
        headers = struct.unpack_from("<I", optional, _HEADERS_SIZE)[0]
        count = struct.unpack_from("<I", optional, table - 4)[0]
        at = table + 8 * _SECURITY
        start, length = struct.unpack_from("<II", optional, at) if count > _SECURITY else (0, 0)
    except struct.error:
        return None
    end_of_table = header.optional + at + 8
    if start and length and not end_of_table <= start <= start + length <= size:
        return None  # signatures that lie outside of the file, or in its headers: Windows takes none such
    return _Shape(
        checksum=header.optional + _CHECKSUM,
        directory=header.optional + at if count > _SECURITY else None,
        signatures=(start, start + length) if start and length else (0, 0),
        headers=headers,
        dll=bool(traits & _DLL),
    )


def _left_out(shape: _Shape) -> Iterator[tuple[int, int]]:
    yield shape.checksum, shape.checksum + 4
    if shape.directory is not None:
        yield shape.directory, shape.directory + 8


def _ranges(shape: _Shape, size: int) -> Iterator[tuple[int, int]]:
    """What counts: begin and end of each piece."""
    begin = 0
    gaps = [*_left_out(shape), *([shape.signatures] if shape.signatures != (0, 0) else [])]
    for start, end in gaps:
        yield begin, start
        begin = end
    yield begin, size


def _blocks(stream: BinaryIO, ranges: Iterator[tuple[int, int]]) -> Iterator[bytes]:
    for start, end in ranges:
        stream.seek(start)
        left = end - start
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            left -= len(block)
            yield block


def _first_page(stream: BinaryIO, shape: _Shape) -> bytes:
    if not 0 < shape.headers <= _PAGE:
        return b""
    stream.seek(0)
    headers = stream.read(shape.headers)
    kept, begin = b"", 0
    for start, end in _left_out(shape):
        kept += headers[begin:start]
        begin = end
    return kept + headers[begin:] + bytes(_PAGE - shape.headers)
