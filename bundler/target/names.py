"""Names of files, as Windows takes them."""

from __future__ import absolute_import, unicode_literals

import re

from .compat import is_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9\u00b9\u00b2\u00b3])\Z", re.IGNORECASE)


def is_device(name):
    # type: (str) -> bool
    """Whether Windows takes it for a device, whatever its ending and in whatever folder."""
    return _DEVICE.match(name.partition(".")[0].rstrip(" ")) is not None


def is_name(value):
    # type: (Any) -> bool
    """Of one file or folder: nothing in it leads to another folder, another drive or a stream."""
    if not is_text(value) or not value:
        return False
    # Windows leaves blanks and dots at the end out: "x." is x, and ".. " the folder above
    return value[-1] not in ". " and not any(each in value for each in "\\/:")
