"""The files of the Python that starts on the bare target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.pack.entry import Entry, bytes_entry

if TYPE_CHECKING:
    from bundler.model.artifact import Tree
    from bundler.model.target import Target

_HEEDS_IT = (3, 6)


def boot_entries(tree: Tree) -> tuple[list[Entry], tuple[str, ...]]:
    entries, placeholders = [], []
    for each in tree.files:
        path = f"boot/{each.path}"
        if each.size:
            entries.append(
                Entry(
                    path=path,
                    source=tree.part(each),
                    size=each.size,
                    sha256=each.sha256,
                    seal=tree.content.seal,
                    crc32=each.crc32,
                )
            )
        else:
            placeholders.append(path)
            entries.append(bytes_entry(path, b"\n"))
    return entries, tuple(sorted(placeholders))


def own_library(tree: Tree, target: Target) -> list[Entry]:
    r"""A ``python._pth``, as the embeddable Python has one: from 3.11 on a Python would take the library two folders above for its own, if
    somebody made ``Modules\Setup.local`` there (CVE-2026-12003), and an older one modules from folders that the registry names, before its own. A release's copy goes without, for it is to have site-packages.
    """
    if target.version_info < _HEEDS_IT or "/" in tree.python or any(each.endswith("._pth") for each in tree.paths):
        return []
    libraries = [each for each in tree.paths if each.endswith(".zip") and "/" not in each]
    folders = [each for each in ("Lib", "DLLs") if any(path.startswith(f"{each}/") for path in tree.paths)]
    lines = "".join(f"{each}\r\n" for each in (*libraries, *folders, "."))
    return [bytes_entry(f"boot/{tree.python.rpartition('.')[0]}._pth", lines.encode("ascii"))]
