"""``settings.json`` in the folder of later settings: every file of them as it was when they were made."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import is_denied
from ..machine.files import hash_file
from .formats import SETTINGS, encode_table, malformed, read_table
from .inventory import HIDDEN
from .shapes import TEXT, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host

_NAME = "settings.json"


def list_settings(host, layout):
    # type: (Host, Layout) -> None
    """Written last."""
    begin, files, own = len(layout.settings) + 1, [], os.path.join(layout.settings, _NAME)
    for path in sorted(each for each in host.files.walk(layout.settings) if each != own):
        sha256, size = hash_file(path)
        files.append([path[begin:].replace(os.sep, "/"), size, sha256])
    host.files.write(own, encode_table({"files": files}, SETTINGS))


def settings_drift(layout):
    # type: (Layout) -> list[tuple[str, str]]
    """Files that aren't as they were, and what happened to each. Those that a release was made with are in the release's own list."""
    if layout.number == 1:
        return []
    path, found = os.path.join(layout.settings, _NAME), []
    data = read_table(path, SETTINGS)
    if data is None:
        return [(path, "is missing")]
    if not fits(data.get("files"), [(TEXT, int, TEXT)]):
        raise malformed(path, "files")
    for name, size, sha256 in data["files"]:
        place = os.path.join(layout.settings, *name.split("/"))
        try:
            if hash_file(place) != (sha256, size):
                found.append((place, "was changed"))
        except EnvironmentError as error:
            there = HIDDEN if is_denied(error) else "can't be read"
            found.append((place, there if os.path.exists(place) else "is missing"))
    return found
