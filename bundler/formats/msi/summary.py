"""What a Windows Installer database says of itself: its summary information (Windows Installer, "Summary Information Stream Property Set").

Own code for [MS-OLEPS], of which two texts are wanted: olefile reads every property, and a vector as long as it says that it is.
"""

from __future__ import annotations

import dataclasses
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundler.formats.msi.compound import Streams

PLATFORMS = {"intel": "win32", "x64": "win_amd64", "amd64": "win_amd64", "arm64": "win_arm64"}
"""The platform tag by the architecture that a summary names, in small letters; one that names none is for 32 bits."""

_STREAM = "\x05SummaryInformation"
_SET = struct.Struct("<H26x16xI")  # byte order, where the first set begins
_BYTE_ORDER = 0xFFFE
_SUBJECT, _TEMPLATE = 3, 7  # property ids
_MOST = 1000
_NARROW, _WIDE = 30, 31  # VT_LPSTR, VT_LPWSTR


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """``subject`` is the product (``Python 2.7.18 (64-bit)``), empty if it isn't said; ``architecture`` in small letters, None: nothing is said,
    which Windows Installer wouldn't take.
    """

    subject: str
    architecture: str | None


def read_summary(streams: Streams) -> Summary:
    """Both are empty where the file has no summary."""
    texts = _texts(streams.read(_STREAM))
    template = texts.get(_TEMPLATE)
    return Summary(
        subject=texts.get(_SUBJECT, ""),
        # "x64;1033": architecture; languages
        architecture=None if template is None else template.partition(";")[0].strip("\0 ").lower(),
    )


def _texts(content: bytes) -> dict[int, str]:
    """The texts that are wanted by property id; raises ValueError and struct.error for damaged data."""
    if not content:
        return {}
    order, start = _SET.unpack_from(content)
    _, count = struct.unpack_from("<II", content, start)
    if order != _BYTE_ORDER or count > _MOST:
        raise ValueError("its summary is invalid")
    found = {}
    for number in range(count):
        key, offset = struct.unpack_from("<II", content, start + 8 + 8 * number)
        if key in (_SUBJECT, _TEMPLATE):
            found[key] = _text(content, start + offset)
    return found


def _text(content: bytes, place: int) -> str:
    kind, size = struct.unpack_from("<II", content, place)
    if kind not in (_NARROW, _WIDE):
        return ""
    size *= 1 if kind == _NARROW else 2
    raw = content[place + 8 : place + 8 + size]
    if len(raw) < size:
        raise ValueError("its summary is truncated")
    return raw.decode("cp1252" if kind == _NARROW else "utf-16-le", "replace").rstrip("\0")
