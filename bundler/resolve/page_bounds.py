"""How much of an index's page is taken: more than any project has, and less than a machine can't hold. Each is looked at before it is made."""

from __future__ import annotations

import threading

from bundler.report import size_text

MOST_BYTES = 128 * 1024 * 1024
MOST_FILES = 100_000
"""The projects with the most files have a fifth of that."""
MOST_VALUES = 32 * MOST_FILES
"""In JSON; each becomes an object of some hundred bytes at most."""
MOST_MARKS = 10 * MOST_FILES
"""In HTML, of each kind: what begins a tag, what begins a character reference, attributes. Each is a step of reading it, a microsecond or more."""
MOST_IN_ALL = 4 * 1024**3
"""Bytes of memory that the pages of one resolution may take, estimated."""
_OF_FILE, _OF_VALUE = 1000, 64
"""Bytes that a file and a value take."""
_COUNTED = 128 * 1024 * 1024
"""Bytes of all pages from which on values are counted: so few can't hold too many, and to count takes a quarter of reading them."""


class PageTooLargeError(ValueError):
    """The page has more of something than any real one; the words say of what."""


def check_bytes(content: bytes) -> None:
    """Raises PageTooLargeError."""
    if len(content) > MOST_BYTES:
        raise PageTooLargeError(f"more than {size_text(MOST_BYTES)}")


def check_values(content: bytes) -> None:
    """The same for JSON that wasn't read yet: a value begins the text, or stands behind a comma or a bracket."""
    if len(content) > MOST_VALUES and _values(content) > MOST_VALUES:
        raise PageTooLargeError(f"more than {MOST_VALUES:,} values")


def check_files(number: int) -> None:
    """The same for so many files."""
    if number > MOST_FILES:
        raise PageTooLargeError(f"more than {MOST_FILES:,} files")


def check_marks(number: int) -> None:
    """The same for so many tags, character references or attributes of HTML."""
    if number > MOST_MARKS:
        raise PageTooLargeError(f"more than {MOST_MARKS:,} tags, attributes or character references")


class PagesTaken:
    """The pages that stay in memory while a resolution lasts: each may be as large as any, and an index makes up one for every name.

    ``most``: bytes, estimated. Safe from any thread.
    """

    def __init__(self, most: int = MOST_IN_ALL, *, counted: int = _COUNTED) -> None:
        self._most, self._counted = most, counted
        self._bytes, self._weight = 0, 0
        self._lock = threading.Lock()

    def take(self, content: bytes, files: int) -> None:
        """One more page, which lists so many files; raises PageTooLargeError."""
        with self._lock:
            self._bytes += len(content)
            counted = self._bytes > self._counted
        weight = len(content) + _OF_FILE * files + (_OF_VALUE * _values(content) if counted else 0)
        with self._lock:
            self._weight += weight
            if self._weight > self._most:
                raise PageTooLargeError(
                    f"no room left: with those of other packages it takes more than {size_text(self._most)} of memory"
                )


def _values(content: bytes) -> int:
    return content.count(b",") + content.count(b"[") + content.count(b"{")
