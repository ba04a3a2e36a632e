"""Filled-in files of a release that somebody has edited by hand: a release isn't edited, but nobody's work goes without a word."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..errors import InstallError
from ..layout import release_of
from ..state.formats import holds_one_of, read_or_none
from ..state.site_values import read_stored
from .filling import IN_RELEASE, Filling
from .templates import templates_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import FileInfo
    from ..bundle.verification import Bundle
    from ..layout import Layout
    from .context import Context

Edited = collections.namedtuple("Edited", ["place", "now", "secret"])
"""``now``: where what takes its place lies, which may be the same place."""


def edited_files(context):
    # type: (Context) -> list[Edited]
    """Those of the release in use whose place something else takes by other settings of the same release."""
    layout, pointer = context.layout, context.state.pointer
    if pointer is None or pointer == layout.id or release_of(pointer) != layout.release_id:
        return []
    before, now, found = _filling(layout.of(pointer), context), context.filling(), []
    if before is None:
        return []
    in_place = set(before.unnamed()) | set(now.unnamed())
    for each in _templates(context.manifest.files):
        own = layout.destination(each.destination)
        if each.destination in in_place:
            place, there, filled, wanted = own, own, before.in_place(each), now.in_place(each)
        else:
            place, there = (filling.moved.get(each.destination, own) for filling in (before, now))
            filled, wanted = before.content(each), now.content(each)
            if place == there:
                continue
        if os.path.isfile(place) and not holds_one_of(place, [filled, wanted]):
            found.append(Edited(place, there, context.templates.is_secret(each)))
    return found


def edited_before(layout, bundle):
    # type: (Layout, Bundle) -> list[str]
    """Places of those of the layout's release and settings; none where that can't be told."""
    try:
        templates = templates_of(layout, bundle)
        if templates is None:
            return []
        filling, found = Filling(layout, templates, read_stored(layout.own_site)), []
        unnamed = filling.unnamed()
        for each in _templates(templates.manifest.files):
            own = layout.destination(each.destination)
            is_own = each.destination in unnamed
            place = own if is_own else filling.moved.get(each.destination, own)
            if os.path.isfile(place) and not holds_one_of(place, [filling.content(each)]):
                found.append(place)
        return found
    except (EnvironmentError, InstallError):
        return []


def _filling(layout, context):
    # type: (Layout, Context) -> Filling | None
    values = read_or_none(read_stored, layout.own_site)
    return Filling(layout, context.templates, values) if values is not None else None


def _templates(files):
    # type: (tuple[FileInfo, ...] | list[FileInfo]) -> list[FileInfo]
    return [each for each in files if each.template and each.destination.startswith(IN_RELEASE)]
