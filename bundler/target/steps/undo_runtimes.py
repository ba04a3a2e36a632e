"""An environment's claim on a Python, and a Python that is to be uninstalled."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import FAILED, InstallError
from ..state.runtime_claims import CLAIMS, claim_file, only_claims
from .runtime_removal import AT_RESTART, RuntimeRemoval
from .undo_action import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


class RuntimeClaimed(Action):
    """The folder of a Python, the environment that needs it, and the Python's program.

    One that its installer made stays, and is still known as one that a bundle installed; so is what an interrupted installer left.
    """

    kind = "claim"
    words = "give up the claim on the Python in %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        runtime, environment, python = self.fields
        host.files.unlink(claim_file(runtime, environment))
        if not os.path.isfile(python) and only_claims(runtime):
            host.files.discard(os.path.join(runtime, CLAIMS))
            host.files.remove_empty(runtime)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.runtimes


class RuntimeLeft(Action):
    """The folder of a Python that an uninstallation couldn't take along, and the environment that was the last to need it."""

    kind = "runtime"
    words = "uninstall the Python in %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        removal = RuntimeRemoval(host, log)
        removal.remove(*self.fields)
        if removal.is_left:
            raise InstallError(FAILED, AT_RESTART)
        for each in removal.notes:
            log.write(each)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.runtimes
