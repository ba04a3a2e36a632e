"""What lies in a folder, as ``os.scandir`` has it, on 2.7 as well."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import PY2, to_text
from .links import REPARSE_POINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Entry(object):
    """What ``os.scandir`` gives where there is none."""

    def __init__(self, folder, name):
        # type: (str, str) -> None
        self.name = name
        self.path = os.path.join(folder, name)

    def is_dir(self, follow_symlinks=True):
        # type: (bool) -> bool
        return os.path.isdir(self.path) and (follow_symlinks or not os.path.islink(self.path))

    def stat(self):
        # type: () -> os.stat_result
        return os.stat(self.path)


def is_plain(entry):
    # type: (Any) -> bool
    """Whether the folder itself says of it that it is neither a link nor a junction; False: that must be asked."""
    if isinstance(entry, _Entry) or entry.is_symlink():
        return False
    if os.name != "nt":
        return True
    return not entry.stat(follow_symlinks=False).st_file_attributes & REPARSE_POINT  # which came with the name


def listed(folder):
    # type: (str) -> list[Any]
    if PY2:
        return [_Entry(folder, to_text(name)) for name in os.listdir(folder)]
    with os.scandir(folder) as entries:
        return list(entries)
