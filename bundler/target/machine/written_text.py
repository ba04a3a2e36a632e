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
    cut = _first_line(content)  # one that is cut may begin with the rest of a secret, which nothing would mask
    kept = (mark if mark in _MARKS else b"") + content[cut:]
    return _LEFT_OUT % (start + cut) + output_text(kept, encoding)


def _first_line(content):
    # type: (bytes) -> int
    end = content.find(b"\n")
    if end < 0:
        return len(content)
    is_utf_16_le = end % 2 == 0 and content[end + 1 : end + 2] == b"\0"
    return end + (2 if is_utf_16_le else 1)
