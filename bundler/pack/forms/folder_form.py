"""A bundle as a plain folder. What is read may be anybody's."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.pack.copying import Digest, checked
from bundler.pack.forms.bundle_form import BundleForm, Listed, pump

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.forms.bundle_form import Sink
    from bundler.pack.layout import Entry
    from bundler.report import Track


def write_folder(entries: Iterable[Entry], root: Path, mtime: datetime.datetime, track: Track) -> None:
    """Write the entries below ``root``; files and folders get the time ``mtime``."""
    root.mkdir()
    seconds = mtime.timestamp()
    with Digest() as digest:
        for entry in entries:
            path = root / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                for data in checked(entry, digest):
                    out.write(data)
                    track.advance(len(data))
            path.chmod(0o644)
            os.utime(path, (seconds, seconds))
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):  # Windows sets no time on a folder
            os.utime(folder, (seconds, seconds))


class FolderReader:
    def __init__(self, root: Path) -> None:
        self._root = root
        found = [*_walk(root, "")]
        self.listed = tuple(each for each in found if isinstance(each, Listed))
        self.faults = tuple(each for each in found if isinstance(each, Fault))

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        for path, limit in limits.items():
            try:
                with (self._root / path).open("rb") as stream:
                    pump(stream, path, limit, sink)
            except OSError as error:
                yield Fault(path, f"can't be read: {error.strerror or error}")


def _walk(folder: Path, prefix: str) -> Iterator[Listed | Fault]:
    """Everything below ``folder`` that is a file, and a fault for whatever is neither file nor folder."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda each: each.name)
    if not ordered and prefix:
        yield Fault(prefix, "is an empty folder, which no bundle has")
    for each in ordered:
        path = f"{prefix}{each.name}"
        if _reparsed(each) or not (each.is_dir() or each.is_file()):
            yield Fault(path, "is a link or a device and should be a file")
        elif each.is_dir():
            yield from _walk(folder / each.name, f"{path}/")
        else:
            yield Listed(path=path, size=each.stat().st_size)


def _reparsed(entry: os.DirEntry[str]) -> bool:
    """Whether it is a symbolic link, or on Windows a junction or anything else that stands for another place."""
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return entry.is_symlink() or bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)


FORM = BundleForm(write=write_folder, read=FolderReader)
