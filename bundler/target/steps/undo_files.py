"""Files and folders that a run made, replaced or exchanged."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..state.release_services import host_program
from .undo_action import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


class FileWritten(Action):
    """``path``. What it is written to before it gets its name goes too."""

    kind = "file"
    words = "remove %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        host.files.unlink(self.subject + ".new")
        host.files.unlink(self.subject)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        shims = [os.path.join(layout.shims, each) for each in receipt.shims]
        return self.subject in receipt.files + shims + ([host_program(layout)] if receipt.services else [])


class FileReplaced(Action):
    """``path`` of a program, and where the one that was there is kept. The new one does as well where it runs, but one must be there."""

    kind = "renamed"
    words = "put %s back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, old = self.fields
        for each in (path, old):
            host.files.unlink(each + ".new")
        if not os.path.isfile(old):
            return
        try:
            os.chmod(old, 0o755)  # noqa: S103 - a launcher is for everybody, and a run may have been killed before it said so
            host.files.replace(old, path)
        except EnvironmentError as error:
            if not os.path.isfile(path):
                raise
            log.write("%s stays as it is: %s" % (path, error_text(error)))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True


class FileExchanged(Action):
    """``path`` of a file in the data folder, and what the one that was there is renamed to, with its rights."""

    kind = "exchanged"
    words = "put %s back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, old = self.fields
        host.files.unlink(path + ".new")
        if os.path.isfile(old):
            host.files.replace(old, path)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True


class FolderMade(Action):
    """``path``; one that holds something stays, and that is not a failure."""

    kind = "folder"
    words = "remove the folder %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        host.files.remove_empty(self.subject)
        if os.path.isdir(self.subject):
            log.write("%s is kept: it is not empty" % self.subject)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.folders
