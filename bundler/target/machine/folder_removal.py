"""Removing a folder with all that is in it, however deep that is: what a service makes in its data folder is no reason that nothing can go.

No path grows without an end: folders that lie too deep to be named come up first, beside what lies directly in the one that goes.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import Files

_LONGEST = 900
"""Characters of a folder's path that is entered where it lies; with a name in it, every system can still open it (4096 bytes on Linux)."""
_UP = ".%d.leaving"


def remove_all(files, root, remove, keep):
    # type: (Files, str, Callable[[str, bool], None], Callable[[str, EnvironmentError], None]) -> None
    """``remove`` is called for each path, with whether it is a folder, which is empty by then; ``keep`` for each that it couldn't remove,
    or that can't be read. A folder that holds something yet is none of both.
    """
    waiting, held, number = [(root, "", False)], set(), 0  # type: list[tuple[str, str, bool]], set[str], int
    while waiting:
        path, above, is_emptied = waiting.pop()
        if path in held:
            held.add(above)
            continue
        try:
            if is_emptied or not files.is_folder(path):
                if os.path.lexists(path):
                    remove(path, is_emptied)
                continue
            if len(path) > _LONGEST and above != root:
                place = os.path.join(root, _UP % number)
                while os.path.lexists(place):
                    number += 1
                    place = os.path.join(root, _UP % number)
                os.rename(path, place)
                path, above = place, root
            names = os.listdir(path)
        except EnvironmentError as error:
            keep(path, error)
            held.add(above)
            continue
        waiting.append((path, above, True))
        waiting += [(os.path.join(path, to_text(name)), path, False) for name in reversed(names)]
