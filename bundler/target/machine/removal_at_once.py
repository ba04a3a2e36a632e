"""Removing most of what is in a folder, several files at a time: whoever removes one waits for the disk, and for scanners that look at it."""

from __future__ import absolute_import, unicode_literals

import os

from .folder_removal import LONGEST, known_folder
from .parallel import in_parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files
    from .folder_removal import Remove
    from .held_folder import HeldFolder

_FILES, _EMPTIED = 1000, 200
"""Files whose paths are held in memory, and folders that are held though nothing is left to be found in them."""


def remove_most(files, root, remove):
    # type: (Files, str, Remove) -> None
    """Most of what ``remove_all`` would come to. What can't be removed now, lies too deep, can't be read, or is another folder by now is left to
    that, and so is the root.
    """
    known = known_folder(files, root) if files.is_folder(root) else []
    for path, identity in known:
        try:
            held = files.hold(path, identity)
        except EnvironmentError:
            return
        try:
            _remove_inside(files, _Folder(path, held), remove)
        finally:
            held.close()


def _remove_inside(files, folder, remove):
    # type: (Files, _Folder, Remove) -> None
    """Each folder is held from when it is found, in one that is held, until it is gone: its path can't lead elsewhere meanwhile."""
    entered, batch = [folder], _Batch(remove)
    try:
        batch.take(folder)
        while entered:
            path = entered[-1].next()
            inner = _entered(files, path) if path is not None else None
            if inner is not None:
                entered.append(inner)
                batch.take(inner)
            elif path is None:
                emptied = entered.pop()
                if emptied is not folder:
                    batch.emptied.append(emptied)
            if batch.is_full():
                batch.remove()
        batch.remove()
    finally:
        for each in entered[1:] + batch.emptied:
            each.held.close()


def _entered(files, path):
    # type: (Files, str) -> _Folder | None
    """None: it is left to others."""
    if len(path) > LONGEST:
        return None
    try:
        return _Folder(path, files.hold_to_remove(path))
    except EnvironmentError:
        return None


class _Folder(object):
    def __init__(self, path, held):
        # type: (str, HeldFolder) -> None
        self.path = path
        self.held = held
        self._inner = []  # type: list[str]

    def list(self):
        # type: () -> list[str]
        """The paths of its files. Raises EnvironmentError."""
        found = []  # type: list[str]
        for name, is_folder in self.held.names():
            (self._inner if is_folder else found).append(os.path.join(self.path, name))
        return found

    def next(self):
        # type: () -> str | None
        """One of the folders in it; None: there are no more."""
        return self._inner.pop() if self._inner else None


class _Batch(object):
    """Files that go at once, and then the folders that have nothing in them any more, each before the one that it lies in."""

    def __init__(self, remove):
        # type: (Remove) -> None
        self.emptied = []  # type: list[_Folder]
        self._remove = remove
        self._found = []  # type: list[tuple[HeldFolder, str]]

    def take(self, folder):
        # type: (_Folder) -> None
        try:
            self._found += [(folder.held, each) for each in folder.list()]
        except EnvironmentError:
            pass  # it can't be read

    def is_full(self):
        # type: () -> bool
        return len(self._found) >= _FILES or len(self.emptied) >= _EMPTIED

    def remove(self):
        # type: () -> None
        in_parallel(self._one, self._found)
        self._found = []
        while self.emptied:
            try:
                self.emptied[0].held.remove()
            except EnvironmentError:
                pass
            self.emptied.pop(0).held.close()

    def _one(self, item):
        # type: (tuple[HeldFolder, str]) -> None
        held, path = item
        try:
            self._remove(path, False, held.must_be_same)
        except EnvironmentError:
            pass
