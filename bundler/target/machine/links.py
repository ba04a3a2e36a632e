"""What stands for something that lies elsewhere: links and junctions."""

from __future__ import absolute_import, unicode_literals

import collections
import os
import struct

from ..compat import is_text, native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files

REPARSE_POINT = 0x400
_SYMBOLIC, _JUNCTION = 0xA000000C, 0xA0000003
"""Tags of those that lead to a path."""
_HEAD, _FLAGS, _NAMES = 8, 16, {_SYMBOLIC: 20, _JUNCTION: 16}
"""Where in REPARSE_DATA_BUFFER ends what isn't counted as its length, where the flags of a symbolic link stand, and where names begin."""
_RELATIVE = 1
_ABSOLUTE = "\\??\\"
_DEVICES = ("\\\\?\\", _ABSOLUTE)
_MOST = 64
"""Links on one way: Windows follows 63."""
Way = collections.namedtuple("Way", ["path", "links"])
"""``links``: those on the way to the path, as it is written; the last first."""
_NAME_SURROGATE = 0x20000000
"""In a reparse point's tag: it stands for something that lies elsewhere, and isn't a file in the cloud or a deduplicated one."""


def leads_elsewhere(attributes, tag):
    # type: (int, int) -> bool
    """Of what a Windows folder says of a name in it: its attributes and, of a reparse point, the tag. One without a tag may be anything."""
    return bool(attributes & REPARSE_POINT and (not tag or tag & _NAME_SURROGATE))


def leads_away(path):
    # type: (str) -> bool
    """Whether it is a link, without the port; a junction too, where Python tells of it: to some versions it is a folder."""
    if os.path.islink(path):
        return True
    try:
        tag = getattr(os.lstat(path), "st_reparse_tag", 0)  # type: int
    except EnvironmentError:
        return False  # it was there a moment ago: whoever uses it says what is wrong
    return bool(tag and leads_elsewhere(REPARSE_POINT, tag))


def link_text(data):
    # type: (bytes) -> str | None
    r"""What a link of Windows says, in a REPARSE_DATA_BUFFER, which anybody may have written: the name that is followed, relative or with
    ``\??\``, and not the one to be shown, which may be another. None for links of other kinds, and for what is no path.
    """
    if len(data) < _FLAGS:
        return None
    tag, length, _, place, size = struct.unpack_from(native("<IHHHH"), data)
    begin = _NAMES.get(tag, len(data)) + place
    if not size or begin + size > min(_HEAD + length, len(data)):
        return None
    try:
        text = data[begin : begin + size].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    if not is_text(text):
        return None
    if tag == _SYMBOLIC and struct.unpack_from(native("<I"), data, _FLAGS)[0] & _RELATIVE:
        return None if ":" in text or text.startswith(("\\\\", _ABSOLUTE)) else text
    return text if text.startswith(_ABSOLUTE) else None


def link_target(text):
    # type: (str) -> str
    r"""What a link says as other paths are written, without ``\\?\`` but for a volume that is mounted in a folder: it may have no other name."""
    for beginning in _DEVICES:
        if text.upper().startswith(beginning + "UNC\\"):
            return "\\\\" + text[len(beginning) + len("UNC\\") :]
        if text.startswith(beginning):
            rest = text[len(beginning) :]
            return rest if rest[1:3] == ":\\" else _DEVICES[0] + rest
    return text


def ways(files, path):
    # type: (Files, str) -> list[Way]
    """The path, and what it becomes at each link on the way: one of an administrator may lead to a folder that somebody makes another of."""
    found, waiting, known = [], [path], set()  # type: list[Way], list[str], set[str]
    while waiting and len(found) < _MOST:
        way = waiting.pop(0)
        if way in known:
            continue
        known.add(way)
        links = links_on(files, way)
        found.append(Way(way, links))
        for each in links:
            leads_to, rest = files.leads_to(each), way[len(each) + 1 :]
            if leads_to is not None:
                waiting.append(os.path.join(leads_to, rest) if rest else leads_to)
    return found


def links_on(files, path):
    # type: (Files, str) -> list[str]
    """On the way to it, as it is written; the last first."""
    found = []
    while os.path.dirname(path) != path:
        found += [path] if files.is_link(path) else []
        path = os.path.dirname(path)
    return found
