"""All kinds of changes that can be taken back: a new one is one class beside those of its like, and one entry in ``KINDS``."""

from __future__ import absolute_import, unicode_literals

from ..errors import FAILED, InstallError
from .undo_files import FileExchanged, FileReplaced, FileWritten, FolderMade
from .undo_releases import CommandRun, PointerMoved, ReleaseMade, TreeWritten
from .undo_rights import LogonGiven, RightAdded, RightBefore, RightGiven
from .undo_runtimes import RuntimeClaimed, RuntimeLeft
from .undo_services import ServiceBefore, ServiceChanged, ServiceMade, ServiceStarted, ServiceStopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .undo_action import Action

KINDS = {
    each.kind: each
    for each in (
        FileWritten,
        FileReplaced,
        FileExchanged,
        FolderMade,
        TreeWritten,
        ReleaseMade,
        PointerMoved,
        RuntimeClaimed,
        RuntimeLeft,
        ServiceMade,
        ServiceChanged,
        ServiceBefore,
        ServiceStopped,
        ServiceStarted,
        RightGiven,
        RightAdded,
        RightBefore,
        LogonGiven,
        CommandRun,
    )
}  # type: dict[str, type[Action]]


def decode(data):
    # type: (list[Any]) -> Action
    """Of a line of the journal or of a leftover; raises InstallError (1603) for a kind that this version doesn't know."""
    kind = KINDS.get(data[0])
    if kind is None:
        raise InstallError(FAILED, "Unknown kind of change: %s. A newer bootstrap.bat can take it back" % data[0])
    return kind(*data[1:])
