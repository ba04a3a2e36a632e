"""Other installations of this machine, as the list of installed programs names them: their folders are theirs, wherever they lie."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import is_text, to_text
from .formats import read_json, read_or_none
from .places import is_below
from .receipt import read_receipt
from .shapes import is_whole
from .uninstall_entry import BEGINNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..layout import Layout
    from ..machine.host import Host


class Neighbour(object):
    """``name``: its bundle, and the instance; ``data``: its data folder, None: it has none; ``runtimes``: folders of Pythons that it has a claim on."""

    def __init__(self, name, environment, data, runtimes=()):
        # type: (str, str, str | None, Iterable[str]) -> None
        self.name = name
        self.environment = environment
        self.data = data
        self.runtimes = list(runtimes)


def neighbours(host, layout):
    # type: (Host, Layout) -> list[Neighbour]
    """Those that are still there. One whose receipt can't be understood, is a newer program's, or is lost, has what its releases say."""
    found, seen = [], {os.path.normcase(layout.environment)}  # type: list[Neighbour], set[str]
    for place in host.registry.locations(BEGINNING):
        if os.path.normcase(place) in seen:
            continue
        seen.add(os.path.normcase(place))
        receipt = read_or_none(read_receipt, os.path.join(place, "receipt.json"))
        if receipt is None:
            found += _without_receipt(place)
        else:
            name = "%s (instance %s)" % (receipt.name, receipt.instance) if receipt.instance else receipt.name
            found.append(Neighbour(name, place, receipt.data, receipt.runtimes))
    return found


def _without_receipt(place):
    # type: (str) -> list[Neighbour]
    """One for each data folder."""
    folder, found = os.path.join(place, "releases"), {}  # type: str, dict[str | None, Neighbour]
    for name in sorted(to_text(each) for each in read_or_none(os.listdir, folder) or []):
        table = read_or_none(read_json, os.path.join(folder, name, "release.json")) or {}
        named = table["name"] if is_text(table.get("name")) else "a bundle"
        data, runtime = [table[each] if is_whole(table.get(each)) else None for each in ("data", "runtime")]
        found.setdefault(data, Neighbour(named, place, data)).runtimes += [runtime] if runtime is not None else []
    return list(found.values())


def lies_in(host, path, folder):
    # type: (Host, str, str | None) -> bool
    """Whether a path is the folder or lies in it, as both are written or where links, short names and drives that stand for a folder lead."""
    return is_below(path, folder) or (folder is not None and is_below(host.files.real(path), host.files.real(folder)))


def using(host, layout, folder):
    # type: (Host, Layout, str | None) -> list[str]
    """Others of which the environment or the data folder lies in a folder, or is it; in words."""
    return [
        "%s in %s" % (each.name, each.environment)
        for each in neighbours(host, layout)
        if any(place is not None and lies_in(host, place, folder) for place in (each.environment, each.data))
    ]


def mixed(host, layout, only_data=False):
    # type: (Host, Layout, bool) -> list[str]
    """Why an installation can't be made here: its services, and who removes it, would have others' folders for their own; in words. Two may
    share a data folder. ``only_data``: of an installation that is there, whose data folder is to be another one.
    """
    found = []
    for each in neighbours(host, layout):
        words = [
            ("the environment %s", layout.environment, "environment %s", each.environment),
            ("the environment %s", layout.environment, "data folder %s", each.data),
            ("the data folder %s", layout.data, "environment %s", each.environment),
        ]
        for what, own, whose, other in words[2:] if only_data else words:
            if own is not None and other is not None and (lies_in(host, own, other) or lies_in(host, other, own)):
                shown = (what % own, whose % other, each.name)
                found.append("%s and the %s of %s lie in one another, or are the same" % shown)
    return found
