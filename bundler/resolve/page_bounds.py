"""How much of an index's page is taken: more than any project has, and less than a machine can't hold. Each is looked at before it is made."""

from __future__ import annotations

from bundler.report import size_text

MOST_BYTES = 128 * 1024 * 1024
MOST_FILES = 100_000
"""The projects with the most files have a fifth of that."""
MOST_VALUES = 32 * MOST_FILES
"""In JSON; each becomes an object of some hundred bytes at most."""


class PageTooLargeError(ValueError):
    """The page has more of something than any real one; the words say of what."""


def check_bytes(content: bytes) -> None:
    """Raises PageTooLargeError."""
    if len(content) > MOST_BYTES:
        raise PageTooLargeError(f"more than {size_text(MOST_BYTES)}")


def check_values(content: bytes) -> None:
    """The same for JSON that wasn't read yet: a value begins the text, or stands behind a comma or a bracket."""
    if len(content) > MOST_VALUES and content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_VALUES:
        raise PageTooLargeError(f"more than {MOST_VALUES:,} values")


def check_files(number: int) -> None:
    """The same for so many files."""
    if number > MOST_FILES:
        raise PageTooLargeError(f"more than {MOST_FILES:,} files")
