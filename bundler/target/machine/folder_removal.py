"""Removing a folder with all that is in it, however deep that is: what a service makes in its data folder is no reason that nothing can go.

No path grows without an end: folders that lie too deep to be named come up first, beside what lies directly in the one that goes.
"""

from __future__ import absolute_import, unicode_literals

import os

from .listing import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .files import Files

    Remove = Callable[[str, bool, Callable[[], None]], None]
    Known = tuple[str, Any]

LONGEST = 900
"""Characters of a folder's path that is entered where it lies; with a name in it, every system can still open it (4096 bytes on Linux)."""
_UP = ".%d.leaving"
_FILE, _FOLDER, _EMPTIED = "file", "folder", "emptied"


def known_folder(files, path):
    # type: (Files, str) -> list[Known]
    """A folder with what tells it from one that is put in its place later; nothing where it is a link, or gone."""
    try:
        identity = files.identity(path)
    except EnvironmentError:
        return []
    return [] if files.is_link(path) else [(path, identity)]


def split(files, folder):
    # type: (Files, str) -> tuple[list[str], list[Known]]
    """What lies in a folder: files and links, and the folders. Raises EnvironmentError."""
    found, inner = [], []  # type: list[str], list[Known]
    for each in listed(folder):
        path = os.path.join(folder, each.name)
        known = known_folder(files, path) if each.is_dir(follow_symlinks=False) else []
        inner += known
        found += [] if known else [path]
    return found, inner


def remove_all(files, root, remove, keep):
    # type: (Files, str, Remove, Callable[[str, EnvironmentError], None]) -> None
    """``remove`` is called for each path, with whether it is a folder, which is empty by then, and with what raises EnvironmentError where the
    folder that it lies in is another one by now; ``keep`` for each that it couldn't remove, or that can't be read. A folder that holds
    something yet is none of both. What a folder says of its names is all that is asked of files.
    """
    waiting, kept, entered = [], set(), _Entered(files, root)  # type: list[tuple[str, str, str]], set[str], _Entered
    if os.path.lexists(root):
        waiting.append((root, "", _FOLDER if root in entered.identities else _FILE))
    while waiting:
        path, above, kind = waiting.pop()
        if path in kept:
            kept.add(above)
            continue
        try:
            if kind != _FOLDER:
                entered.remove(path, above, kind == _EMPTIED, remove)
                continue
            if len(path) > LONGEST and above != root:
                path, above = entered.bring_up(path, above), root
            found, inner = entered.split(path)
        except EnvironmentError as error:
            if os.path.lexists(path):  # else it has gone meanwhile
                keep(path, error)
                kept.add(above)
            continue
        waiting.append((path, above, _EMPTIED))
        waiting += [(each, path, _FOLDER) for each in reversed(inner)]
        waiting += [(each, path, _FILE) for each in reversed(found)]


class _Entered(object):
    """Folders on the way down, each with what it was when it was found."""

    def __init__(self, files, root):
        # type: (Files, str) -> None
        self.identities = dict(known_folder(files, root) if files.is_folder(root) else [])  # type: dict[str, Any]
        self._files = files
        self._root = root
        self._number = 0

    def split(self, path):
        # type: (str) -> tuple[list[str], list[str]]
        """Its files, and its folders, which are known from here on."""
        held = self._files.hold(path, self.identities[path])
        try:
            found, inner = split(self._files, path)
        finally:
            held.close()
        self.identities.update(inner)
        return found, [each for each, _ in inner]

    def remove(self, path, above, is_emptied, remove):
        # type: (str, str, bool, Remove) -> None
        if is_emptied:
            del self.identities[path]
        self._within(above, lambda check: remove(path, is_emptied, check))

    def bring_up(self, path, above):
        # type: (str, str) -> str
        place = os.path.join(self._root, _UP % self._number)
        while os.path.lexists(place):
            self._number += 1
            place = os.path.join(self._root, _UP % self._number)

        def move(check):
            # type: (Callable[[], None]) -> None
            check()
            os.rename(path, place)

        self._within(above, move)
        self.identities[place] = self.identities.pop(path)
        return place

    def _within(self, above, action):
        # type: (str, Callable[[Callable[[], None]], None]) -> None
        if above not in self.identities:
            action(_nothing)  # the root itself
            return
        held = self._files.hold(above, self.identities[above])
        try:
            action(held.must_be_same)
        finally:
            held.close()


def _nothing():
    # type: () -> None
    """There is no folder to be looked at."""
