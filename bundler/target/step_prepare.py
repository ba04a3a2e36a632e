"""The folders: the environment is marked as ours, the release as incomplete, before anything else goes in."""

from __future__ import absolute_import, unicode_literals

import io
import os

from .receipt import Receipt, write_receipt
from .step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context

_MARK = b"This release is not complete. It can be removed; running bootstrap.bat again removes it and makes it anew.\n"


class PrepareStep(Step):
    id = "prepare"

    def describe(self, context):
        # type: (Context) -> list[str]
        layout = context.layout
        lines = []
        if context.state.release_exists:
            lines.append("remove what is left of an unfinished installation: %s" % layout.release)
        lines += ["make the folder %s" % each for each in (layout.data,) if each and not os.path.isdir(each)]
        return lines + ["make the folder %s" % layout.release]

    def doing(self, context):
        # type: (Context) -> str
        return "Making folders"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        context.make_folder(layout.environment)
        if context.state.receipt is None:
            write_receipt(host, layout.receipt, Receipt(context.manifest.bundle.name))
        left_over = context.state.release_exists
        if left_over:
            host.remove_tree(layout.release)
        context.make_folder(layout.releases)
        os.mkdir(layout.release)
        with io.open(layout.marker, "wb") as stream:
            stream.write(_MARK)
        if layout.data is not None:
            context.make_folder(layout.data)
        return "Removed an unfinished installation, made folders" if left_over else "Made folders"

    def undo(self, context):
        # type: (Context) -> None
        layout, host = context.layout, context.host
        if os.path.isdir(layout.release):
            host.remove_tree(layout.release)
        if context.state.receipt is None and os.path.isfile(layout.receipt):
            os.unlink(layout.receipt)
