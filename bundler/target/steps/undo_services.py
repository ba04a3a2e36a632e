"""Services that a run made, changed, stopped or started."""

from __future__ import absolute_import, unicode_literals

from ..machine.services import command_of
from ..state.release_services import read_services
from ..state.site_values import read_stored
from .service_control import is_among, password_of, remove, start, stop
from .undo_action import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


class ServiceAction(Action):
    """The first field is the service's name."""

    def follows(self, failed):
        # type: (Action) -> bool
        return isinstance(failed, ServiceAction) and failed.subject == self.subject

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True  # what it brings back is what was in use before: the switch has decided otherwise


class ServiceMade(ServiceAction):
    """Its name, and the program that it starts, our host: until it is tried again, somebody may have made another one of that name."""

    kind = "service"
    words = "remove the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, program = self.fields
        command = command_of(host.services, name)
        if command is not None and command.lower().startswith('"%s" ' % program.lower()):
            remove(host, name, log)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.services


class ServiceChanged(ServiceAction):
    """Its name, and where the release that was in use before has its services and its site values: in journals of earlier versions."""

    kind = "service-settings"
    words = "give the service %s its settings back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, path, site = self.fields
        for each in read_services(path)[0]:
            if is_among(each.name, [name]):
                host.services.change(each, password_of(each, read_stored(site)))


class ServiceBefore(ServiceAction):
    """Its name, where what was in use before has its services and its site values, and what the service manager had then of account, start type
    and recovery (seconds before restarts, ``1 60``, and after which failures are forgotten); None: the run doesn't change that.
    """

    kind = "service-before"
    words = "give the service %s its settings back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, path, site, account, start, restart, reset = self.fields
        for each in read_services(path)[0]:
            if is_among(each.name, [name]):
                own = account is not None and account.lower() == each.account.lower()
                password = password_of(each, read_stored(site)) if own else None
                seconds = [int(word) for word in restart.split()] if restart is not None else None
                before = each._replace(account=account, start=start, restart=seconds, reset=reset or each.reset)
                host.services.change(before, password)


class ServiceStopped(ServiceAction):
    """Its name."""

    kind = "service-start"
    words = "start the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        if host.services.state(self.subject) is not None:
            start(host, self.subject)


class ServiceStarted(ServiceAction):
    """Its name."""

    kind = "service-stop"
    words = "stop the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        stop(host, [self.subject], log)
