"""The files' part of the port to the machine: what is written is written wholly, and what is removed may be in use."""

from __future__ import absolute_import, unicode_literals

import hashlib
import io
import os
import shutil
import time

from .compat import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 1 << 16
_REPARSE_POINT = 0x400
_NAME_SURROGATE = 0x20000000
"""In a reparse point's tag: it stands for something that lies elsewhere, and isn't a file in the cloud or a deduplicated one."""


class Files(object):
    def replace(self, source, destination):
        # type: (str, str) -> None
        """Put a file in another's place, in one step, on the same volume."""
        raise NotImplementedError

    def write(self, path, content):
        # type: (str, bytes) -> None
        """Write a whole file or nothing of it."""
        temporary = path + ".new"
        try:
            with io.open(temporary, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            self.replace(temporary, path)
        except BaseException:
            if os.path.isfile(temporary):
                os.unlink(temporary)  # it may hold a secret
            raise

    def append(self, path, content):
        # type: (str, bytes) -> None
        """Add to a file; when this returns, it is on the disk and not only on its way there."""
        with io.open(path, "ab") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def unlink(self, path):
        # type: (str) -> None
        """Remove a file; there may be none."""
        if os.path.lexists(path):
            os.unlink(path)

    def to_disk(self, folder):
        # type: (str) -> None
        """Whatever was written below the folder shall survive a power failure from here on."""
        raise NotImplementedError

    def copy(self, source, destination):
        # type: (str, str) -> tuple[str, int]
        """The content only: what comes from a read-only medium shall not be read-only. Returns its SHA-256 in hex and its size in bytes."""
        digest, size = hashlib.sha256(), 0
        with io.open(source, "rb") as old, io.open(destination, "wb") as new:
            while True:
                chunk = old.read(_CHUNK)
                if not chunk:
                    return to_text(digest.hexdigest()), size
                new.write(chunk)
                digest.update(chunk)
                size += len(chunk)

    def remove_tree(self, path):
        # type: (str) -> None
        """Remove a folder; a virus scanner or Explorer may hold a file for a moment: try again for some seconds."""
        for pause in (0.1, 0.2, 0.5, 1.0, 2.0, 0.0):
            try:
                _remove(path)
                return
            except EnvironmentError:
                if not pause:
                    raise
                time.sleep(pause)

    def discard(self, path):
        # type: (str) -> list[str]
        """Remove a file or a folder with all that can be removed now; the paths that are left, because something uses them."""
        return _discard(path)

    def remove_after_exit(self, tree, folders):
        # type: (str, list[str]) -> None
        """Remove a folder that this very program runs from, then those of ``folders`` that are empty, once it has ended."""
        raise NotImplementedError

    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[str]]]
        """Of these files those that can't be replaced or removed, each with the names of the programs that use it if they are known."""
        raise NotImplementedError


def _is_link(path):
    # type: (str) -> bool
    """A junction too, which Python takes for a folder: what it leads to is somebody else's, or lies on another disk by intention."""
    if os.path.islink(path):
        return True
    return leads_elsewhere(os.lstat(path))


def leads_elsewhere(found):
    # type: (Any) -> bool
    """Of what ``os.lstat`` says on Windows; elsewhere, and on 2.7, it has no such attributes."""
    is_reparse_point = getattr(found, "st_file_attributes", 0) & _REPARSE_POINT
    return bool(is_reparse_point and getattr(found, "st_reparse_tag", _NAME_SURROGATE) & _NAME_SURROGATE)


def _discard(path):
    # type: (str) -> list[str]
    left = []  # type: list[str]
    if os.path.isdir(path) and not _is_link(path):
        for name in os.listdir(path):
            left += _discard(os.path.join(path, to_text(name)))
    if not left and os.path.lexists(path):
        try:
            _remove(path)
        except EnvironmentError:
            left.append(path)
    return left


def _remove(path):
    # type: (str) -> None
    if os.path.isdir(path) and not _is_link(path):
        for name in os.listdir(path):
            _remove(os.path.join(path, to_text(name)))
        os.rmdir(path)
        return
    try:
        os.unlink(path)
    except EnvironmentError:
        os.chmod(path, 0o700)  # Windows removes no read-only file
        os.unlink(path)


def make_parents(path, made):
    # type: (str, set[str]) -> None
    """Make the folder of a file and those above it. ``made``: folders that are known to be there, which aren't asked for again."""
    folder = os.path.dirname(path)
    if folder not in made and not os.path.isdir(folder):
        os.makedirs(folder)
    made.add(folder)


def _fail(error):
    # type: (OSError) -> None
    raise error


def walk(folder):
    # type: (str) -> list[str]
    """The files below a folder; what a link to a folder leads to is not in it."""
    found = []
    for above, folders, files in os.walk(folder, onerror=_fail):  # on 3.x it takes no more than each folder's list
        folders.sort()
        found += [os.path.join(above, to_text(name)) for name in sorted(files)]
    return found
