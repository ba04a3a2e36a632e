"""Removing a folder with all that is in it, however deep that is: what a service makes in its data folder is no reason that nothing can go.

No path grows without an end: folders that lie too deep to be named come up first, beside what lies directly in the one that goes.
"""

from __future__ import absolute_import, unicode_literals

import os

from .listing import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import Files

_LONGEST = 900
"""Characters of a folder's path that is entered where it lies; with a name in it, every system can still open it (4096 bytes on Linux)."""
_UP = ".%d.leaving"
_FILE, _FOLDER, _EMPTIED = "file", "folder", "emptied"


def remove_all(files, root, remove, keep):
    # type: (Files, str, Callable[[str, bool], None], Callable[[str, EnvironmentError], None]) -> None
    """``remove`` is called for each path, with whether it is a folder, which is empty by then; ``keep`` for each that it couldn't remove,
    or that can't be read. A folder that holds something yet is none of both. What a folder says of its names is all that is asked of files.
    """
    waiting, held, number = [], set(), 0  # type: list[tuple[str, str, str]], set[str], int
    if os.path.lexists(root):
        waiting.append((root, "", _FOLDER if files.is_folder(root) else _FILE))
    while waiting:
        path, above, kind = waiting.pop()
        if path in held:
            held.add(above)
            continue
        try:
            if kind != _FOLDER:
                remove(path, kind == _EMPTIED)
                continue
            if len(path) > _LONGEST and above != root:
                place = os.path.join(root, _UP % number)
                while os.path.lexists(place):
                    number += 1
                    place = os.path.join(root, _UP % number)
                os.rename(path, place)
                path, above = place, root
            found = listed(path)
        except EnvironmentError as error:
            if os.path.lexists(path):  # else it has gone meanwhile
                keep(path, error)
                held.add(above)
            continue
        waiting.append((path, above, _EMPTIED))
        for each in reversed(found):
            is_folder = each.is_dir(follow_symlinks=False) and not files.is_link(each.path)
            waiting.append((os.path.join(path, each.name), path, _FOLDER if is_folder else _FILE))
