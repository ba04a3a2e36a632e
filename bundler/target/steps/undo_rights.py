"""Rights on folders, and to log on as a service, that a run gave."""

from __future__ import absolute_import, unicode_literals

from ..state.release_services import Grant
from .access_rights import give_again, revoke, users_of
from .undo_action import Action
from .undo_services import ServiceAction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


class RightGiven(Action):
    """The path, and the SID that the right was given to, in journals of earlier versions; empty: the folder was guarded, and stays so."""

    kind = "grant"

    def shown(self):
        # type: () -> str
        if not self.fields[1]:
            return "leave %s closed" % self.subject
        return "take the right of %s on %s back" % (self.fields[1], self.subject)

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        log.write(revoke(host, *self.fields))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields) in [each[:2] for each in receipt.grants]


class RightAdded(RightGiven):
    """The path, the SID, the rights that it was given (``read modify``), and what it had there by itself then, as ``entries_text`` has it: that
    stays, and what somebody else has given since.
    """

    kind = "grant-added"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        log.write(revoke(host, *self.fields))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields[:2]) in [each[:2] for each in receipt.grants]


class RightBefore(RightGiven):
    """The path, the SID, and the rights that what was in use before had given it there (``read modify``): in journals of earlier versions."""

    kind = "grant-before"

    def shown(self):
        # type: () -> str
        return "give %s its rights on %s back" % (self.fields[1], self.subject)

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, sid, rights = self.fields
        log.write(revoke(host, path, sid))
        give_again(host, [Grant(path, sid, each) for each in rights.split()])

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields[:2]) in [each[:2] for each in receipt.grants]


class LogonGiven(Action):
    """The SID of an account that was given the right to log on as a service. One that a service needs keeps it: an installation that found it
    given has no note of it.
    """

    kind = "logon"
    words = "take the right of %s to log on as a service back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        users = users_of(host, self.subject)
        if users:
            log.write("%s may go on to log on as a service: %s needs it" % (self.subject, ", ".join(users)))
            return
        host.rights.take_service_logon(self.subject)

    def follows(self, failed):
        # type: (Action) -> bool
        return isinstance(failed, ServiceAction)  # a service that is to go needs it until it is gone

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.logons
