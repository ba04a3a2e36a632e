"""The files of an MSI, where installing it would put them below TARGETDIR; nothing of the MSI is run.

Tables: https://learn.microsoft.com/windows/win32/msi/database-tables (File, Component, Directory, Media).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.formats.msi.cabinet import Cabinet, CabinetFile
from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.database import Database, folder_name, long_name, whole_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Sink, Visit
    from bundler.formats.msi.database import Row

_ROOT = "TARGETDIR"
_DEEPEST = 64
_MOST_MEDIA = 1000
_MERGED = re.compile(r"\.[0-9A-F]{8}(_[0-9A-F]{4}){3}_[0-9A-F]{12}$", re.IGNORECASE)
"""How the keys of what a merge module brought end: assemblies that all of Windows shares, in a cabinet of their own."""
_OUTSIDE = ("Folder", "WindowsVolume", "ROOTDRIVE")
"""How the properties end that name a folder of Windows; a merge module puts a dot and its own number behind them."""


def walk_msi(archive: Path, guard: Guard, visit: Visit) -> None:
    """A reader for ``archives.walk`` and ``unpack``: every file that would lie below TARGETDIR, with its path from there.

    What would go to a folder of Windows itself is passed over, and so is what came out of a merge module. Raises IntegrityError: ``installer-malformed``,
    ``archive-unreadable`` (its files lie beside it), and what the guard finds.
    """
    with compound_streams(archive) as streams:
        database = Database(streams)
        paths = dict(_paths(database))
        placed: dict[str, int] = {}

        def visit_file(file: CabinetFile) -> Sink | None:
            guard.grow(file.size)
            path = paths.pop(file.name, None)
            # several components may bring the same file, each for another case
            if path is None or placed.get(path.casefold()) == file.size:
                return None
            placed[path.casefold()] = file.size
            return visit(guard.enter(path, folder=False))

        left = archive.stat().st_size
        for name in dict.fromkeys(_cabinets(database, guard)):
            content = database.stream(name)
            left -= len(content)
            if left < 0:
                raise ValueError("its cabinets share their bytes")
            if not content:
                raise ValueError(f"its cabinet {name} isn't there")
            cabinet = Cabinet(content)
            if not any(each.name in paths for each in cabinet.files):
                continue  # such as that of a merge module
            guard.expect(sum(each.size for each in cabinet.files))
            cabinet.extract(visit_file)
        if paths:
            raise ValueError(f"its cabinets lack {min(paths.values())}")


def _cabinets(database: Database, guard: Guard) -> Iterator[str]:
    """The names of the streams that hold the cabinets. Each is read as a whole."""
    media = database.rows("Media")
    if len(media) > _MOST_MEDIA:
        raise ValueError(f"it has more than {_MOST_MEDIA} media")
    for row in media:
        name = str(row["Cabinet"] or "")
        if name.startswith("#"):
            yield name[1:]
        elif int(row["LastSequence"] or 0):
            raise guard.fault(
                "archive-unreadable",
                "doesn't hold its files, they lie beside it",
                "name an installer that is one file, such as python.org's",
            )


def _paths(database: Database) -> Iterator[tuple[str, str]]:
    """The key of each file below TARGETDIR, and its path from there."""
    folders = {str(each["Directory"]): each for each in database.rows("Directory")}
    homes = {str(each["Component"]): str(each["Directory_"]) for each in database.rows("Component")}
    known: dict[str, tuple[str, ...] | None] = {}
    for each in database.rows("File"):
        if _MERGED.search(str(each["File"])):
            continue
        home = homes[str(each["Component_"])]
        if home not in known:
            known[home] = _folder(home, folders)
        parts = known[home]
        if parts is not None:
            yield str(each["File"]), whole_path(parts, long_name(str(each["FileName"])))


def _folder(key: str, folders: Mapping[str, Row]) -> tuple[str, ...] | None:
    """The folders from TARGETDIR to ``key``; None: it lies elsewhere."""
    parts: list[str] = []
    for _ in range(_DEEPEST):
        if key == _ROOT:
            return tuple(reversed(parts))
        if key.partition(".")[0].endswith(_OUTSIDE):
            return None
        row = folders[key]
        # "." is the folder above
        name = folder_name(str(row["DefaultDir"]))
        if name != ".":
            parts.append(name)
        parent = row["Directory_Parent"]
        if not parent or parent == key:
            return None
        key = str(parent)
    raise ValueError("its folders are nested too deep, or in a circle")
