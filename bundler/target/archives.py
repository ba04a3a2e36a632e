"""Every zip that is opened here, behind one guard: how large it, its directory and its parts may be, and which names its parts have.

Reading one takes bounded memory. The build host has the same bounds.
"""

from __future__ import absolute_import, unicode_literals

import contextlib
import csv
import hashlib
import io
import os
import struct
import zipfile
import zlib

from .compat import counted, native, to_text
from .names import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_MEMBERS = 100000
LARGEST_DIRECTORY = 16 << 20
"""Bytes of a zip's directory, or of anything else that is read at once."""
LARGEST_TEXT = 16 << 20
"""Bytes of a file of ``.dist-info`` that is read as a whole."""
MOST_LINES = 200000
LARGEST_SOURCE = 64 << 20
"""Bytes of a module that is compiled, or of a script that gets its Python."""
LARGEST_SIZE, RATIO, SMALL = 64 << 30, 100, 64 << 20
"""Bytes of all members together: at most the first, and at most so many times the wheel's own; the last is always allowed."""

DAMAGED = (
    zipfile.BadZipfile,
    zlib.error,
    csv.Error,
    struct.error,
    LookupError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
)
"""What reading a damaged, encrypted or strangely packed zip raises."""
_CHUNK = 1 << 20
_LINE_ENDS = b"\n\r\x0b\x0c\x1c\x1d\x1e"
_WIDE_LINE_ENDS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
_NAME_FIELD, _NAME_AT = 0x7075, 9
"""A member's other name, and where it begins, behind kind, length, version and checksum (APPNOTE 4.6.9)."""
_ENTRY_MARK, _ENTRY_SIZE, _LENGTHS_AT = b"PK\1\2", 46, 28
"""How an entry of a zip's directory begins, its bytes without its texts, and where it has their three lengths (APPNOTE 4.3.12)."""


class BoundedFile(io.FileIO):
    """A file of which no reader takes more at once than a directory may have: ``zipfile`` believes what a zip says of its own.

    Nor is a directory handed out that has too many entries: they are counted before ``zipfile`` makes half a kilobyte of each. And
    there is nothing to find behind its end, where a system may refuse to seek at all.
    """

    def seek(self, offset, whence=os.SEEK_SET):
        # type: (int, int) -> int
        if whence == os.SEEK_SET and not 0 <= offset <= os.fstat(self.fileno()).st_size:
            raise zipfile.BadZipfile("a part of it would lie behind its end")
        return io.FileIO.seek(self, offset, whence)

    def read(self, size=-1):
        # type: (int | None) -> bytes
        if size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipfile("a part of %d bytes would be read at once" % size)
        data = io.FileIO.read(self, -1 if size is None else size) or b""
        if _has_too_many(data):
            raise zipfile.BadZipfile("it has more than %d members" % MOST_MEMBERS)
        return data


def _has_too_many(directory):
    # type: (bytes) -> bool
    """What the zip itself says of their number isn't what ``zipfile`` reads."""
    if not directory.startswith(_ENTRY_MARK) or len(directory) <= MOST_MEMBERS * _ENTRY_SIZE:
        return False
    place = count = 0
    while directory.startswith(_ENTRY_MARK, place) and place + _ENTRY_SIZE <= len(directory):
        count += 1
        place += _ENTRY_SIZE + sum(struct.unpack_from(native("<3H"), directory, place + _LENGTHS_AT))
    return count > MOST_MEMBERS


@contextlib.contextmanager
def opened(path):
    # type: (str) -> Iterator[zipfile.ZipFile]
    """Raises one of DAMAGED, or EnvironmentError."""
    with BoundedFile(path) as stream, zipfile.ZipFile(stream) as archive:
        reason = members_fault([each.file_size for each in archive.infolist()], os.path.getsize(path))
        reason = reason or next((each for each in map(other_name_fault, archive.infolist()) if each), None)
        if reason is not None:
            raise zipfile.BadZipfile(reason)
        yield archive


def members_fault(sizes, packed):
    # type: (list[int], int) -> str | None
    """Why an archive of ``packed`` bytes with members of these sizes can't be a wheel, None: it can."""
    if len(sizes) > MOST_MEMBERS:
        return "it has %d members, more than %d" % (len(sizes), MOST_MEMBERS)
    if sum(sizes) > min(LARGEST_SIZE, max(SMALL, packed * RATIO)):
        return "its %d bytes unpack to %d" % (packed, sum(sizes))
    return None


def other_name_fault(entry):
    # type: (zipfile.ZipInfo) -> str | None
    """Pythons from 3.12 on, and other programs, call a member as a field of it says; earlier ones pass that over."""
    name, extra, place = to_text_name(entry.orig_filename), entry.extra, 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from(native("<2H"), extra, place)
        if kind == _NAME_FIELD:
            other = to_text_name(extra[place + _NAME_AT : place + 4 + length])
            if other != name:
                return "%s has another name in a field, %s" % (name, other)
        place += 4 + length
    return None


def read_whole(archive, name):
    # type: (zipfile.ZipFile, str) -> bytes
    """A small member; raises BadZipfile for one that is too large or isn't of the size that the wheel says."""
    size = archive.getinfo(name).file_size
    if size > LARGEST_TEXT:
        raise zipfile.BadZipfile("%s has %d bytes, and at most %d are read" % (name, size, LARGEST_TEXT))
    return read_member(archive, name)


def read_member(archive, name):
    # type: (zipfile.ZipFile, str) -> bytes
    """One of any size: no more of it than the zip's directory says, whatever is packed there."""
    sink = io.BytesIO()
    copy_member(archive, name, sink)
    return sink.getvalue()


def copy_member(archive, name, sink):
    # type: (zipfile.ZipFile, str, Any) -> None
    """The same piece by piece; raises BadZipfile for one that isn't of the size that the directory says."""
    size = left = archive.getinfo(name).file_size
    with archive.open(name) as stream:  # `archive.read` would unpack whatever is there, and look at its size then
        while left:
            chunk = stream.read(min(left, _CHUNK))
            if not chunk:
                raise zipfile.BadZipfile("%s has not the %s that it should have" % (name, counted(size, "byte")))
            sink.write(chunk)
            left -= len(chunk)


def member_sha256(archive, name):
    # type: (zipfile.ZipFile, str) -> str
    """In hex, of one of any size; raises as ``copy_member`` does."""
    sink = _Digest()
    copy_member(archive, name, sink)
    return to_text(sink.sha256.hexdigest())


class _Digest(object):
    """A sink that keeps no more than the hash."""

    def __init__(self):
        # type: () -> None
        self.sha256 = hashlib.sha256()
        self.write = self.sha256.update


def unpack(path, folder):
    # type: (str, str) -> None
    """All of it below a folder; raises one of DAMAGED for a name that leads elsewhere."""
    with opened(path) as archive:
        for entry in archive.infolist():
            name = to_text_name(entry.filename)
            parts = name.rstrip("/").split("/")
            if not all(is_name(each) for each in parts):
                raise zipfile.BadZipfile("%s would lie outside" % name)
            place = os.path.join(folder, *parts)
            above = place if name.endswith("/") else os.path.dirname(place)
            if not os.path.isdir(above):
                os.makedirs(above)
            if not name.endswith("/"):
                with io.open(place, "wb") as sink:
                    copy_member(archive, entry.filename, sink)


def to_text_name(name):
    # type: (Any) -> str
    """2.7 gives bytes unless the zip says that they are UTF-8; wheels always mean UTF-8 (PEP 427)."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name  # type: str
    return text


def read_text(archive, name):
    # type: (zipfile.ZipFile, str) -> bytes
    """The same of a file that is taken apart by its lines."""
    content = read_whole(archive, name)
    lines = len(content) - len(content.translate(None, _LINE_ENDS)) + sum(map(content.count, _WIDE_LINE_ENDS))
    if lines > MOST_LINES:
        raise zipfile.BadZipfile("%s has %d lines, more than %d" % (name, lines, MOST_LINES))
    return content
