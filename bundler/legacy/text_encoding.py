"""Text of old files, whose encoding nobody wrote down."""

from __future__ import annotations

import codecs


def decoded(content: bytes) -> str:
    """UTF-8 if it is, else Windows' western code page, in which every byte means something here."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return codecs.charmap_decode(content, "strict", _WESTERN)[0]


def _western(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:  # five bytes that the code page leaves out
        return chr(byte)


_WESTERN = "".join(map(_western, range(256)))
