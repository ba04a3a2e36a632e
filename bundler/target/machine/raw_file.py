"""Files without the buffers and questions of ``open``: there are thousands of them, and each question is asked of the system."""

from __future__ import absolute_import, unicode_literals

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN


class RawFile(object):
    """One that is read. Raises EnvironmentError with its path."""

    def __init__(self, path):
        # type: (str) -> None
        self._path = path
        self._file = os.open(path, os.O_RDONLY | _PLAIN)

    def read(self, size):
        # type: (int) -> bytes
        try:
            return os.read(self._file, size)
        except EnvironmentError as error:
            error.filename = error.filename or self._path  # a folder can be opened, where it isn't Windows
            raise

    def __enter__(self):
        # type: () -> RawFile
        return self

    def __exit__(self, *_error):
        # type: (*Any) -> None
        os.close(self._file)


def write_all(file, content):
    # type: (int, bytes) -> None
    """To an open file, by its number."""
    written = os.write(file, content)
    while written < len(content):
        written += os.write(file, content[written:])
