"""``release.json`` in every release: what it is, where it came from, and every file as it was when it was finished.

``spares.zip`` beside it holds the files that the bundle has not as they are (launchers, filled-in templates, what venv wrote), so
that a damaged one can be put back to the byte. Byte code is in neither, where there is a source: Python itself makes it anew, and may.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os
import zipfile

from ..archives import DAMAGED, opened, read_member
from ..compat import to_text
from ..errors import FAILED, InstallError, is_denied
from ..machine.file_contents import hash_file
from ..machine.parallel import in_parallel
from .formats import RELEASE, encode_table, malformed, read_bytes, table_of
from .shapes import TEXT, Maybe, fits, is_whole
from .written_files import is_volatile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host

File = collections.namedtuple("File", ["path", "size", "sha256"])
Inventory = collections.namedtuple(
    "Inventory",
    [
        "name", "version", "publisher", "release", "manifest_sha256", "bundle", "installed", "account", "sid", "python", "data", "runtime",
        "size", "files", "volatile", "closed", "closed_data", "added", "display_name", "icon",
    ],
)  # fmt: skip
"""``data``: its data folder, ``runtime``: the folder of its Python if that lies outside; ``files``: path to File, relative with ``/``;
``size``: bytes of the whole release, byte code and all; ``volatile``: patterns of what programs write into the release, ``closed``: those of
the files that hold secrets, besides ``site.json``, ``closed_data``: paths of those in the data folder; None in releases of earlier versions. ``added``: name,
version, file and SHA-256 of wheels that no bundle brought; None: there are none. ``display_name``: what the list of installed programs calls it,
``icon``: its file in the release; None: nothing of its own.
"""


_WITHOUT_ADDED = 1
_ANEW = "The bootstrap.bat of a bundle, run without a mode, installs its release anew and puts it into use."
HIDDEN = "can't be read by this account"
"""What happened to a file of which only its size could be compared."""
MISSING = "is missing"
_SHAPES = {
    "files": [(TEXT, int, TEXT)],
    "size": Maybe(int),
    "volatile": Maybe([TEXT]),
    "closed": Maybe([TEXT]),
    "closed_data": Maybe([TEXT]),
    "added": Maybe([(TEXT, TEXT, TEXT, TEXT)]),
}
"""Of those fields that aren't a text or none."""


_PLACES = ("data", "runtime")
_understood = {}  # type: dict[str, tuple[bytes, Inventory]]


def write_inventory(host, layout, facts, files, size):
    # type: (Host, Layout, dict[str, Any], list[File], int) -> None
    data = dict(facts, size=size, files=[list(each) for each in files])
    version = (
        None if facts.get("added") else _WITHOUT_ADDED
    )  # older programs may read it: there is nothing that they would lose
    host.files.write(layout.inventory, encode_table(data, RELEASE, 0, version))


def read_inventory(layout):
    # type: (Layout) -> Inventory
    """Raises InstallError: 1603 where there is none, 1638 where a newer program wrote it.

    One that holds what it held when it was last read isn't understood once more: a run needs it many times, and it has thousands of lines.
    """
    content = read_bytes(layout.inventory)
    if content is None:
        text = "The release %s is not complete: there is no %s"
        raise InstallError(FAILED, text % (layout.id, layout.inventory), [_ANEW])
    known = _understood.get(layout.inventory)
    if known is None or known[0] != content:
        known = _understood[layout.inventory] = (content, _inventory(layout, content))
    return known[1]


def _inventory(layout, content):
    # type: (Layout, bytes) -> Inventory
    data = table_of(layout.inventory, content, RELEASE)
    for key in Inventory._fields:
        value = data.get(key)
        if not fits(value, _SHAPES.get(key, Maybe(TEXT))) or (key in _PLACES and value and not is_whole(value)):
            raise malformed(layout.inventory, key)
    files = {each[0]: File(*each) for each in data["files"]}
    return Inventory(**dict({name: data.get(name) for name in Inventory._fields}, files=files))


def closed_files(layout, inventory, granted):
    # type: (Layout, Inventory, list[str]) -> set[str]
    """Files of a release that hold secrets, by path. ``granted``: those on which accounts have rights of their own, which says it of older ones."""
    folder = os.path.join(layout.release, "services")
    names = inventory.closed or []
    found = {os.path.join(layout.release, *each.split("/")) for each in names}
    return (
        found
        | {os.path.join(layout.release, "site.json")}
        | {each for each in granted if os.path.dirname(each) == folder}
    )


def data_of(layout):
    # type: (Layout) -> str | None
    """The data folder of a release; None too where it can't be told any more."""
    try:
        return read_inventory(layout).data  # type: ignore[no-any-return]
    except (EnvironmentError, InstallError):
        return None


def drift(layout, inventory, contents=True):
    # type: (Layout, Inventory, bool) -> list[tuple[File, str]]
    """Files that aren't as they were, with what happened to each; without ``contents`` only what can be told without reading."""
    # what is volatile an older program may have listed all the same
    files = [each for each in inventory.files.values() if not is_volatile(each.path, inventory.volatile or ())]
    found = {}  # type: dict[str, str | None]

    def look(each):
        # type: (File) -> None
        found[each.path] = _change(os.path.join(layout.release, *each.path.split("/")), each, contents)

    in_parallel(look, files)
    return [(each, found[each.path] or "") for each in sorted(files) if found[each.path]]


def _change(path, file, contents):
    # type: (str, File, bool) -> str | None
    try:
        same = os.path.getsize(path) == file.size and (not contents or hash_file(path) == (file.sha256, file.size))
        return None if same else "was changed"
    except EnvironmentError as error:
        there = HIDDEN if is_denied(error) else "can't be read"
        return there if os.path.exists(path) else MISSING


def write_spares(layout, files, elsewhere, kept):
    # type: (Layout, list[File], frozenset[str], dict[str, bytes]) -> None
    """``elsewhere``: the SHA-256 of everything that the bundle itself could put back. ``kept``: what else is kept, by name."""
    with zipfile.ZipFile(layout.spares, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(kept):
            archive.writestr(str(name), kept[name])
        for each in files:
            if each.sha256 not in elsewhere:
                elsewhere |= {each.sha256}
                archive.write(os.path.join(layout.release, *each.path.split("/")), str(each.sha256))


def spare_names(layout):
    # type: (Layout) -> frozenset[str]
    """The SHA-256 of each."""
    try:
        with opened(layout.spares) as archive:
            return frozenset(to_text(each) for each in archive.namelist())
    except (EnvironmentError,) + DAMAGED:
        return frozenset()


def read_spare(layout, name):
    # type: (Layout, str) -> bytes | None
    """By its SHA-256, or by the name under which it is kept."""
    try:
        with opened(layout.spares) as archive:
            return read_member(archive, str(name))
    except (EnvironmentError,) + DAMAGED:
        return None
