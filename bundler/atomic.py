"""Giving a finished file or folder its own name, and removing the folder that it was made in, by the next run if this one is killed.

On Windows whoever has a file open denies both: for a moment a virus scanner or an indexer, which look at whatever was just written;
for long a program that somebody forgot.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.owners import open_to_others

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DENIED = frozenset({5, 32})  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _replace(work: Path, final: Path) -> None:
    work.replace(final)


def move(
    work: Path,
    final: Path,
    *,
    rename: Callable[[Path, Path], None] = _replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Rename ``work`` to ``final``, replacing a file of that name; on Windows tried again for two seconds.

    Both lie on one disk; a folder needs a name that isn't taken. Raises OSError.
    """
    for pause in _PAUSES:
        try:
            rename(work, final)
        except OSError as error:
            if getattr(error, "winerror", None) not in _DENIED:
                raise
            sleep(pause)
        else:
            return
    rename(work, final)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that is whole at any time, a text as UTF-8; a link in its place is replaced, and not followed; a device or a pipe
    isn't, nor a link to one such as /dev/stdout. Raises OSError.
    """
    demand_plain(path)
    data = content if isinstance(content, bytes) else content.encode()
    with scratch_folder(BESIDE, path.parent) as scratch:
        work = scratch / "whole"
        work.write_bytes(data)
        move(work, path)


def demand_plain(path: Path) -> None:
    """See that no device and no pipe is there, nor a link to one. Raises OSError."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.ENXIO, "it is not a regular file", str(path))


BESIDE = ".bundle-"
"""How the names of folders begin in which files are made that get their place beside them."""
_TURNS = 20


def replace_folder(
    work: Path,
    final: Path,
    aside: Path,
    *,
    rename: Callable[[Path, Path], None] = _replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Rename the folder ``work`` to ``final``; one that has the name is moved into the folder ``aside``, and comes back if that fails.

    Where several programs do that at the same time, each has its turn, and the last one's folder stays. Raises OSError.
    """
    for turn in range(_TURNS):
        old = aside / f"replaced{turn}"
        with contextlib.suppress(FileNotFoundError):
            move(final, old, rename=rename, sleep=sleep)
        try:
            move(work, final, rename=rename, sleep=sleep)
        except OSError:
            if final.exists() and turn + 1 < _TURNS:
                continue  # another took the name in between
            if old.exists() and not final.exists():
                move(old, final, rename=rename, sleep=sleep)
            raise
        return


_USUAL = ("/tmp", "/var/tmp")  # noqa: S108 - asked whose they are


def new_folder(prefix: str, parent: Path | None = None) -> Path:
    """A new folder that is closed to others, in the one for temporary files if no other is given.

    What lies in it is believed and run. So of folders for temporary files the first is taken in which nobody else can put another in its
    place: TMPDIR may name one that several share. Where none is so, it lies there all the same.
    """
    if parent is not None:
        return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    named = tempfile.gettempdir()
    for place in (named, *_USUAL):
        with contextlib.suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
            if open_to_others(folder) is None:
                return folder
            folder.rmdir()
    return Path(tempfile.mkdtemp(prefix=prefix, dir=named))


@contextlib.contextmanager
def scratch_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """As ``new_folder``; removed at the end whatever is in it then, and if this process is killed by the next one that makes one of that prefix there."""
    folder, claim = _claimed_folder(prefix, parent)
    try:
        _sweep(folder.parent, prefix)
        yield folder
    finally:
        remove_tree(folder)
        claim.drop()


class _Claim:
    """A file beside a folder that the process which works in it holds a lock on: the system drops that however a process ends.

    Raises OSError.
    """

    ending = ".claim"

    def __init__(self, path: Path, *, new: bool) -> None:
        flags = os.O_CREAT | os.O_EXCL if new else getattr(os, "O_NOFOLLOW", 0)
        self._path, self._handle = path, os.open(path, os.O_RDWR | flags, 0o600)
        self.holds = _locked(self._handle)
        self.is_ours = _is_as_made(os.fstat(self._handle))

    def let_go(self) -> None:
        """Once: a number that is closed twice may be another file's by then."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def drop(self) -> None:
        self.let_go()  # first: Windows removes no file that is open
        with contextlib.suppress(OSError):
            self._path.unlink()


def _is_as_made(state: os.stat_result) -> bool:
    """Whether a claim is one of this account's: a file of that name in a stranger's checkout, or one that another file got, is none."""
    if not stat.S_ISREG(state.st_mode) or state.st_size:
        return False
    return sys.platform == "win32" or (state.st_uid, stat.S_IMODE(state.st_mode), state.st_nlink) == (
        os.geteuid(),
        0o600,
        1,
    )


def _claimed_folder(prefix: str, parent: Path | None) -> tuple[Path, _Claim]:
    while True:
        folder = new_folder(prefix, parent)
        try:
            claim = _Claim(folder.with_name(folder.name + _Claim.ending), new=True)
        except BaseException:
            remove_tree(folder)
            raise
        # one that sweeps may have been faster, between the file and the lock: it removes the folder, then lets go
        if folder.is_dir() if claim.holds else not _is_lockable(folder):
            return folder, claim
        remove_tree(folder)
        claim.drop()


def _is_lockable(folder: Path) -> bool:
    """Whether the file system knows locks: where it doesn't, nobody sweeps either."""
    try:
        probe = _Claim(folder / _Claim.ending, new=True)
    except FileNotFoundError:  # it was swept, which takes a lock
        return True
    probe.drop()
    return probe.holds


def _locked(handle: int) -> bool:
    """Whether this process has the lock now; not where another has it, nor on a file system that knows none."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _sweep(parent: Path, prefix: str) -> None:
    """Remove what processes left that were killed."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        names = [each.name for each in entries if each.name.startswith(prefix) and each.name.endswith(_Claim.ending)]
        for name in names:
            with contextlib.suppress(OSError):
                _remove_unclaimed(parent / name)


def _remove_unclaimed(path: Path) -> None:
    claim = _Claim(path, new=False)
    if not (claim.holds and claim.is_ours):
        claim.let_go()
        return
    folder = path.with_name(path.name.removesuffix(_Claim.ending))
    # where others may exchange what lies beside it, they choose what has that name. The folder itself may be a stranger's by now, as one
    # is that a program with less rights was given: he can have put nothing there but what is his
    if not _may_be_exchanged(path):
        remove_tree(folder, patient=False)
    if os.path.lexists(folder):  # a program that it started still runs: next time
        claim.let_go()
    else:
        claim.drop()


def remove_tree(
    folder: Path,
    *,
    once: Callable[[Path], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    patient: bool = os.name == "nt",
) -> None:
    """Remove a folder of ours with all that is in it: deeper than any path is long, closed to its owner, with names of any bytes. Of a link in
    its place nothing is removed.

    On Windows what somebody has open is tried again for two seconds. What can't be removed stays; that is no error.
    """
    remove = once or _remove_once
    remove(folder)
    for pause in _PAUSES if patient else ():
        if not os.path.lexists(folder):
            return
        sleep(pause)
        remove(folder)


def _remove_once(folder: Path) -> None:
    if folder.is_symlink():
        return
    with contextlib.suppress(RecursionError):
        if os.name != "nt":
            _remove_one_by_one(str(folder))
        shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists() or _may_be_exchanged(folder):
        return
    numbers, stuck = itertools.count(), set[Path]()
    while children := [each for each in _folders_in(folder) if each not in stuck]:
        for child in children:
            try:
                for inner in _folders_in(child):  # what is deep comes up, so that no path grows
                    os.rename(inner, folder / f".{next(numbers)}.leaving")  # noqa: PTH104
                child.rmdir()
            except OSError:
                stuck.add(child)
    with contextlib.suppress(OSError):
        folder.rmdir()


_MOST_OPEN = 100
"""Folders that are open at a time, each twice."""


def _remove_one_by_one(name: str, above: int | None = None, depth: int = 0) -> None:
    """What is in a folder and not too deep: ``shutil.rmtree`` has the names of one folder all at once in memory, of which builds of strangers make any number."""
    if depth > _MOST_OPEN:
        return
    with contextlib.suppress(OSError):
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        if entry.is_dir(follow_symlinks=False):
                            _remove_one_by_one(entry.name, handle, depth + 1)
                            os.rmdir(entry.name, dir_fd=handle)
                        else:
                            os.unlink(entry.name, dir_fd=handle)
        finally:
            os.close(handle)


def _may_be_exchanged(folder: Path) -> bool:
    """Whether others may put a link in its place while it is gone through by its path, as ``shutil.rmtree`` doesn't."""
    try:
        return open_to_others(folder) is not None
    except OSError:
        return True


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, opened to their owner, once all else in it is removed."""
    found = []
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IRWXU)
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                        found.append(Path(entry.path))
                        os.chmod(entry.path, stat.S_IRWXU)  # noqa: PTH101
                    else:
                        _unlink(entry.path)
    return found


def _is_junction(entry: os.DirEntry[str]) -> bool:
    tag: int = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return tag != 0


def _unlink(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108
    except PermissionError:  # Windows: read-only, or a junction
        os.chmod(path, stat.S_IRWXU)  # noqa: PTH101
        try:
            os.unlink(path)  # noqa: PTH108
        except PermissionError:
            os.rmdir(path)  # noqa: PTH106
