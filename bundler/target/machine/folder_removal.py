"""Removing a folder with all that is in it, however deep that is: what a service makes in its data folder is no reason that nothing can go.

No path grows without an end: folders that lie too deep to be named come up first, beside what lies directly in the one that goes.
"""

from __future__ import absolute_import, unicode_literals

import os

from .listing import listed
from .parallel import in_parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import Files

_LONGEST = 900
"""Characters of a folder's path that is entered where it lies; with a name in it, every system can still open it (4096 bytes on Linux)."""
_UP = ".%d.leaving"
_FILE, _FOLDER, _EMPTIED = "file", "folder", "emptied"
_AT_ONCE, _FOLDERS = 1000, 100000
"""Files, and folders, whose paths are held in memory: nobody knows how many there are in a data folder."""


def remove_most(files, root, remove):
    # type: (Files, str, Callable[[str, bool], None]) -> None
    """Most of what ``remove_all`` would come to, files several at a time: whoever removes one waits for the disk, and for scanners. What can't
    be removed now, lies too deep, or can't be read is left to that.
    """
    waiting, folders, found = [root] if files.is_folder(root) else [], [], []  # type: list[str], list[str], list[str]

    def one(path):
        # type: (str) -> None
        try:
            remove(path, False)
        except EnvironmentError:
            pass

    while waiting:
        above = waiting.pop()
        try:
            entries = listed(above) if len(above) <= _LONGEST else []
        except EnvironmentError:
            continue
        folders += [above] if above != root and len(folders) < _FOLDERS else []
        for each in entries:
            path = os.path.join(above, each.name)
            if not each.is_dir(follow_symlinks=False):
                found.append(path)
            elif not files.is_link(path):
                waiting.append(path)
        if len(found) >= _AT_ONCE or not waiting:
            in_parallel(one, found)
            found = []
    for path in reversed(folders):  # each before the one that it lies in
        try:
            os.rmdir(path)
        except EnvironmentError:
            continue


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
