"""Extra files: into the release, or into the data folder, where what is there already is never replaced."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import counted
from ..errors import FAILED, InstallError
from ..state.kept_data import kept_data
from ..state.leftovers import read_leftovers
from ..state.trusted_folders import must_lead_here
from .base import Step
from .filling import IN_RELEASE
from .undo_action import subjects
from .undo_files import FileWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import FileInfo
    from .context import Context


class FilesStep(Step):
    """``only_data``: those of the release are there."""

    id = "files"

    def __init__(self, only_data=False):
        # type: (bool) -> None
        self._only_data = only_data

    def _wanted(self, context):
        # type: (Context) -> list[FileInfo]
        files = context.manifest.files
        return [each for each in files if not (self._only_data and each.destination.startswith(IN_RELEASE))]

    def describe(self, context):
        # type: (Context) -> list[str]
        lines = []
        for each in self._wanted(context):
            place = context.layout.destination(each.destination)
            there = os.path.exists(place) and place not in context.state.taken_back
            kept = there and not each.destination.startswith(IN_RELEASE)
            lines.append(("keep %s as it is" if kept else "write %s") % place)
        return lines

    def doing(self, context):
        # type: (Context) -> str
        return "Writing %s" % counted(len(self._wanted(context)), "file")

    def run(self, context):
        # type: (Context) -> str
        filling, templates = context.filling(), context.templates
        left, kept = subjects(read_leftovers(context.layout), FileWritten), 0
        ours, receipt = list(left), context.state.receipt
        ours += receipt.files if receipt is not None else _of_earlier_installation(context)
        for each in self._wanted(context):
            place = context.layout.destination(each.destination)
            secret = templates.is_secret(each)
            if os.path.exists(place):
                if each.destination.startswith(IN_RELEASE):
                    raise InstallError(FAILED, "%s would replace a file of a package" % place)
                if place in left:
                    context.files.append(place)  # a bundle brought it all the same
                if place in ours and secret:
                    context.closed.append(place)
                kept += 1
                continue
            content = filling.content(each)
            if each.destination.startswith(IN_RELEASE):
                if not os.path.isdir(os.path.dirname(place)):
                    os.makedirs(os.path.dirname(place))
            else:
                context.make_folder(os.path.dirname(place))
                must_lead_here(context.host, place)
                context.journal.undo(FileWritten(place))
                context.files.append(place)
            if secret:
                context.closed.append(place)
            context.host.files.write(place, content, private=secret)
        count = counted(len(self._wanted(context)) - kept, "file")
        return "Wrote %s%s" % (count, ", kept %s" % _there(kept) if kept else "")


def _there(number):
    # type: (int) -> str
    return "1 that was there" if number == 1 else "%d that were there" % number


def _of_earlier_installation(context):
    # type: (Context) -> list[str]
    """What an uninstallation left in the data folder."""
    kept = kept_data(context.host, context.layout, context.manifest.bundle.name)
    return kept.files if kept is not None else []
