"""Text of old files, whose encoding nobody wrote down."""

from __future__ import annotations


def decoded(content: bytes) -> str:
    """UTF-8 if it is, else Windows' western code page, in which every byte means something here."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "".join(_western(each) for each in content)


def _western(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:  # five bytes that the code page leaves out
        return chr(byte)
