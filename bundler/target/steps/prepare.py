"""The folders, and the release's mark that it isn't complete, before anything else goes in."""

from __future__ import absolute_import, unicode_literals

import os

from ..layout import release_of
from ..state.receipt import write_pointer
from ..state.releases import mark, remove_release
from ..state.trusted_folders import must_be_trusted
from .base import Step
from .undo_releases import PointerMoved, ReleaseMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class PrepareStep(Step):
    id = "prepare"

    def describe(self, context):
        # type: (Context) -> list[str]
        layout = context.layout
        lines = []
        if context.state.release_exists:
            lines.append("remove what is left of an unfinished installation: %s" % layout.release)
        if layout.data and (layout.data in context.state.taken_back or not os.path.isdir(layout.data)):
            lines.append("make the folder %s" % layout.data)
        return lines + ["make the folder %s" % layout.release]

    def doing(self, context):
        # type: (Context) -> str
        return "Making folders"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        if release_of(context.state.pointer) == layout.release_id:
            # it is in use and broken: nothing is better than that, and than something that changes below its users
            context.journal.undo(PointerMoved(layout.pointer, context.state.pointer))
            write_pointer(host, layout.pointer, None)
        context.journal.undo(ReleaseMade(layout.release))
        left_over = os.path.isdir(layout.release)
        remove_release(host, layout.release)
        context.make_folder(layout.releases)
        os.mkdir(layout.release)
        mark(layout.release)
        if layout.data is not None:
            context.make_folder(layout.data)
            # one that wasn't there when this machine was looked at may be somebody's by now
            receipt = context.state.receipt
            must_be_trusted(host, layout.data, receipt.granted() if receipt is not None else [])
        return "Removed an unfinished installation, made folders" if left_over else "Made folders"
