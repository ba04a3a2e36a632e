"""What a program of strangers left behind: files that are read only for what they are."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 1_000_000
"""Files and folders that are looked at."""
_LARGEST = 8 << 30
"""Bytes of all files that are to be read: one that is a hole takes nothing on the disk."""


class UnsafeLeavingError(ValueError):
    """What lies there is not what was to be there; the words say what it is."""


def plain_file(folder: Path, *names: str, largest: int) -> Path:
    """The path of a plain file below ``folder``, reached through no link; each of ``names`` is one folder's or the file's own.

    Raises UnsafeLeavingError: for a link, pipe, device or folder, for names that lead elsewhere, for more than ``largest`` bytes, for what
    can't be looked at; FileNotFoundError.
    """
    for name in names:
        if (
            name in ("", ".", "..")
            or set(name) & _UNSAFE
            or not name.isprintable()
            or len(os.fsencode(name)) > _LONGEST
        ):
            raise UnsafeLeavingError(f"{name[:_LONGEST]!r} is not a valid file name")
    path = folder
    _expect(path, folder=True)
    for name in names[:-1]:
        path = path / name
        _expect(path, folder=True)
    path = path / names[-1]
    size = _expect(path, folder=False).st_size
    if size > largest:
        raise UnsafeLeavingError(f"{path.name} has {size:,} bytes, and at most {largest:,} are taken")
    return path


def read_plain(folder: Path, *names: str, largest: int) -> bytes:
    """The content of such a file."""
    path = plain_file(folder, *names, largest=largest)
    with open_left(path) as stream:
        content = stream.read(largest + 1)
    if len(content) > largest:
        raise UnsafeLeavingError(f"{path.name} has more than {largest:,} bytes")
    return content


def read_end(path: Path, most: int) -> tuple[bytes, int]:
    """The last ``most`` bytes of a plain file, and how many were left out; raises UnsafeLeavingError for anything else, OSError."""
    _expect(path, folder=False)
    with open_left(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        left_out = stream.seek(max(0, size - most))
        return stream.read(most), left_out


def open_left(path: Path) -> BinaryIO:
    """A file that was a plain one a moment ago: a program that still runs may have put a link or a pipe there since.

    Raises UnsafeLeavingError, for one that may not be read too: its rights are a stranger's choice; FileNotFoundError.
    """
    with _known(path):
        return open_plain(path, follow_links=False)


@contextlib.contextmanager
def _known(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnsafeLeavingError(f"{path.name} can't be read: {error.strerror}") from None


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, in order; raises UnsafeLeavingError where it can't be listed or there are more than a million, FileNotFoundError."""
    with _known(folder), os.scandir(folder) as entries:
        found = sorted(each.name for each in itertools.islice(entries, _MOST + 1))
    if len(found) > _MOST:
        raise UnsafeLeavingError(f"{folder.name} holds more than {_MOST:,} files")
    return found


def plain_files(folder: Path, suffix: str) -> Iterator[Path]:
    """The plain files below ``folder`` whose names end so, in order of their paths; no link is followed.

    Raises UnsafeLeavingError where there are more than a million things to look at, they have more than 8 GiB, or ``folder`` is a link.
    """
    with contextlib.suppress(FileNotFoundError):
        _expect(folder, folder=True)
    found, waiting, seen, size = [], [folder], 0, 0
    while waiting:
        here = waiting.pop()
        with (
            contextlib.suppress(OSError),
            os.scandir(here) as entries,
        ):  # paths may be longer than the system's own limit
            for entry in entries:
                seen += 1
                if seen > _MOST:
                    raise UnsafeLeavingError(f"{folder.name} holds more than {_MOST:,} files")
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.name.endswith(suffix) and entry.is_file(follow_symlinks=False):
                    found.append(Path(entry.path))
                    size += entry.stat(follow_symlinks=False).st_size
                    if size > _LARGEST:
                        raise UnsafeLeavingError(f"its {suffix} files have more than {_LARGEST:,} bytes")
    yield from sorted(found)


def _expect(path: Path, *, folder: bool) -> os.stat_result:
    with _known(path):
        found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    junction = bool(getattr(found, "st_reparse_tag", None))
    if kind != (stat.S_IFDIR if folder else stat.S_IFREG) or junction:
        what = "a junction" if junction else _KINDS.get(kind, "something else")
        raise UnsafeLeavingError(f"{path.name} is {what}, not a {'folder' if folder else 'file'}")
    return found


_UNSAFE = frozenset("/\\:\0")
_LONGEST = 255
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
    stat.S_IFREG: "a file",
}
