"""Things that are made once and kept: the chroot with Wine, and the Windows that every session starts from."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bundler.atomic import remove_tree
from bundler.rehearse.wine import host_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO


RUNNING = "running"
"""The folder in the bed's that has a folder for each rehearsal that runs."""
_CLAIM = ".claim"
"""A file that whoever works in the folder holds a lock on: the kernel drops it however a process ends."""


def bed_root(environ: Mapping[str, str], cache: Path) -> Path:
    """Where the bed lies: `BUNDLE_TESTBED`, else a folder in the product's CACHE."""
    chosen = environ.get("BUNDLE_TESTBED")
    return Path(os.path.expanduser(chosen)) if chosen else cache / "rehearsal"  # noqa: PTH111 - a stranger's is no error


def stamp_of(*parts: bytes) -> str:
    """A stamp for a thing made from PARTS."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]


class Cache:
    """A directory of things that are whole when they have their name, whoever else is making them at the same time."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)

    def made(self, name: str, stamp: str, make: Callable[[Path], None]) -> Path:
        """The file or directory NAME as STAMP says: made by MAKE under another name, and renamed when it is whole.

        The stamp is a folder in its path: a changed recipe makes it anew, and what an older version is still using stays.
        """
        path = self.path(name, stamp)
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.parent / f"{path.name}.lock"):
            if path.exists():
                return path
            unfinished = path.parent / f"unfinished-{path.name}"
            remove(unfinished)
            try:
                make(unfinished)
                unfinished.rename(path)
            finally:
                remove(unfinished)
        return path

    def path(self, name: str, stamp: str) -> Path:
        """Where it is when it is made."""
        return self.root / stamp / name

    @contextlib.contextmanager
    def held(self, name: str, stamp: str) -> Iterator[None]:
        """While this lasts, nobody removes it as an old one."""
        with _use_of(self.path(name, stamp)) as use:
            _lock(use, exclusive=False)
            yield

    def remove_others(self, name: str, stamp: str) -> int:
        """Remove what is called NAME and was made by other recipes, unless somebody uses or makes it; how many there were."""
        removed = 0
        for folder in sorted(self.root.iterdir()):
            old, unfinished = folder / name, folder / f"unfinished-{name}"
            if folder.name == stamp or not (old.exists() or unfinished.exists()):
                continue
            in_use = contextlib.suppress(Timeout, BlockingIOError)
            with in_use, FileLock(folder / f"{name}.lock", timeout=0), _use_of(old) as use:
                _lock(use, exclusive=True)
                removed += old.exists()
                remove(old)
                remove(unfinished)
        return removed


@contextlib.contextmanager
def claimed_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in PARENT, removed at the end; and those are removed that were left by a process which was killed."""
    import fcntl

    parent.mkdir(parents=True, exist_ok=True)
    with FileLock(parent / "making.lock"):
        for each in parent.iterdir():
            if each.is_dir() and not _is_claimed(each):
                remove(each)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        claim = (folder / _CLAIM).open("wb")
        fcntl.flock(claim, fcntl.LOCK_EX)
    try:
        with claim:
            yield folder
    finally:
        remove(folder)


@contextlib.contextmanager
def _use_of(path: Path) -> Iterator[BinaryIO]:
    """The file beside it that those hold a lock on who use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f"{path.name}.used").open("ab") as use:
        yield use


def _lock(stream: BinaryIO, *, exclusive: bool) -> None:
    """Raises BlockingIOError where others are in the way of an exclusive one; the other kind waits."""
    import fcntl

    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)


def _is_claimed(folder: Path) -> bool:
    import fcntl

    try:
        with (folder / _CLAIM).open("rb") as claim:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def remove(path: Path) -> None:
    """Remove a file or tree, or nothing; also what belongs to other users of this one's user namespace."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    remove_tree(path)
    if path.exists() and not host_tools.is_root():
        host_tools.run(*host_tools.unsharing("mount"), "rm", "-rf", path)


def copy_tree(source: Path, destination: Path) -> None:
    """Copy a tree or file with its links and times, sharing blocks where the file system can."""
    if destination.is_dir():
        remove_tree(destination)
    host_tools.run("cp", "--archive", "--reflink=auto", "--no-target-directory", source, destination)


def disk_use(folder: Path) -> int:
    """Bytes on the disk below FOLDER; what other users of this one's namespace closed to it doesn't count."""
    found = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                found += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118 - many files
            except OSError:
                continue
    return found
