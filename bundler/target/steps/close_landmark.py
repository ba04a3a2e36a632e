"""The folder that others could make to lead the bundle's Python to their library: it is made, and only administrators may change it."""

from __future__ import absolute_import, unicode_literals

from ..state.build_landmark import folder_beside
from .base import Step
from .undo_files import FolderMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class CloseLandmarkStep(Step):
    id = "landmark"

    def describe(self, context):
        # type: (Context) -> list[str]
        words = (folder_beside(context.layout.runtime), context.manifest.target.python)
        return [
            "make the empty folder %s, closed to others: Python %s would take the library beside it (CVE-2026-12003)"
            % words
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Closing %s" % folder_beside(context.layout.runtime)

    def run(self, context):
        # type: (Context) -> str
        folder = folder_beside(context.layout.runtime)
        context.journal.undo(FolderMade(folder))
        context.host.files.make_guarded(folder)
        context.made.append(folder)
        return "Closed %s" % folder
