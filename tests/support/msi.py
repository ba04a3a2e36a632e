"""MSIs as python.org's tools make them, as far as their files go: folders, components, cabinets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.legacy_msi import _compound, _database, _packed, _summary, make_cabinet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FOLDERS = (("TARGETDIR", "", "SourceDir"),)


def make_python_msi(
    path: Path,
    files: Mapping[str, bytes],
    *,
    folders: Sequence[tuple[str, str, str]] = (),
    more: Sequence[tuple[str, str, str, bytes]] = (),
    media: Sequence[tuple[int, int, str]] | None = None,
    cabinets: Mapping[str, bytes] | None = None,
    template: str = "x64;1033",
) -> Path:
    """An MSI that puts ``files`` (paths with ``/``) below TARGETDIR, packed by MSZIP.

    ``folders``: rows of Directory (key, parent, ``short|long``) besides; ``more``: files in them (key, folder's key, ``short|long``
    name, content). ``media``: other rows (DiskId, LastSequence, Cabinet); ``cabinets``: their streams, in place of the right one.
    """
    rows: list[tuple[str, str, str, bytes]] = []
    known = {"": "TARGETDIR"}
    directories = [*FOLDERS, *folders]
    for number, (name, content) in enumerate(files.items()):
        *parts, last = name.split("/")
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in known:
                known[folder] = f"D{len(known)}"
                above = known["/".join(parts[: depth - 1])]
                directories.append((known[folder], above, f"SHORT~{len(known)}|{parts[depth - 1]}"))
        rows.append((f"F{number}", known["/".join(parts)], f"SHORT~{number}|{last}", content))
    rows += more
    tables: dict[str, Sequence[tuple[str | int, ...]]] = {
        "Directory": directories,
        "Component": [(f"C{number}", folder) for number, (_, folder, _, _) in enumerate(rows)],
        "File": [
            (key, f"C{number}", name, len(content), number + 1) for number, (key, _, name, content) in enumerate(rows)
        ],
        "Media": media if media is not None else [(1, len(rows), "#python.cab")],
    }
    streams = _database(tables)
    whole = {"python.cab": make_cabinet({key: content for key, _, _, content in rows})}
    streams |= whole if cabinets is None else cabinets
    packed = {_packed(name): content for name, content in streams.items()}
    path.write_bytes(_compound({**packed, "\x05SummaryInformation": _summary(template)}))
    return path
