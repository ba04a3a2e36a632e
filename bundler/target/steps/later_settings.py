"""Other settings for a release that is there already: its site values, what its services run, and what of its own files they change.

They lie in a folder of their own, which nothing uses before the pointer names it.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..layout import split
from ..state.releases import listed_settings
from ..state.settings_list import list_settings
from ..state.site_values import store
from .base import Step
from .service_settings import ServiceFilesStep
from .undo_releases import TreeWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..state.receipt import State
    from .context import Context


def next_settings(layout, state):
    # type: (Layout, State) -> Layout
    """The layout's release with settings whose number nothing has had that is still there."""
    names = listed_settings(layout) + [each for each in (state.pointer, _previous(state)) if each is not None]
    used = [number for release, number in map(split, names) if release == layout.release_id]
    return layout.numbered(max(used + [1]) + 1)


def _previous(state):
    # type: (State) -> str | None
    return state.receipt.previous if state.receipt is not None else None


def write_settings(context):
    # type: (Context) -> None
    """All files of the layout's settings, into their folder; what is there already is written again."""
    layout, host = context.layout, context.host
    store(host, layout.own_site, context.values)
    filling, manifest = context.filling(), context.manifest
    unnamed = filling.unnamed()
    for each in manifest.files:
        secret = context.templates.is_secret(each)
        place = filling.moved.get(each.destination)
        if place is not None:
            if not os.path.isdir(os.path.dirname(place)):
                os.makedirs(os.path.dirname(place))
            host.files.write(place, filling.content(each), private=secret)
        if secret:
            own = layout.destination(each.destination)
            context.closed += [own] if place is None else [place] + [own] * (each.destination in unnamed)
    if manifest.services or manifest.permissions:
        ServiceFilesStep().run(context)
    list_settings(host, layout, {layout.destination(each): filling.moved[each] for each in unnamed})


class SettingsStep(Step):
    """``only_secrets``: nothing else differs from what is in use: no rollback leads back to that."""

    id = "settings"

    def __init__(self, only_secrets):
        # type: (bool) -> None
        self._only_secrets = only_secrets

    def describe(self, context):
        # type: (Context) -> list[str]
        moved = context.filling().moved
        lines = ["write the settings %s" % context.layout.settings]
        return lines + ["fill in %s anew, as %s" % (each, moved[each]) for each in sorted(moved)]

    def doing(self, context):
        # type: (Context) -> str
        return "Writing settings"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        context.make_folder(layout.all_settings)
        context.journal.undo(TreeWritten(layout.settings))
        os.mkdir(layout.settings)
        write_settings(context)
        host.files.to_disk(layout.settings)
        context.keeps_previous = self._only_secrets
        return "Wrote settings %d of %s" % (layout.number, layout.release_id)
