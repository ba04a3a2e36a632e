"""How large a wheel and its parts may be, so that reading one takes bounded memory. The build host has the same bounds."""

from __future__ import absolute_import, unicode_literals

import io
import zipfile

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

_LINE_ENDS = b"\n\r\x0b\x0c\x1c\x1d\x1e"
_WIDE_LINE_ENDS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class BoundedFile(io.FileIO):
    """A file of which no reader takes more at once than a directory may have: ``zipfile`` believes what a zip says of its own."""

    def read(self, size=-1):
        # type: (int | None) -> bytes
        if size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipfile("a part of %d bytes would be read at once" % size)
        return io.FileIO.read(self, -1 if size is None else size) or b""


def members_fault(sizes, packed):
    # type: (list[int], int) -> str | None
    """Why an archive of ``packed`` bytes with members of these sizes can't be a wheel, None: it can."""
    if len(sizes) > MOST_MEMBERS:
        return "it has %d members, more than %d" % (len(sizes), MOST_MEMBERS)
    if sum(sizes) > min(LARGEST_SIZE, max(SMALL, packed * RATIO)):
        return "its %d bytes unpack to %d" % (packed, sum(sizes))
    return None


def read_whole(archive, name):
    # type: (zipfile.ZipFile, str) -> bytes
    """A small member; raises BadZipfile for one that is too large or isn't of the size that the wheel says."""
    size = archive.getinfo(name).file_size
    if size > LARGEST_TEXT:
        raise zipfile.BadZipfile("%s has %d bytes, and at most %d are read" % (name, size, LARGEST_TEXT))
    with archive.open(name) as stream:  # `archive.read` would unpack whatever is there, and look at its size then
        content = stream.read(size) if size else b""  # type: bytes
    if len(content) != size:
        raise zipfile.BadZipfile("%s has not the size that the wheel says" % name)
    return content


def read_text(archive, name):
    # type: (zipfile.ZipFile, str) -> bytes
    """The same of a file that is taken apart by its lines."""
    content = read_whole(archive, name)
    lines = len(content) - len(content.translate(None, _LINE_ENDS)) + sum(map(content.count, _WIDE_LINE_ENDS))
    if lines > MOST_LINES:
        raise zipfile.BadZipfile("%s has %d lines, more than %d" % (name, lines, MOST_LINES))
    return content
