"""What stands for something that lies elsewhere: links and junctions."""

from __future__ import absolute_import, unicode_literals

import os

REPARSE_POINT = 0x400
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
