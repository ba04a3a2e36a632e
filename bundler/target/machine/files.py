"""The files' part of the port to the machine: what is written is written wholly, and what is removed may be in use."""

from __future__ import absolute_import, unicode_literals

import binascii
import errno
import hashlib
import io
import os
import time

from ..compat import to_text
from ..errors import is_denied
from .file_contents import pieces
from .folder_removal import remove_all
from .held_folder import HeldFolder, identity_of, replaced
from .links import link_target
from .listing import listed
from .patience import Removals, patiently
from .raw_file import NEW_FILE, RawFile, write_all
from .removal_at_once import remove_most

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_OF_WINDOWS = "System Volume Information"
"""In the first folder of a volume: mostly administrators may not look into it, so that none of their rights gets there either."""
_NO_PATH = 32000
"""Characters: Windows opens nothing by a longer path (32,767 with what it puts before it), whatever it says then."""


class Files(object):
    def __init__(self):
        # type: () -> None
        self._removals = Removals()

    # -- what others may be in the way of

    def is_held(self, error):
        # type: (EnvironmentError) -> bool
        """Whether it may go a moment later: somebody else has that file open, as virus scanners have each new one."""
        return False

    def sleep(self, seconds):
        # type: (float) -> None
        time.sleep(seconds)

    def replace(self, source, destination, wait=True):
        # type: (str, str, bool) -> None
        """Put a file in another's place, in one step, on the same volume. ``wait``: for whoever has that open, for some seconds."""
        if wait:
            patiently(self, lambda: self._replace(source, destination))
        else:
            self._replace(source, destination)

    def rename(self, source, destination):
        # type: (str, str) -> None
        """Give a file a name that isn't there yet, in the same folder; a program that runs can be renamed, but not replaced."""
        patiently(self, lambda: os.rename(source, destination))

    def write(self, path, content, private=False, wait=True):
        # type: (str, bytes, bool, bool) -> None
        """Write a whole file or nothing of it. ``private``: nobody but this account and administrators may read it, from its first byte on."""
        temporary = path + ".new"
        self._discard(temporary)  # it may be a link that somebody made where one is expected
        made = []  # type: list[int]
        try:
            if private:
                patiently(self, lambda: made.append(self._new_private_file(temporary)))
            else:
                patiently(self, lambda: made.append(os.open(temporary, NEW_FILE, 0o666)))
            with os.fdopen(made[0], "wb") as stream:  # opened once more by its name, it may be another one's
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            self.replace(temporary, path, wait)
        except BaseException:
            if made and os.path.isfile(temporary):
                patiently(self, lambda: self._unlink(temporary))  # it may hold a secret
            raise

    def copy_whole(self, source, destination):
        # type: (str, str) -> None
        """The whole copy of a file or nothing of it: it gets its name when it is on the disk."""
        temporary = destination + ".new"
        self._discard(temporary)
        self.copy(source, temporary)
        with self._opened(temporary, "r+b") as stream:
            os.fsync(stream.fileno())
        self.replace(temporary, destination)

    def append(self, path, content):
        # type: (str, bytes) -> None
        """Add to a file; when this returns, it is on the disk and not only on its way there."""
        with self._opened(path, "ab") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def unlink(self, path):
        # type: (str) -> None
        """Remove a file; there may be none."""
        if os.path.lexists(path):
            patiently(self, lambda: self._unlink(path))

    def _replace(self, source, destination):
        # type: (str, str) -> None
        raise NotImplementedError

    def _unlink(self, path):
        # type: (str) -> None
        os.unlink(path)

    def _opened(self, path, mode, buffering=-1):
        # type: (str, str, int) -> Any
        found = []  # type: list[Any]
        patiently(self, lambda: found.append(io.open(path, mode, buffering)))
        return found[0]

    def to_disk(self, folder):
        # type: (str) -> None
        """Whatever was written below the folder shall survive a power failure from here on."""
        raise NotImplementedError

    def copy(self, source, destination):
        # type: (str, str) -> tuple[str, int]
        """The content only: what comes from a read-only medium shall not be read-only. Returns its SHA-256 in hex and its size in bytes."""
        digest, size = hashlib.sha256(), 0
        with RawFile(source) as old:
            new = self._emptied(destination)
            try:
                for piece in pieces(old):
                    digest.update(piece)
                    size += len(piece)
                    write_all(new, piece)
            finally:
                os.close(new)
        return to_text(digest.hexdigest()), size

    def put(self, source, destination, content):
        # type: (str, str, bytes) -> None
        """The same of what was read of it before."""
        new = self._emptied(destination)
        try:
            write_all(new, content)
        finally:
            os.close(new)

    def _emptied(self, path):
        # type: (str) -> int
        """The number of the open file, once nobody holds it."""
        opened = []  # type: list[int]
        patiently(self, lambda: opened.append(_emptied(path)))
        return opened[0]

    def make_guarded(self, path):
        # type: (str) -> None
        """Make a folder; if an administrator does, it is from its first moment one that others can't change, whatever lies above it."""
        raise NotImplementedError

    def make_private(self, path):
        # type: (str) -> None
        """Make a folder in which nobody but this account and administrators may even read."""
        raise NotImplementedError

    def make_private_file(self, path):
        # type: (str) -> None
        """An empty one that nobody else can have open, in the place of what is there."""
        self.unlink(path)
        patiently(self, lambda: os.close(self._new_private_file(path)))

    def _new_private_file(self, path):
        # type: (str) -> int
        """The number of the open file; there must be nothing of that name."""
        raise NotImplementedError

    def make_work(self, place):
        # type: (str) -> str
        """A new folder for short-lived files: where every account may make files (as in a service's temporary folder), nobody may in this one."""
        while True:
            path = os.path.join(place, "bundle-" + to_text(binascii.hexlify(os.urandom(4))))
            if not os.path.lexists(path):
                self.make_private(path)
                return path

    # -- folders, and what in them leads elsewhere

    def is_link(self, path):
        # type: (str) -> bool
        """Whether it stands for something that lies elsewhere: what that is, is another's, or lies on another disk by intention."""
        return os.path.islink(path)

    def real(self, path):
        # type: (str) -> str
        """Where a path leads, once links and junctions are followed; what isn't there stays as it is."""
        return os.path.realpath(path)

    def leads_to(self, path):
        # type: (str) -> str | None
        """Where a link says that it leads, which may be another link, or a volume; None: that can't be told."""
        try:
            text = self._link_text(path)
        except (EnvironmentError, ValueError):
            return None
        if text is None:
            return None
        return os.path.normpath(os.path.join(os.path.dirname(path), link_target(text)))

    def behind_links(self, path):
        # type: (str) -> str
        """Where a path leads, by a name that isn't a link itself: a folder in which a volume is mounted is one, and may be the only other name."""
        real = self.real(path)
        return (self.leads_to(real) or real) if self.is_link(real) else real

    def _link_text(self, path):
        # type: (str) -> str | None
        return to_text(os.readlink(path))

    def names_of(self, path):
        # type: (str) -> int
        """How many names a file has (hard links); of a link itself. Raises EnvironmentError."""
        return os.lstat(path).st_nlink

    def remove_link(self, path):
        # type: (str) -> None
        """Remove the link itself."""
        os.unlink(path)

    def walk(self, folder, links=False):
        # type: (str, bool) -> list[str]
        """The files below a folder, with ``links`` the links to folders too; nothing of what those lead to."""
        found = []
        for above, files, linked in self._levels(folder):
            found += [os.path.join(above, each.name) for each in (files + linked if links else files)]
        return found

    def entries(self, folder):
        # type: (str) -> list[str]
        """What lies in a folder itself: files, folders and links; nothing where it is a link."""
        if self.is_link(folder):
            return []
        return [os.path.join(folder, each.name) for each in listed(self.whole_path(folder))]

    def everything(self, folder):
        # type: (str) -> list[str]
        """A folder and all that is in it: files, folders, and links, but not what these lead to."""
        found = []
        for above, files, linked in self._levels(folder):
            found.append(above)
            found += [os.path.join(above, each.name) for each in files + linked]
        return found

    def sizes(self, folder):
        # type: (str) -> list[tuple[str, int]]
        """The same files with their sizes in bytes. Windows tells them along with the names; each file would have to be asked else."""
        levels = self._levels(folder)
        return [(os.path.join(above, each.name), each.stat().st_size) for above, files, _ in levels for each in files]

    def folders(self, folder):
        # type: (str) -> list[str]
        """A folder and those below it, each before the one that it lies in; links to folders are not in it."""
        return [above for above, _, _ in self._levels(folder)][::-1]

    def _levels(self, folder):
        # type: (str) -> Iterator[tuple[str, list[Any], list[Any]]]
        """Each folder with its files, and with its links to folders, as ``os.scandir`` has them; ``os.walk`` enters junctions, which Python takes for folders. What lies so
        deep that no path leads there is left out: nothing of ours does. So is a folder below it that is gone by then: a service may run.
        """
        waiting = [] if self.is_link(folder) else [folder]
        while waiting:
            above = waiting.pop()
            try:
                found = sorted(listed(self.whole_path(above)), key=lambda each: each.name)
            except EnvironmentError as error:
                if is_denied(error) and _is_of_windows(above):
                    continue
                is_there = above == folder or os.path.lexists(self.whole_path(above))
                if is_there and error.errno != errno.ENAMETOOLONG and len(above) <= _NO_PATH:
                    raise
                continue
            inner = [each for each in found if each.is_dir()]
            linked = [each for each in inner if self.is_link(each.path)]
            waiting += [os.path.join(above, each.name) for each in reversed(inner) if each not in linked]
            yield above, [each for each in found if not each.is_dir()], linked

    def remove_tree(self, path):
        # type: (str) -> None
        """Remove a folder with all that is in it. Raises EnvironmentError at the first that can't be removed."""

        def remove(each, is_folder, check):
            # type: (str, bool, Callable[[], None]) -> None
            patiently(self, lambda: self._remove_one(each, is_folder, check))

        whole = self.whole_path(path)
        remove_most(self, whole, self._remove_one)
        remove_all(self, whole, remove, _raise)

    def discard(self, path, gone=None):
        # type: (str, Callable[[], None] | None) -> list[str]
        """Remove a file or a folder with all that can be removed now; the paths that are left, because something uses them. ``gone`` is called
        for each file that has been removed.
        """
        return self._removals.remove(self, lambda: self._discard(path, gone))

    def remove_empty(self, folder):
        # type: (str) -> None
        """A folder that holds something stays, and so does one that can't be removed: nobody needs it to go."""
        try:
            if not os.listdir(folder):
                patiently(self, lambda: os.rmdir(folder))
        except EnvironmentError:
            pass

    def remove_at_restart(self, path):
        # type: (str) -> bool
        """Let the system remove a file, or a folder that is empty by then, when it starts the next time; whether it will."""
        return False

    def removed_at_restart(self):
        # type: () -> list[str]
        """What it will remove then, whoever asked for that."""
        return []

    def leave_to_restart(self, paths):
        # type: (list[str]) -> list[str]
        """What is left of a removal, because something uses it until then; the paths for which the system can't do it either. A file gets
        another name before: whatever comes in its place mustn't go with it.
        """
        return [each for each in paths if not (os.path.isfile(each) and self._leave_to_restart(each))]

    def _leave_to_restart(self, path):
        # type: (str) -> bool
        old = path if path.endswith(".old") else "%s.%d.old" % (path, int(time.time()))
        try:
            if old != path:
                self.rename(path, old)
        except EnvironmentError:
            return False
        if self.remove_at_restart(old):
            return True
        if old != path:
            self.rename(old, path)
        return False

    def _discard(self, path, gone=None):
        # type: (str, Callable[[], None] | None) -> list[tuple[str, EnvironmentError]]
        left, whole = [], self.whole_path(path)  # type: list[tuple[str, EnvironmentError]], str

        def remove(each, is_folder, check):
            # type: (str, bool, Callable[[], None]) -> None
            self._remove_one(each, is_folder, check)
            if gone is not None and not is_folder:
                gone()

        remove_most(self, whole, remove)
        remove_all(self, whole, remove, lambda each, error: left.append((path + each[len(whole) :], error)))
        return left

    def whole_path(self, path):
        # type: (str) -> str
        """The same path in the form in which it may be as long as the system allows, and hold every name."""
        return path

    def is_folder(self, path):
        # type: (str) -> bool
        return os.path.isdir(path) and not self.is_link(path)

    def identity(self, path):
        # type: (str) -> Any
        """What tells a folder from one that somebody puts in its place. Raises EnvironmentError."""
        return identity_of(path)

    def hold(self, path, identity):
        # type: (str, Any) -> HeldFolder
        """A folder while what lies in it is removed. Raises EnvironmentError where it is another one by now."""
        return HeldFolder(path, identity)

    def hold_to_remove(self, path):
        # type: (str) -> HeldFolder
        """A folder, in one that is held, until it is removed as well. Raises EnvironmentError where it is none, or can't be removed now."""
        if not self.is_folder(path):
            raise replaced(path)
        return HeldFolder(path, self.identity(path))

    def _remove_one(self, path, is_folder, check):
        # type: (str, bool, Callable[[], None]) -> None
        check()
        remove = os.rmdir if is_folder else self._unlink  # type: Callable[[str], None]
        try:
            remove(path)
        except EnvironmentError:
            if self.is_link(path):
                self.remove_link(path)
                return
            os.chmod(path, 0o700)  # Windows removes nothing that is read-only
            remove(path)

    def remove_after_exit(self, tree, folders):
        # type: (str, list[str]) -> None
        """Remove a folder that this very program runs from, then those of ``folders`` that are empty, once it has ended."""
        raise NotImplementedError

    def volume(self, path):
        # type: (str) -> tuple[str, int]
        """The name of the volume that a path (it needn't exist) lies on, and the free bytes there."""
        raise NotImplementedError

    def is_read_only(self, path):
        # type: (str) -> bool
        """Whether nobody can change anything on its volume, whatever rights say: a DVD, an image."""
        return False

    def behind_drive(self, path):
        # type: (str) -> str | None
        """What a drive's letter stands for that only this logon session knows (``subst``, a mapped drive), None: it is everybody's."""
        return None  # noqa: RET501 - others tell

    def may_create(self, folder):
        # type: (str) -> bool
        """Whether files and folders can be made in this existing folder; finds out without making one."""
        raise NotImplementedError

    def may_make_folder(self, folder):
        # type: (str) -> bool
        """Whether folders can be made in it, and perhaps nothing else: users may so in a drive's first folder."""
        return self.may_create(folder)


def _is_of_windows(folder):
    # type: (str) -> bool
    above, name = os.path.split(folder)
    return name == _OF_WINDOWS and os.path.dirname(above) == above


def _raise(_path, error):
    # type: (str, EnvironmentError) -> None
    raise error


def _emptied(path):
    # type: (str) -> int
    """The number of the open file, which has nothing in it."""
    try:
        return os.open(path, NEW_FILE, 0o666)
    except EnvironmentError as error:
        if error.errno != errno.EEXIST:
            raise
    return os.open(path, NEW_FILE & ~os.O_EXCL | os.O_TRUNC, 0o666)
