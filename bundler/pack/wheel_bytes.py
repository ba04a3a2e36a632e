"""Whether members of wheels have the same bytes. By size and CRC-32 alone they only seem to: four bytes of a comment give a file any CRC that somebody wants."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from bundler.formats.wheel_reader import open_wheel

if TYPE_CHECKING:
    import zipfile

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.artifact import WheelFile

    Member = tuple[zipfile.ZipFile, zipfile.ZipInfo]

_BLOCK = 1 << 20


def same_bytes(one: Member, other: Member) -> bool:
    """Nothing is read where the directory says that they differ. Raises what reading a zip raises."""
    if (one[1].CRC, one[1].file_size) != (other[1].CRC, other[1].file_size):
        return False
    if not one[1].file_size:
        return True
    with one[0].open(one[1]) as first, other[0].open(other[1]) as second:
        while block := first.read(_BLOCK):
            if second.read(len(block)) != block:
                return False
        return not second.read(1)


class Opened(contextlib.ExitStack):
    """A wheel that is opened when a member of it is asked for. Raises MalformedWheelError, OSError."""

    def __init__(self, file: WheelFile) -> None:
        super().__init__()
        self._file = file

    @functools.cached_property
    def wheel(self) -> Wheel:
        return self.enter_context(open_wheel(self._file.file.path, self._file.filename))

    def member(self, name: str) -> Member:
        """Of several of one name the last, which stays."""
        return self.wheel.archive, self.wheel.archive.getinfo(name)
