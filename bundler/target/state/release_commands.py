"""The post-install commands of a release, as its ``release.json`` holds them."""

from __future__ import absolute_import, unicode_literals

import collections
import os
import re

from ..layout import has_settings, release_of
from .formats import RELEASE, malformed, read_table
from .shapes import TEXT, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bundle.manifest import PostInstallInfo

DO, UNDO = "command", "undo"

Command = collections.namedtuple("Command", ["command", "undo"])


_VALUE = re.compile(r"\{site\.([A-Za-z_][A-Za-z0-9_]*)\}")


def release_folder(folder):
    # type: (str) -> str
    """Of a release's own folder, or of one of its later settings."""
    name = os.path.basename(folder)
    if not has_settings(name):
        return folder
    return os.path.join(os.path.dirname(os.path.dirname(folder)), "releases", release_of(name) or "")


def recorded(folder):
    # type: (str) -> list[Command]
    """Those of the release in a folder, or of the release of settings that are there; none where it isn't complete."""
    if release_folder(folder) != folder and not os.path.isdir(folder):
        return []
    folder = release_folder(folder)
    data = read_table(os.path.join(folder, "release.json"), RELEASE) or {}
    commands = data.get("post_install") or []
    if not fits(commands, [([TEXT], [TEXT])]) or not all(each[0] for each in commands):
        raise malformed(os.path.join(folder, "release.json"), "post_install")
    return [Command(*each) for each in commands]


def values_in(command):
    # type: (Command | PostInstallInfo) -> set[str]
    """The names of the site values that it is run with, or taken back with."""
    return {name for words in (command.command, command.undo) for word in words for name in _VALUE.findall(word)}


def run_with_others(commands, before, now):
    # type: (Sequence[Command | PostInstallInfo], dict[str, str], dict[str, str]) -> list[int]
    """The numbers of those for which other site values are other words."""
    changed = {name for name in set(before) | set(now) if before.get(name) != now.get(name)}
    return [number for number, each in enumerate(commands) if values_in(each) & changed]
