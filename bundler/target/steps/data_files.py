"""Filled-in files in the data folder, when their values or their templates change: filled in anew where nobody has edited them.

What a file would hold if nobody had, its template and the values of what is in use say. An edited one stays, and what it would hold now is
put beside it, as ``.new``.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import counted
from ..errors import FAILED, InstallError, Problem
from ..state.formats import read_bytes
from ..state.release_services import read_services, services_file
from ..state.site_values import read_stored
from ..state.trusted_folders import must_lead_here
from .base import Step
from .filling import IN_RELEASE, Filling
from .grant_rights import give
from .templates import templates_of
from .undo_actions import FileExchanged, FileWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context

BESIDE = ".new"
OLD = ".0.old"

Change = collections.namedtuple("Change", ["place", "content", "secret", "is_edited"])
"""``content``: what the file would hold now; ``is_edited``: what it holds isn't what was filled in."""


def changes(context):
    # type: (Context) -> list[Change]
    """Those files that would hold something else. Of what an earlier version filled in nothing is known: it counts as edited."""
    before = _before(context)
    now, found = context.filling(), []
    for each in context.manifest.files:
        place = context.layout.destination(each.destination)
        if not each.template or each.destination.startswith(IN_RELEASE) or not os.path.isfile(place):
            continue
        must_lead_here(context.host, place)
        wanted, there, filled = now.content(each), read_bytes(place), before.get(each.destination)
        if wanted in (there, filled):
            continue
        secret = context.templates.is_secret(each)
        found.append(Change(place, wanted, secret, filled is None or there != filled))
    return found


def _before(context):
    # type: (Context) -> dict[str, bytes]
    """What is in use filled in, by destination; nothing where that is damaged: nobody must stay with such a release."""
    try:
        return _filled_in(context)
    except (EnvironmentError, InstallError):
        return {}


def _filled_in(context):
    # type: (Context) -> dict[str, bytes]
    pointer = context.state.pointer
    if pointer is None:
        return {}
    layout = context.layout.of(pointer)
    is_own = layout.release_id == context.layout.release_id
    templates = context.templates if is_own else templates_of(layout, context.bundle)
    if templates is None:
        return {}
    filling = Filling(layout, templates, read_stored(layout.own_site))
    files = [each for each in templates.manifest.files if each.template and not each.destination.startswith(IN_RELEASE)]
    return {each.destination: filling.content(each) for each in files}


def edited(context):
    # type: (Context) -> list[Problem]
    """Files that keep their old values, because somebody has edited them. Where what they would hold lies beside them already, the operator
    has seen it, and what they hold is right.
    """
    text = "%s was edited, and isn't filled in anew. What it would hold is in %s: change the one by the other, and run this again"
    return [
        Problem(FAILED, text % (each.place, each.place + BESIDE))
        for each in changes(context)
        if each.is_edited and not _is_beside(each)
    ]


def put_beside(context):
    # type: (Context) -> None
    """For a run that is refused because of them."""
    for each in changes(context):
        if each.is_edited and not _is_beside(each):
            context.host.files.write(each.place + BESIDE, each.content, private=each.secret)


def _is_beside(change):
    # type: (Change) -> bool
    path = change.place + BESIDE
    return os.path.isfile(path) and read_bytes(path) == change.content


class DataFilesStep(Step):
    """After services have stopped and before the switch. ``beside``: for edited ones, what they would hold is put beside them."""

    id = "data-files"

    def __init__(self, beside):
        # type: (bool) -> None
        self._beside = beside

    def describe(self, context):
        # type: (Context) -> list[str]
        lines = []
        for each in changes(context):
            if not each.is_edited:
                lines.append("fill in %s anew" % each.place)
            elif self._beside and not _is_beside(each):
                lines.append("keep %s, which was edited, and write %s beside it" % (each.place, each.place + BESIDE))
            else:
                lines.append("keep %s, which was edited" % each.place)
        return lines

    def doing(self, context):
        # type: (Context) -> str
        return "Filling in files anew"

    def run(self, context):
        # type: (Context) -> str
        count = 0
        for each in changes(context):
            if not each.is_edited:
                self._exchange(context, each)
                count += 1
            elif self._beside and not _is_beside(each):
                context.journal.undo(FileWritten(each.place + BESIDE))
                context.files.append(each.place + BESIDE)
                context.host.files.write(each.place + BESIDE, each.content, private=each.secret)
                context.said.append(
                    "%s was edited and is kept; the new default is in %s" % (each.place, each.place + BESIDE)
                )
            else:
                context.said.append("%s was edited and is kept" % each.place)
        return "Filled in %s anew" % counted(count, "file")

    def _exchange(self, context, change):
        # type: (Context, Change) -> None
        """The file that was there is renamed, and keeps its rights for the way back; the new one gets those that were recorded."""
        files, old = context.host.files, change.place + OLD
        context.journal.undo(FileExchanged(change.place, old))
        context.files.append(change.place)  # what nobody has edited is the bundle's
        files.replace(change.place, old)
        files.write(change.place, change.content, private=change.secret)
        for grant in read_services(services_file(context.layout))[1]:
            if grant.path == change.place:
                give(context, grant)
