"""Whether the services of a release are as they were made: those that aren't there, lead elsewhere or stand still, and what the site changed."""

from __future__ import absolute_import, unicode_literals

from ..machine.services import STARTED, ServiceError, error_words
from ..state.release_services import read_services, services_file
from ..state.site_values import read_stored
from .base import Step
from .service_control import by_need, must, password_of, start, stop, stopped_of
from .service_health import shown_code, unanswered, wait_healthy
from .service_probe import probe
from .site_services import ACCOUNT, RECOVERY, START, changed_points
from .undo_services import ServiceStarted, ServiceStopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service, Settings
    from .context import Context

_RUNS = ("running", "starting")
_STARTING = "is still starting"
_START, _TIDYING, _PAUSE = 30, 5, 0.5
"""Seconds: in which Windows wants a service to start, for what may be a program that is being started, and between two looks."""
STOPPED = "stands still because /stop stopped it, until bootstrap.bat /start"


class Compared(object):
    """``faults``: what ``/repair`` puts right. ``notes``: what this site changed, and may, what it stopped, and what this account can't see;
    ``changed``: the first of these alone.
    """

    def __init__(self):
        # type: () -> None
        self.faults = []  # type: list[str]
        self.notes = []  # type: list[str]
        self.changed = []  # type: list[str]


def compare(host, layout, stopped):
    # type: (Host, Layout, list[str]) -> Compared
    """The services of the layout's release, as the service manager has them now. ``stopped``: those that may stand still."""
    found = Compared()
    for service in read_services(services_file(layout))[0]:
        try:
            _compare(host, service, found, service.name in stopped)
        except ServiceError as error:
            found.notes.append("nothing can be told of the service %s: %s" % (service.name, error_words(error.code)))
    return found


def _compare(host, service, found, may_stand):
    # type: (Host, Service, Compared, bool) -> None
    settings = host.services.settings(service.name)
    if settings is None:
        found.faults.append("the service %s is not there any more" % service.name)
        return
    if settings.command.lower() != service.command.lower():
        found.faults.append("the service %s starts %s" % (service.name, settings.command))
    changed = ["the service %s has %s" % (service.name, each) for each in _changes(service, settings)]
    found.changed += changed
    found.notes += changed
    if may_stand and not is_running(host, service.name):
        found.notes.append("the service %s %s" % (service.name, STOPPED))
    elif settings.start in STARTED:
        found.faults += _standing_still(host, service)


def _changes(service, settings):
    # type: (Service, Settings) -> list[str]
    """What an administrator may set, in words."""
    words = {
        ACCOUNT: "the account %s, and the bundle gave it %s" % (settings.account, service.account),
        START: "the start type %s, and the bundle gave it %s" % (settings.start, service.start),
        RECOVERY: "another recovery after failures than the bundle gave it",
    }
    return [words[each] for each in changed_points(service, settings)]


def _standing_still(host, service):
    # type: (Host, Service) -> list[str]
    """Of one that Windows starts by itself."""
    still, wrong = standing(host, service, wait=True)
    if still:
        return ["the service %s %s" % (service.name, still)]
    return ["the service %s runs, and %s" % (service.name, wrong)] if wrong else []


def standing(host, service, wait):
    # type: (Host, Service, bool) -> tuple[str, str]
    """In words: that it stands still, or what is wrong with its answer; both empty where all is well. ``wait``: as long as it may take to start."""
    begun = host.clock.monotonic()
    while True:
        still, wrong = _seen(host, service)
        if still != _STARTING and not wrong:
            break
        if not wait or host.clock.monotonic() - begun >= (_START if still else _TIDYING):
            break
        host.clock.sleep(_PAUSE)
    if still or not (service.http or service.tcp):
        return still, wrong
    return "", unanswered(host, service) if wait else probe(host, service)


def _seen(host, service):
    # type: (Host, Service) -> tuple[str, str]
    """By the service manager. It says of the service's host that it runs, which goes on for a while when the program has ended."""
    state = host.services.state(service.name)
    if state is None or state.status not in _RUNS:
        return "does not run (it ended with %s)" % shown_code(state.code if state is not None else 0), ""
    if state.status != "running":
        return _STARTING, ""
    process = host.services.process(service.name)
    if service.http or service.tcp or process is None or len(host.programs.family([process])) > 1:
        return "", ""
    return "", "its program ended"


def is_running(host, name):
    # type: (Host, str) -> bool
    state = host.services.state(name)
    return state is not None and state.status in _RUNS


class RestoreServicesStep(Step):
    """What leads elsewhere leads to the release again, what should run runs. ``reset``: everything is as the bundle made it; ``restart``: what
    runs isn't what the bundle put there.
    """

    id = "restore-services"

    def __init__(self, reset, restart=False):
        # type: (bool, bool) -> None
        self._reset = reset
        self._restart = restart
        self._stopped = []  # type: list[str]
        self.restored = []  # type: list[str]

    def describe(self, context):
        # type: (Context) -> list[str]
        found = compare(context.host, context.layout, stopped_of(context))
        lines = ["put right that %s" % each for each in found.faults]
        lines += ["restart services that run by a program that was changed"] if self._restart else []
        return lines + (["undo that %s" % each for each in found.changed] if self._reset else [])

    def doing(self, context):
        # type: (Context) -> str
        return "Comparing services with what was made"

    def run(self, context):
        # type: (Context) -> str
        host, layout = context.host, context.layout
        manager, values = host.services, read_stored(layout.own_site)
        services = by_need(read_services(services_file(layout))[0])
        for service in services:
            before = manager.settings(service.name)
            made = service.name in context.made_services
            elsewhere = before is not None and before.command.lower() != service.command.lower()
            if made or self._reset:
                must(service.name, "changed", manager.change, service, password_of(service, values))
            elif elsewhere:
                must(service.name, "changed", manager.repoint, service.name, service.command)
            if made or before != manager.settings(service.name):
                self.restored.append("the service %s" % service.name)
            self._start(context, service, services, elsewhere)
        return "Compared services: %d put right" % len(self.restored)

    def _start(self, context, service, services, elsewhere):
        # type: (Context, Service, list[Service], bool) -> None
        """``elsewhere``: what runs, if anything does, is another program; ``services``: all of them, in the order in which they start."""
        host, manager = context.host, context.host.services
        settings, again = manager.settings(service.name), service.name in self._stopped
        if service.name in stopped_of(context) and not (again or is_running(host, service.name)):
            return
        if settings is None or settings.start == "disabled":
            return
        again = again or (self._restart and is_running(host, service.name))
        if not again and (settings.start not in STARTED or not (elsewhere or _standing_still(host, service))):
            return
        if manager.process(service.name) is not None:
            needing = [each for each in _needing(services, service.name) if is_running(host, each)]
            context.journal.undo(*[ServiceStopped(each) for each in needing + [service.name]])
            stop(host, needing + [service.name], context.log)
            self._stopped += needing
        begun = host.clock.monotonic()
        context.journal.undo(ServiceStarted(service.name))
        must(service.name, "started", start, host, service.name)
        self.restored += wait_healthy(host, [service], begun)


def _needing(services, name):
    # type: (list[Service], str) -> list[str]
    """Those that need this one, be it by others: Windows doesn't stop it while they run. ``services``: in the order in which they start."""
    found = [name.lower()]
    for each in services:
        if {need.lower() for need in each.dependencies}.intersection(found):
            found.append(each.name.lower())
    return [each.name for each in services if each.name.lower() in found[1:]]
