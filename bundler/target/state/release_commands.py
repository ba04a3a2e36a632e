"""The post-install commands of a release, as its ``release.json`` holds them."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from .formats import RELEASE, read_table

DO, UNDO = "command", "undo"

Command = collections.namedtuple("Command", ["command", "undo"])


def recorded(folder):
    # type: (str) -> list[Command]
    """Those of the release in a folder; none where it isn't complete."""
    data = read_table(os.path.join(folder, "release.json"), RELEASE) or {}
    return [Command(*each) for each in data.get("post_install") or []]
