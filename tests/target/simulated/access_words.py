"""What the words of icacls mean as entries of a list of rights.

Runs unchanged on 2.7 and 3.6 to 3.14, like the driver that uses it.
"""

from __future__ import absolute_import, unicode_literals

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FLAGS = {"OI": 1, "CI": 2, "NP": 4, "IO": 8}
_RIGHTS = {"RX": 0x1200A9, "M": 0x1301BF, "F": 0x1F01FF, "WD": 2, "AD": 4, "WEA": 0x10, "WA": 0x100}
"""Source: Microsoft, icacls."""


def entry_of(own_entries, words):
    # type: (Any, str) -> Any
    """``own_entries``: the bundle's module; ``(OI)(CI)RX``, or ``3:1179817``."""
    if words[0].isdigit():
        return own_entries.read_entries(words)[0]
    flags, mask = 0, 0
    for each in re.findall(r"\w+", words):
        flags |= _FLAGS.get(each, 0)
        mask |= _RIGHTS.get(each, 0)
    return own_entries.OwnEntry(flags, mask)


def allowed_by(rights, sid, entry):
    # type: (Any, str, Any) -> Any
    """``rights``: the bundle's module; an own entry as what it allows."""
    return rights.Allowed(sid, entry.mask, bool(entry.flags & _FLAGS["IO"]))
