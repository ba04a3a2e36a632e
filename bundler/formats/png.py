"""Pictures in PNG (RFC 2083), by their first bytes."""

from __future__ import annotations

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def is_png(content: bytes) -> bool:
    """Whether it begins as a PNG does."""
    return content.startswith(SIGNATURE)
