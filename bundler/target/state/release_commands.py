"""The post-install commands of a release, as its ``release.json`` holds them."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from .receipt import read_json

DO, UNDO = "command", "undo"

Command = collections.namedtuple("Command", ["command", "undo"])


def recorded(folder):
    # type: (str) -> list[Command]
    """Those of the release in a folder; none where it isn't complete."""
    data = read_json(os.path.join(folder, "release.json")) or {}
    return [Command(*each) for each in data.get("post_install") or []]
