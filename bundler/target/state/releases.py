"""Removing releases. One that is to go is marked as incomplete first, and the mark goes last: half a release is never taken for a whole one."""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import to_text
from ..layout import MARKER, has_settings, release_of, split
from .inventory import data_of
from .leftovers import read_leftovers
from .places import is_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from .receipt import Receipt

_MARK = b"This release is not complete. It can be removed; running bootstrap.bat again removes it and makes it anew.\n"


def mark(folder):
    # type: (str) -> None
    with io.open(os.path.join(folder, MARKER), "wb") as stream:
        stream.write(_MARK)


def remove_release(host, folder):
    # type: (Host, str) -> None
    """Raises an EnvironmentError if something in it is in use; what is left then is marked."""
    if not os.path.isdir(folder):
        return
    if host.files.is_link(folder):  # no run made it, and what it leads to is no release
        host.files.remove_tree(folder)
        return
    mark(folder)
    for name in _without_mark(folder):
        host.files.remove_tree(os.path.join(folder, name))
    host.files.remove_tree(folder)


def discard_release(host, folder, gone=None):
    # type: (Host, str, Callable[[], None] | None) -> list[str]
    """Remove what can be removed now; the paths that are left. ``gone`` is called for each file that has been removed."""
    if not os.path.isdir(folder):
        return []
    if host.files.is_link(folder):
        return host.files.discard(folder)
    try:
        mark(folder)
    except EnvironmentError:
        return [folder]
    left = []  # type: list[str]
    for name in _without_mark(folder):
        left += host.files.discard(os.path.join(folder, name), gone)
    return left or host.files.discard(folder)


def prune(host, layout, receipt, keep, log):
    # type: (Host, Layout, Receipt, int, Log) -> None
    """Remove what is too old, and what an earlier run couldn't remove. What is in use now goes another time: that's no failure.

    Folders go with the last release that had its data there, if nothing is in them: later, nobody could tell that they were ours.
    """
    current = release_of(receipt.current) or ""
    kept = [each for each in receipt.releases if each != current][1 - keep :] if keep > 1 else []
    wanted = kept + [current]
    stay, names = [], unwanted(layout, receipt, wanted)
    needed = [data_of(layout.of(each)) for each in wanted] if names else []
    for name in names:
        data = data_of(layout.of(name))
        left = discard_release(host, os.path.join(layout.releases, name))
        for path in left[:10]:
            log.write("%s is in use; it is removed another time" % path)
        if left:
            stay.append(name)
        else:
            log.write("removed the old release %s" % name)
            if data is not None and data not in needed:
                _drop_folders(host, receipt, data)
    receipt.releases = stay + wanted
    if release_of(receipt.previous) not in wanted or receipt.previous == receipt.current:
        receipt.previous = last_settings(layout, kept[-1]).id if kept else None
    _prune_settings(
        host, layout, [receipt.current, receipt.previous] + [last_settings(layout, e).id for e in kept], log
    )


def _prune_settings(host, layout, wanted, log):
    # type: (Host, Layout, list[str | None], Log) -> None
    # what couldn't be taken back yet is run with the values of those settings
    needed = [os.path.basename(each.action[1]) for each in read_leftovers(layout) if each.action[0] == "post-install"]
    for name in listed_settings(layout):
        if name not in wanted and name not in needed:
            for path in host.files.discard(os.path.join(layout.all_settings, name))[:10]:
                log.write("%s is in use; it is removed another time" % path)


def listed_settings(layout):
    # type: (Layout) -> list[str]
    """The names of all later settings that are there, of any release."""
    folder = layout.all_settings
    names = sorted(to_text(each) for each in os.listdir(folder)) if os.path.isdir(folder) else []
    return [each for each in names if has_settings(each)]


def last_settings(layout, release):
    # type: (Layout, str) -> Layout
    """A release with the last settings that it had."""
    found = [split(each) for each in listed_settings(layout)]
    return layout.of(release).numbered(max([number for name, number in found if name == release] + [1]))


def _drop_folders(host, receipt, data):
    # type: (Host, Receipt, str) -> None
    for path in sorted(receipt.folders, key=len, reverse=True):
        if is_below(path, data):
            host.files.remove_empty(path)
            if not os.path.isdir(path):  # else something is in it
                receipt.folders.remove(path)


def unwanted(layout, receipt, wanted):
    # type: (Layout, Receipt, list[str]) -> list[str]
    """The receipt's other releases, and folders that are marked as incomplete."""
    names = [each for each in receipt.releases if each not in wanted]
    if os.path.isdir(layout.releases):
        for name in sorted(to_text(each) for each in os.listdir(layout.releases)):
            marked = os.path.isfile(os.path.join(layout.releases, name, MARKER))
            if marked and name not in names and name not in wanted:
                names.append(name)
    return names


def _without_mark(folder):
    # type: (str) -> list[str]
    return [name for name in (to_text(each) for each in os.listdir(folder)) if name != MARKER]
