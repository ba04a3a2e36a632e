"""Streams of an OLE compound file ([MS-CFB]), opened after a look at the header: its counts decide how much memory reading takes."""

from __future__ import annotations

import contextlib
import struct
import sys
from typing import TYPE_CHECKING

from bundler.errors import BundleError, HostError
from bundler.formats.malformed import damaged
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import olefile

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How every compound file begins."""

_SPARE = 128
_STREAM = 2  # a directory entry's type
_MOST_STREAMS = 4096
"""An installer has a few hundred: its tables, cabinets and pictures."""


@contextlib.contextmanager
def compound_streams(file: Path) -> Iterator[Streams]:
    """The file's streams; raises IntegrityError (``installer-malformed``) where the format isn't kept, inside the block too.

    Raises HostError (``installer-library-missing``) where the package that reads them isn't installed.
    """
    try:
        import olefile
    except ImportError as error:
        raise HostError(
            "installer-library-missing",
            f"{file.name} can't be read: olefile, which reads Windows Installer databases, is not installed",
            context=(str(file),),
            hint=f"install it: {sys.executable} -m pip install olefile",
        ) from error
    try:
        _check_counts(file)
        with olefile.OleFileIO(file) as opened:
            yield Streams(opened)
    except BundleError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        raise damaged(file, error) from error
    except Exception as error:  # hostile bytes make decoders fail in every way there is
        raise damaged(file, f"{type(error).__name__}: {error}") from error


def check_streams(file: Path) -> None:
    """Raise IntegrityError (``installer-malformed``) where there are more streams than any installer has, or where they share their bytes.

    Whoever reads all of them, as the hash of a signature does, would take minutes to hours for a small file.
    """
    with compound_streams(file) as streams:
        sizes = streams.sizes()
        if len(sizes) > _MOST_STREAMS:
            raise damaged(file, f"it has {len(sizes)} streams")
        if sum(sizes) > file.stat().st_size:
            raise damaged(file, "its streams share their bytes, or it is cut short")


class Streams:
    """The streams at the root of a compound file."""

    def __init__(self, opened: olefile.OleFileIO) -> None:
        self._opened = opened
        # olefile's own list has a path for each stream of all folders, which may lie hundreds deep
        found = [each for each in opened.root.kids if each.entry_type == _STREAM] if opened.root is not None else []
        self._entries = {each.name: [each.name] for each in found}

    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def sizes(self) -> tuple[int, ...]:
        """Of all of them, those in folders too."""
        return tuple(each.size for each in self._opened.direntries if each is not None and each.entry_type == _STREAM)

    def read(self, name: str) -> bytes:
        """A whole stream, empty if there is none; it can't be longer than the file."""
        if name not in self._entries:
            return b""
        with self._opened.openstream(self._entries[name]) as stream:
            content: bytes = stream.read()
        return content


def _check_counts(file: Path) -> None:
    with open_plain(file) as stream:
        head = stream.read(512)
    if len(head) < 512:  # noqa: PLR2004
        raise damaged(file, "it ends within its header")
    (shift,) = struct.unpack_from("<H", head, 30)
    if shift not in (9, 12):
        raise damaged(file, f"its sectors have 2**{shift} bytes")
    sectors = file.stat().st_size >> shift
    _, _, fat, _, _, _, _, mini_fat, _, difat = struct.unpack_from("<IIIIIIIIII", head, 36)
    per_sector = 1 << (shift - 2)
    if fat > 2 * (sectors // per_sector) + _SPARE or mini_fat > sectors or difat > fat // per_sector + _SPARE:
        raise damaged(file, "its header names more sectors than there are")
