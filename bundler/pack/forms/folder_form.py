"""A bundle as a plain folder. What is read may be anybody's."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.formats.named_streams import MARK_OF_THE_WEB, named_streams
from bundler.pack.copying import Sources, checked
from bundler.pack.forms.bundle_form import BundleForm, Listed, pump
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.pack.entry import Entry
    from bundler.pack.forms.bundle_form import Sink
    from bundler.report import Track


_DEEPEST = 100
"""Folders within each other: no name on Windows has room for more in a bundle."""


def write_folder(entries: Iterable[Entry], root: Path, mtime: datetime.datetime, track: Track) -> None:
    """Write the entries below ``root``; files and folders get the time ``mtime``."""
    root.mkdir()
    seconds = mtime.timestamp()
    with Sources() as sources:
        for entry in entries:
            path = root / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                for data in checked(entry, sources):
                    out.write(data)
                    track.advance(len(data))
            path.chmod(0o644)
            os.utime(path, (seconds, seconds))
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):  # Windows sets no time on a folder
            os.utime(folder, (seconds, seconds))


class FolderReader:
    """``streams`` tells the named streams of a file or folder; a port, since only Windows has them."""

    def __init__(self, root: Path, streams: Callable[[Path], tuple[str, ...]] = named_streams) -> None:
        self._root = root
        found = [*_hidden(root, "", streams), *_walk(root, "", streams)]
        self.listed = tuple(each for each in found if isinstance(each, Listed))
        self.faults = tuple(each for each in found if isinstance(each, Fault))

    def pieces(self) -> Iterator[bytes | str]:
        yield from ()

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        for path, limit in limits.items():
            try:
                with open_plain(self._root / path) as stream:
                    pump(stream, path, limit, sink)
            except OSError as error:
                yield Fault(path, f"can't be read: {error.strerror or error}")


def _walk(folder: Path, prefix: str, streams: Callable[[Path], tuple[str, ...]]) -> Iterator[Listed | Fault]:
    """Everything below ``folder`` that is a file, and a fault for whatever is neither file nor folder."""
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda each: each.name)
    except OSError as error:
        yield Fault(prefix, f"can't be read: {error.strerror or error}")
        return
    if not ordered and prefix:
        yield Fault(prefix, "is an empty folder, which no bundle has")
    for each in ordered:
        # Linux has names that are no text: said so that they can be printed
        path = prefix + each.name.encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            is_folder = each.is_dir()
            strange = _reparsed(each) or not (is_folder or each.is_file())
            size = each.stat().st_size if not strange else 0
        except OSError as error:
            yield Fault(path, f"can't be read: {error.strerror or error}")
            continue
        if strange:
            yield Fault(path, "is a link or a device and should be a file")
            continue
        yield from _hidden(folder / each.name, path, streams)
        if not is_folder:
            yield Listed(path=path, size=size)
        elif prefix.count("/") >= _DEEPEST:
            yield Fault(path, "lies deeper than any folder of a bundle")
        else:
            yield from _walk(folder / each.name, f"{path}/", streams)


def _hidden(path: Path, shown: str, streams: Callable[[Path], tuple[str, ...]]) -> Iterator[Fault]:
    """A fault for each named stream but the one that Windows adds to what was downloaded."""
    try:
        names = streams(path)
    except OSError as error:
        yield Fault(shown, f"can't be read: {error.strerror or error}")
        return
    for each in names:
        if each.casefold() != MARK_OF_THE_WEB.casefold():
            yield Fault(shown, f"has the named stream {each}, which no file of a bundle has")


def _reparsed(entry: os.DirEntry[str]) -> bool:
    """Whether it is a symbolic link, or on Windows a junction or anything else that stands for another place."""
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return entry.is_symlink() or bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)


FORM = BundleForm(write=write_folder, read=FolderReader)
