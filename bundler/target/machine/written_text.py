"""What programs wrote for people, of which the end is kept: they may write without end."""

from __future__ import absolute_import, unicode_literals

import codecs
import os

from ..compat import output_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

_MOST = 4 * 1024 * 1024
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LEFT_OUT = "(of what it wrote before this, %d bytes are left out)\n"


def end_text(stream, encoding):
    # type: (IO[bytes], str) -> str
    """Whole lines, the first of which says how much is left out, if anything is. A process may go on writing meanwhile."""
    stream.seek(0)
    mark = stream.read(2)
    stream.seek(0, os.SEEK_END)
    start = max(0, stream.tell() - _MOST)
    start += start % 2  # half a letter of UTF-16 would make others of all that follow
    stream.seek(start)
    content = stream.read(_MOST)
    if not start:
        return output_text(content, encoding)
    cut = _first_line(content, mark)  # one that is cut may begin with the rest of a secret, which nothing would mask
    kept = (mark if mark in _MARKS else b"") + content[cut:]
    return _LEFT_OUT % (start + cut) + output_text(kept, encoding)


def _first_line(content, mark):
    # type: (bytes, bytes) -> int
    """Where the first whole line begins. What begins with a mark is UTF-16, in which half of another letter may look like a line's end."""
    if mark in _MARKS:
        end = _in_step(content, b"\n\0" if mark == codecs.BOM_UTF16_LE else b"\0\n")
        return end + 2 if end >= 0 else len(content)
    end = content.find(b"\n")
    if end < 0:
        return len(content)
    is_utf_16_le = end % 2 == 0 and content[end + 1 : end + 2] == b"\0"
    return end + (2 if is_utf_16_le else 1)


def _in_step(content, letter):
    # type: (bytes, bytes) -> int
    """Where it stands first, at a place where letters of two bytes begin; -1: nowhere."""
    at = content.find(letter)
    while at > 0 and at % 2:
        at = content.find(letter, at + 1)
    return at
