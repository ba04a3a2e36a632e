"""What couldn't be taken back: a list beside the journal, there for as long as something stands in it. Every later run tries it first.

A run that failed is over all the same, and another one may be what repairs it: so its journal goes, and only what failed is kept, with
what has to be done again after it. A release that is switched to later makes some of it pointless, and that is dropped then: doing it
would take away what is in use.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..errors import OTHER_VERSION, InstallError
from .formats import LEFTOVERS, encode_table, malformed, read_table
from .shapes import TEXT, Maybe, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host

Left = collections.namedtuple("Left", ["action", "why"])
"""``action``: as in the journal; ``why`` it failed, in words; None: it is to be done once another one has been."""


def read_leftovers(layout, name=None):
    # type: (Layout, str | None) -> list[Left]
    """None of them where all was taken back. Raises InstallError: 1638 if they are another bundle's than ``name`` or a newer program's, 1603 if they can't be read."""
    data = read_table(layout.leftovers, LEFTOVERS)
    if data is None:
        return []
    if name is not None and (data.get("name"), data.get("instance")) != (name, layout.instance):
        words = (layout.leftovers, data.get("name"), name)
        raise InstallError(OTHER_VERSION, "%s belongs to the bundle %s and not to %s" % words)
    if not fits(data.get("left"), [{"action": list, "why": Maybe(TEXT)}]):
        raise malformed(layout.leftovers, "left")
    return [Left(each["action"], each.get("why")) for each in data["left"]]


def write_leftovers(host, layout, name, left):
    # type: (Host, Layout, str, list[Left]) -> None
    """In one step; without any that failed there is no such file. In the order in which it was done: taken back in reverse."""
    if not any(each.why for each in left):
        tidy(host, layout)
        host.files.unlink(layout.leftovers)
        return
    table = {
        "name": name,
        "instance": layout.instance,
        "left": [{"action": each.action, "why": each.why} for each in left],
    }
    host.files.write(layout.leftovers, encode_table(table, LEFTOVERS))


def add_leftovers(host, layout, name, left):
    # type: (Host, Layout, str, list[Left]) -> None
    """To those of earlier runs; the same action stands there once."""
    tidy(host, layout)
    if left:
        again = [each.action for each in left]
        earlier = [each for each in read_leftovers(layout) if each.action not in again]
        write_leftovers(host, layout, name, earlier + left)


def tidy(host, layout):
    # type: (Host, Layout) -> None
    """What a run that was killed had begun to write."""
    if os.path.isfile(layout.leftovers + ".new"):
        host.files.unlink(layout.leftovers + ".new")
