"""``settings.json`` in the folder of later settings: every file of them as it was when they were made, and what files of the release hold
while they are in use.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import is_denied
from ..layout import UNREADABLE, release_of
from ..machine.file_contents import hash_file
from .formats import SETTINGS, encode_table, malformed, read_or_none, read_table
from .inventory import HIDDEN, MISSING, File, read_inventory
from .release_services import services_file
from .releases import listed_settings
from .shapes import TEXT, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host
    from .inventory import Inventory


def settings_file(layout):
    # type: (Layout) -> str
    return os.path.join(layout.settings, "settings.json")


def list_settings(host, layout, in_place):
    # type: (Host, Layout, dict[str, str]) -> None
    """Written last; what was set aside is none of them. ``in_place``: paths of files in the release, and of what they hold, in the folder of the settings."""
    begin, own = len(layout.settings) + 1, settings_file(layout)
    files = []  # type: list[list[Any]]
    for path in sorted(e for e in host.files.walk(layout.settings) if e != own and not e.endswith(UNREADABLE)):
        sha256, size = hash_file(path)
        files.append([path[begin:].replace(os.sep, "/"), size, sha256])
    of_copies = {each[0]: each for each in files}
    held = []
    for path, copy in sorted(in_place.items()):
        _, size, sha256 = of_copies[copy[begin:].replace(os.sep, "/")]
        held.append([path[len(layout.release) + 1 :].replace(os.sep, "/"), size, sha256])
    host.files.write(own, encode_table({"files": files, "in_place": held}, SETTINGS))


def read_settings(path):
    # type: (str) -> dict[str, list[Any]] | None
    """Both lists; None where there is no such file. Raises InstallError."""
    data = read_table(path, SETTINGS)
    if data is None:
        return None
    found = {"files": data.get("files"), "in_place": data.get("in_place", [])}
    for key in sorted(found):
        if not fits(found[key], [(TEXT, int, TEXT)]):
            raise malformed(path, key)
    return found


def in_place(layout):
    # type: (Layout) -> list[File]
    """What files of the release hold while these settings are in use, where that isn't what they were made with."""
    if layout.number == 1:
        return []
    return [File(*each) for each in (read_settings(settings_file(layout)) or {}).get("in_place", [])]


def as_in_use(layout, inventory):
    # type: (Layout, Inventory) -> Inventory
    """The release's list of files as they are while the layout's settings are in use."""
    files = dict(inventory.files)
    files.update((each.path, each) for each in in_place(layout) if each.path in files)
    return inventory._replace(files=files)


def changed_in_place(layout):
    # type: (Layout) -> list[str]
    """Paths in the layout's release of files that one of its settings changes; those of damaged settings aren't known."""
    others = [layout.of(each) for each in listed_settings(layout) if release_of(each) == layout.release_id]
    return sorted({each.path for other in others for each in read_or_none(in_place, other) or ()})


def settings_drift(layout):
    # type: (Layout) -> list[tuple[str, str]]
    """Files that aren't as they were, and what happened to each. Those that a release was made with are in the release's own list."""
    if layout.number == 1:
        return []
    path, found = settings_file(layout), []
    data = read_settings(path)
    if data is None:
        return [(path, MISSING)]
    for name, size, sha256 in data["files"]:
        place = os.path.join(layout.settings, *name.split("/"))
        try:
            if hash_file(place) != (sha256, size):
                found.append((place, "was changed"))
        except EnvironmentError as error:
            there = HIDDEN if is_denied(error) else "can't be read"
            found.append((place, there if os.path.exists(place) else MISSING))
    return found


def missing_settings(layout):
    # type: (Layout) -> list[str]
    """Of a release that is complete: which files of the layout's settings are gone, or were set aside. Those that the release was made with are
    files of its own: of them only what says which services it has, and which rights.
    """
    if layout.number > 1:
        return [path for path, what in settings_drift(layout) if what == MISSING]
    path = services_file(layout)
    is_listed = path[len(layout.release) + 1 :].replace(os.sep, "/") in read_inventory(layout).files
    return [path] if is_listed and not os.path.lexists(path) else []
