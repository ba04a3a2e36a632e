"""Opening a zip from outside: what ``zipfile`` makes of its directory, an object of half a kilobyte for each entry, is bounded before it is made."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import zipfile
from typing import TYPE_CHECKING

from bundler.formats.archives.guard import Limits
from bundler.formats.zip_records import counts_above
from bundler.plain_file import plain_opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_DIRECTORY = 16 << 20
"""Bytes of a zip's directory, or of anything else that is read at once."""
MOST_ENTRIES = Limits().entries


class TooManyEntriesError(zipfile.BadZipFile):
    """The directory has more entries, or bytes, than are read."""


class BoundedFile(io.FileIO):
    """A file of which no reader takes more at once than a directory may have: ``zipfile`` believes what a zip says of its own.

    Nor is a directory handed out that has too many entries; what the zip says of their number isn't what is read. And there is
    nothing to find behind its end, where a system may refuse to seek at all.
    """

    @functools.cached_property
    def _length(self) -> int:
        """Once: there are three seeks for each entry that is read."""
        return os.fstat(self.fileno()).st_size

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_SET and not 0 <= offset <= self._length:
            raise zipfile.BadZipFile("a part of it would lie behind its end")
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise TooManyEntriesError(f"a part of {size} bytes would be read at once")
        data = super().read(size) or b""
        if counts_above(data, MOST_ENTRIES):
            raise TooManyEntriesError(f"it holds more than {MOST_ENTRIES} entries")
        return data


@contextlib.contextmanager
def open_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, for reading; raises what ``zipfile`` does, and TooManyEntriesError."""
    with BoundedFile(file, opener=plain_opener) as stream, zipfile.ZipFile(stream) as archive:
        yield archive
