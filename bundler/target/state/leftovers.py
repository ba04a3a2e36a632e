"""What couldn't be taken back: a list beside the journal, there for as long as something stands in it. Every later run tries it first.

A run that failed is over all the same, and another one may be what mends it: so its journal goes, and only what failed is kept, with
what has to be done again after it. A release that is switched to later makes some of it pointless, and that is dropped then: doing it
would take away what is in use.
"""

from __future__ import absolute_import, unicode_literals

import collections
import json
import os

from ..errors import FAILED, OTHER_VERSION, InstallError
from .receipt import read_json
from .release_commands import DO, recorded
from .release_services import host_program
from .releases import mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host
    from .receipt import Receipt

FORMAT = 1

Left = collections.namedtuple("Left", ["action", "why"])
"""``action``: as in the journal (see undo.py); ``why`` it failed, in words; None: it is to be done once another one has been."""

_OF_THE_SWITCH = ("service-settings", "service-start", "service-stop", "renamed")
"""What they bring back is what was in use before: a later switch has decided otherwise."""


def read_leftovers(layout, name=None):
    # type: (Layout, str | None) -> list[Left]
    """None of them where all was taken back. Raises InstallError: 1638 if they are another bundle's than ``name``, 1603 if they can't be read."""
    data = read_json(layout.leftovers)
    if data is None:
        return []
    if data.get("format") != FORMAT:
        text = "%s has format %s; this bootstrap reads format %d"
        raise InstallError(FAILED, text % (layout.leftovers, data.get("format"), FORMAT))
    if name is not None and (data.get("name"), data.get("instance")) != (name, layout.instance):
        words = (layout.leftovers, data.get("name"), name)
        raise InstallError(OTHER_VERSION, "%s belongs to the bundle %s and not to %s" % words)
    try:
        return [Left(each["action"], each["why"]) for each in data["left"]]
    except (KeyError, TypeError):
        raise InstallError(FAILED, "%s is malformed" % layout.leftovers)


def write_leftovers(host, layout, name, left):
    # type: (Host, Layout, str, list[Left]) -> None
    """In one step; without any that failed there is no such file. In the order in which it was done: taken back in reverse."""
    if not any(each.why for each in left):
        _tidy(host, layout)
        host.unlink(layout.leftovers)
        return
    table = {
        "format": FORMAT,
        "name": name,
        "instance": layout.instance,
        "left": [{"action": each.action, "why": each.why} for each in left],
    }
    host.write(layout.leftovers, (json.dumps(table, indent=1, sort_keys=True) + "\n").encode("ascii"))


def add_leftovers(host, layout, name, left):
    # type: (Host, Layout, str, list[Left]) -> None
    """To those of earlier runs; the same action stands there once."""
    _tidy(host, layout)
    if left:
        again = [each.action for each in left]
        earlier = [each for each in read_leftovers(layout) if each.action not in again]
        write_leftovers(host, layout, name, earlier + left)


def _tidy(host, layout):
    # type: (Host, Layout) -> None
    """What a run that was killed had begun to write."""
    if os.path.isfile(layout.leftovers + ".new"):
        host.unlink(layout.leftovers + ".new")


def places(left, kinds):
    # type: (list[Left], tuple[str, ...]) -> list[str]
    """The paths that actions of these kinds speak of."""
    return [each.action[1] for each in left if each.action[0] in kinds]


def drop_pointless(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> None
    """After a switch: what belongs to what is in use now, and is in its receipt, is no leftover any more."""
    _tidy(host, layout)
    left = read_leftovers(layout)
    stay = [each for each in left if not _is_pointless(layout, receipt, each.action)]
    if len(stay) == len(left):
        return
    wanted = places(stay, ("post-install",))
    for folder in places(stay, ("release",)):
        if folder not in wanted and os.path.isdir(folder):
            mark(folder)  # none of its commands is to be run any more: it goes like any other that isn't complete
    write_leftovers(host, layout, receipt.name, stay)


def _is_pointless(layout, receipt, action):  # noqa: PLR0911
    # type: (Layout, Receipt, list[Any]) -> bool
    kind, subject = action[0], action[1]
    if kind == "service":
        return subject in receipt.services
    if kind == "grant":
        return list(action[1:3]) in [each[:2] for each in receipt.grants]
    if kind == "claim":
        return subject in receipt.runtimes
    if kind in ("release", "tree"):
        return os.path.basename(subject) in receipt.releases
    if kind == "folder":
        return subject in receipt.folders
    if kind == "post-install":
        is_current = os.path.basename(subject) == receipt.current
        if action[2] == DO:
            return not is_current
        return is_current or bool(recorded(layout.release))  # what they change is the same: the last one decides
    if kind == "file":
        shims = [os.path.join(layout.shims, each) for each in receipt.shims]
        return subject in receipt.files + shims + ([host_program(layout)] if receipt.services else [])
    return kind in _OF_THE_SWITCH
