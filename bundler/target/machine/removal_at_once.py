"""Removing most of what is in a folder, several files at a time: whoever removes one waits for the disk, and for scanners that look at it."""

from __future__ import absolute_import, unicode_literals

import os

from .folder_removal import LONGEST, known_folder, split
from .parallel import in_parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files
    from .folder_removal import Known, Remove
    from .held_folder import HeldFolder

_FILES, _HELD, _FOLDERS = 1000, 200, 100000
"""Files whose paths are held in memory, folders that are held, and those whose paths are: nobody knows how many there are in a data folder."""


def remove_most(files, root, remove):
    # type: (Files, str, Remove) -> None
    """Most of what ``remove_all`` would come to. What can't be removed now, lies too deep, can't be read, or is another folder by now is left to
    that.
    """
    waiting, folders, batch = [], [], _Batch(files, remove)  # type: list[Known], list[Known], _Batch
    if files.is_folder(root):
        waiting += known_folder(files, root)
    while waiting:
        above = waiting.pop()
        inner = batch.take(above) if len(above[0]) <= LONGEST else None
        if inner is None:
            continue
        waiting += inner
        folders += [above] if above[0] != root and len(folders) < _FOLDERS else []
    batch.remove()
    for path, identity in reversed(folders):  # each before the one that it lies in
        try:
            if files.identity(path) == identity:
                os.rmdir(path)
        except EnvironmentError:
            continue


class _Batch(object):
    """Files that go at once, in folders that are held until they are gone."""

    def __init__(self, files, remove):
        # type: (Files, Remove) -> None
        self._files = files
        self._remove = remove
        self._found = []  # type: list[tuple[HeldFolder, str]]
        self._held = []  # type: list[HeldFolder]

    def take(self, folder):
        # type: (Known) -> list[Known] | None
        """The folders in it; None where it can't be read, or is another one."""
        inner = None  # type: list[Known] | None
        try:
            held = self._files.hold(*folder)
            self._held.append(held)
            found, inner = split(self._files, folder[0])
            self._found += [(held, each) for each in found]
        except EnvironmentError:
            pass
        if len(self._found) >= _FILES or len(self._held) >= _HELD:
            self.remove()
        return inner

    def remove(self):
        # type: () -> None
        try:
            in_parallel(self._one, self._found)
        finally:
            for each in self._held:
                each.close()
        self._found, self._held = [], []

    def _one(self, item):
        # type: (tuple[HeldFolder, str]) -> None
        held, path = item
        try:
            self._remove(path, False, held.must_be_same)
        except EnvironmentError:
            pass
