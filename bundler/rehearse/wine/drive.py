"""Drive C: as this host reaches it while programs of strangers change it: each folder is opened from the one above, and no link is followed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.pictures import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_LARGEST = 256_000_000
_DELETED = "deleted"


class Drive:
    """``prefix``: the prefix of Wine. Programs may change all that is in it: drive_c itself may be a link, or gone."""

    def __init__(self, prefix: Path) -> None:
        self._prefix = prefix

    def exists(self, path: str) -> bool:
        """Whether there is something of that name; a link is something."""
        try:
            with self._above(path, make=False) as (folder, name):
                os.stat(_spelled(folder, name), dir_fd=folder, follow_symlinks=False)
        except (OSError, ValueError):
            return False
        return True

    def read(self, path: str) -> bytes | None:
        """A file's content, of a large one its first part; None: there is none, or a link leads there."""
        try:
            with self._above(path, make=False) as (folder, name):
                handle = _opened(folder, _spelled(folder, name), os.O_RDONLY)
        except (OSError, ValueError):
            return None
        with os.fdopen(handle, "rb") as stream:
            return stream.read(_LARGEST)

    def write(self, path: str, content: bytes) -> None:
        """Raises HostError (``link-out-of-machine``) where a link is in its place or on the way."""
        try:
            with self._above(path, make=True) as (folder, name):
                handle = _opened(folder, _spelled(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        except (OSError, ValueError):
            raise HostError(
                "link-out-of-machine", f"{path} is, or lies behind, a link that leads out of the rehearsed machine"
            ) from None
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)

    @contextlib.contextmanager
    def _above(self, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
        """The handle of the folder that a path lies in, and its name there. Raises OSError, ValueError."""
        *folders, name = _names(path)
        with opened_folder(self._prefix, "drive_c") as root, contextlib.ExitStack() as opened:
            at = root
            for each in folders:
                spelled = _spelled(at, each)
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(spelled, dir_fd=at)
                at = os.open(spelled, _FOLDER, dir_fd=at)
                opened.callback(os.close, at)
            yield at, name


@contextlib.contextmanager
def opened_folder(above: Path, name: str) -> Iterator[int]:
    """The handle of a folder that lies in one that is ours. Raises OSError, also where a link is in its place."""
    handle = os.open(above / name, _FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


def walked(folder: int, name: str, *, windows: bool) -> Iterator[tuple[str, str]]:
    """``folder``: its handle; what is removed meanwhile isn't there. ``windows``: of C: that folder is walked too.

    One by one: programs may put any number into one folder.
    """
    top = f"/proc/self/fd/{folder}"
    waiting = [(top, name)]
    while waiting:
        parent, at = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(parent) as entries:
            for each in entries:
                if not each.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        yield rf"{at}\{each.name}", _fingerprint(each)
                elif windows or (parent, name, each.name) != (top, "C:", "windows"):  # seen where its changes lie
                    yield rf"{at}\{each.name}", FOLDER
                    waiting.append((each.path, rf"{at}\{each.name}"))


def _fingerprint(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return f"link to {os.readlink(entry.path)}"  # noqa: PTH115 - many files
    state = entry.stat(follow_symlinks=False)
    gone = stat.S_ISCHR(state.st_mode)  # how an overlay notes it
    return _DELETED if gone else f"{state.st_size} {state.st_mtime_ns}"


def _names(path: str) -> tuple[str, ...]:
    windows = PureWindowsPath(path)
    names = windows.parts[1:]
    if windows.drive.upper() != "C:" or not windows.root or not names or ".." in names:
        raise ValueError(f"{path} is not on drive C:")
    return names


def _spelled(folder: int, name: str) -> str:
    """The name as it is written there: letter case matters only between names that are both there."""
    with contextlib.suppress(OSError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        return name  # without a look at all that programs put there
    names = os.listdir(folder)
    return next((each for each in sorted(names) if each.casefold() == name.casefold()), name)


def _opened(folder: int, name: str, flags: int) -> int:
    handle = os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY, 0o666, dir_fd=folder)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.ENXIO, "it is not a regular file", name)
