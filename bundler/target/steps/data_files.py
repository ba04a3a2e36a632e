"""Files in the data folder whose values, templates or defaults change: filled in anew where nobody has edited them.

What a file would hold if nobody had, its template and the values of what is in use say. An edited one stays, and what it would hold now is
put beside it, as ``.new``. So is the new default of one that isn't a template: such a file is made once, and is the operator's from then on.
Filled-in files of the release that no service is told of change with the values too: one that somebody has
edited by hand is kept aside.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import counted
from ..errors import FAILED, InstallError, Problem
from ..machine.file_contents import hash_file
from ..state.formats import holds_one_of
from ..state.places import is_below
from ..state.release_services import read_services, services_file
from ..state.settings_list import changed_in_place
from ..state.site_values import read_stored
from ..state.trusted_folders import must_lead_here
from .base import Step
from .edited_files import edited_files
from .filling import IN_RELEASE, Filling
from .grant_rights import give
from .quarantine import copy_aside
from .templates import templates_of
from .undo_files import FileExchanged, FileWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import FileInfo, Manifest
    from .context import Context

_ASIDE = "take %s, which was edited, out of use (%s has the new values), and keep a copy below %s"
BESIDE = ".new"
OLD = ".0.old"

Change = collections.namedtuple("Change", ["place", "content", "secret", "is_edited"])
"""``content``: what the file would hold now; ``is_edited``: what it holds isn't what was filled in."""
Default = collections.namedtuple("Default", ["place", "source"])
"""``source``: of the new default, which isn't a template, its file in the bundle."""


def changes(context):
    # type: (Context) -> list[Change]
    """Those files that would hold something else. Of what an earlier version filled in nothing is known: it counts as edited."""
    before = _before(context)
    now, found, layout = context.filling(), [], context.layout
    moving = {os.path.join(layout.release, *name.split("/")) for name in changed_in_place(layout)}
    moving |= {layout.destination(each) for each in now.unnamed()}
    for each in context.manifest.files:
        place = context.layout.destination(each.destination)
        there = context.state.moved_back.get(place, place)
        if not each.template or there in context.state.taken_back or not os.path.isfile(there):
            continue
        if each.destination.startswith(IN_RELEASE):
            found += _in_place(context, each) if place in moving else []
            continue
        must_lead_here(context.host, place)
        wanted, filled = now.content(each), before.get(each.destination)
        if wanted == filled or holds_one_of(there, [wanted]):
            continue
        secret = context.templates.is_secret(each)
        found.append(Change(place, wanted, secret, not holds_one_of(there, [filled])))
    return found


def _in_place(context, info):
    # type: (Context, FileInfo) -> list[Change]
    """Of a file of the release: one that was edited is replaced too, and kept aside (edited_files)."""
    place, wanted = context.layout.destination(info.destination), context.filling().in_place(info)
    must_lead_here(context.host, place)
    there = context.state.moved_back.get(place, place)
    return [] if holds_one_of(there, [wanted]) else [Change(place, wanted, context.templates.is_secret(info), False)]


def new_defaults(context):
    # type: (Context) -> list[Default]
    """Of files that aren't templates, and that are the operator's: where the bundle has another default than the release in use had, and nobody
    has it yet.
    """
    bundle, manifest = context.bundle, context.manifest
    if bundle.manifest.bundle.release != context.layout.release_id:
        return []  # its files aren't at hand
    sums = _sums(manifest)
    before, found = None, []  # type: dict[str, tuple[str, int] | None] | None, list[Default]
    for each in manifest.files:
        place = context.layout.destination(each.destination)
        goes = not os.path.isfile(place) or place in context.state.taken_back
        if each.template or each.destination.startswith(IN_RELEASE) or goes:
            continue
        before = _defaults_before(context) if before is None else before
        wanted, own = sums.get(each.file), [place, place + BESIDE]
        if before.get(each.destination) == wanted:
            continue
        if any(_holds(path, wanted) for path in own if path not in context.state.taken_back):
            continue
        must_lead_here(context.host, place)
        found.append(Default(place, bundle.path(each.file)))
    return found


def _defaults_before(context):
    # type: (Context) -> dict[str, tuple[str, int] | None]
    """SHA-256 and size of what the release in use brought, by destination; nothing where it was made by an earlier version, or is damaged."""
    pointer = context.state.pointer
    try:
        templates = templates_of(context.layout.of(pointer), context.bundle) if pointer is not None else None
    except (EnvironmentError, InstallError):
        templates = None
    if templates is None:
        return {}
    sums = _sums(templates.manifest)
    return {each.destination: sums.get(each.file) for each in templates.manifest.files}


def _sums(manifest):
    # type: (Manifest) -> dict[str, tuple[str, int]]
    return {each.path: (each.sha256, each.size) for each in manifest.members}


def _holds(path, wanted):
    # type: (str, tuple[str, int] | None) -> bool
    """A service may have made the file as large as it likes, and makes it larger while it is read."""
    return wanted is not None and os.path.isfile(path) and hash_file(path, most=wanted[1]) == wanted


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
        if each.is_edited and not _is_beside(context, each)
    ]


def put_beside(context):
    # type: (Context) -> None
    """For a run that is refused because of them."""
    for each in changes(context):
        if each.is_edited and not _is_beside(context, each):
            context.host.files.write(each.place + BESIDE, each.content, private=each.secret)


def _is_beside(context, change):
    # type: (Context, Change) -> bool
    path = change.place + BESIDE
    there = os.path.isfile(path) and path not in context.state.taken_back
    return there and holds_one_of(path, [change.content])


class DataFilesStep(Step):
    """After services have stopped and before the switch. ``beside``: for edited ones, what they would hold is put beside them."""

    id = "data-files"

    def __init__(self, beside):
        # type: (bool) -> None
        self._beside = beside

    def describe(self, context):
        # type: (Context) -> list[str]
        lines = [_ASIDE % (each.place, each.now, context.layout.quarantine) for each in edited_files(context)]
        for each in changes(context):
            if not each.is_edited:
                lines.append("fill in %s anew" % each.place)
            elif self._beside and not _is_beside(context, each):
                lines.append("keep %s, which was edited, and write %s beside it" % (each.place, each.place + BESIDE))
            else:
                lines.append("keep %s, which was edited" % each.place)
        text = "keep %s, and put its new default beside it, as %s"
        kept = new_defaults(context) if self._beside else []
        return lines + [text % (each.place, each.place + BESIDE) for each in kept]

    def doing(self, context):
        # type: (Context) -> str
        return "Filling in files anew"

    def run(self, context):
        # type: (Context) -> str
        count = 0
        for one in edited_files(context):
            kept = copy_aside(context, one.place, one.secret)
            context.said.append(
                "%s was edited. What is in use now is in %s; the edited one is kept as %s" % (one.place, one.now, kept)
            )
        for each in changes(context):
            if not each.is_edited:
                self._exchange(context, each)
                count += 1
            elif self._beside and not _is_beside(context, each):
                context.journal.undo(FileWritten(each.place + BESIDE))
                context.files.append(each.place + BESIDE)
                context.host.files.write(each.place + BESIDE, each.content, private=each.secret)
                context.said.append(
                    "%s was edited and is kept; the new default is in %s" % (each.place, each.place + BESIDE)
                )
            else:
                context.said.append("%s was edited and is kept" % each.place)
        for default in new_defaults(context) if self._beside else ():
            beside = default.place + BESIDE
            context.journal.undo(FileWritten(beside))
            context.files.append(beside)
            context.host.files.copy_whole(default.source, beside)
            context.said.append("%s is kept; its new default is in %s" % (default.place, beside))
        return "Filled in %s anew" % counted(count, "file")

    def _exchange(self, context, change):
        # type: (Context, Change) -> None
        """The file that was there is renamed, and keeps its rights for the way back; the new one gets those that were recorded."""
        files, old = context.host.files, change.place + OLD
        context.journal.undo(FileExchanged(change.place, old))
        if not is_below(change.place, context.layout.release):
            context.files.append(change.place)  # what nobody has edited is the bundle's
        files.replace(change.place, old)
        files.write(change.place, change.content, private=change.secret)
        for grant in read_services(services_file(context.layout))[1]:
            if grant.path == change.place:
                give(context, grant)
