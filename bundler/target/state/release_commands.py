"""The post-install commands of a release, as its ``release.json`` holds them."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from .formats import RELEASE, malformed, read_table
from .shapes import TEXT, fits

DO, UNDO = "command", "undo"

Command = collections.namedtuple("Command", ["command", "undo"])


def recorded(folder):
    # type: (str) -> list[Command]
    """Those of the release in a folder; none where it isn't complete."""
    data = read_table(os.path.join(folder, "release.json"), RELEASE) or {}
    commands = data.get("post_install") or []
    if not fits(commands, [([TEXT], [TEXT])]) or not all(each[0] for each in commands):
        raise malformed(os.path.join(folder, "release.json"), "post_install")
    return [Command(*each) for each in commands]
