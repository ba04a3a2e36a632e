"""Bytes that look like others to whoever compares sizes and CRC-32 only."""

from __future__ import annotations

import zlib

_POLYNOMIAL = 0xEDB88320
_WORD = 4


def forged(content: bytes, like: bytes) -> bytes:
    """``content``, filled up with blanks and four odd bytes, so that size and CRC-32 are those of ``like``."""
    start = content.ljust(len(like) - _WORD)
    wanted = zlib.crc32(like) ^ 0xFFFFFFFF
    for _ in range(32):  # a step of CRC-32, backwards
        odd = wanted >> 31
        wanted = ((wanted ^ _POLYNOMIAL * odd) << 1 | odd) & 0xFFFFFFFF
    made = start + (wanted ^ zlib.crc32(start) ^ 0xFFFFFFFF).to_bytes(_WORD, "little")
    assert (len(made), zlib.crc32(made)) == (len(like), zlib.crc32(like))
    return made
