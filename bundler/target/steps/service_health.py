"""Whether a service that was started does its work: it answers, and goes on running for a while as the process that it was."""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import output_text
from ..errors import FAILED, InstallError
from ..state.data_trust import leads_elsewhere
from ..state.trusted_folders import must_lead_here
from .service_probe import held_ports, probe, request_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.host import Host
    from ..machine.services import Service

_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two questions: twice as many each time, so that they are no load."""
_LOOK = 1.0
"""Seconds, at most, between two looks at the service manager."""
_SETTLED = 10.0
"""Seconds that a service must have run that has nothing to answer and of which the recipe says no other time."""
_AGAIN = 5.0
"""Seconds that a service that answered goes on running before it is asked once more; for releases of which nothing else is recorded."""
_TIDYING = 60.0
"""More seconds for its host, which after the program's own end first ends what that left, and looks for the reason."""
_TAIL, _READ = 12, 64 << 10


def wait_healthy(host, services, started):
    # type: (Host, Iterable[Service], float) -> list[str]
    """What was seen of each, in words; ``started``: when, by the host's clock. Raises InstallError (1603) with the end of a service's log.

    One with an endpoint is healthy once it answers, and after its settling time answers again; one without, once it has run for its
    settling time. All the time the service manager must say that it runs, as the process that it was.
    """
    watched = [_Watched(host, each, started) for each in services]
    pause = _PAUSE
    while True:
        # all of them each time: one that was done may end while another is waited for
        healthy = [each.look() for each in watched]
        if all(healthy):
            return [each.seen for each in watched]
        host.clock.sleep(pause)
        pause = min(2 * pause, _LOOK)


class _Watched(object):
    def __init__(self, host, service, started):
        # type: (Host, Service, float) -> None
        self.seen = ""
        self._host = host
        self._service = service
        self._started = started
        self._process = None  # type: int | None
        self._wrong = "it did not begin to run"
        self._pause = _PAUSE
        self._next = started
        self._answered = None  # type: float | None

    def look(self):
        # type: () -> bool
        """Whether it is healthy. Raises InstallError where it won't be any more."""
        if not self._runs():
            self._must_be_in_time(self._wrong, 0)
        elif not self.seen:
            (self._look_for_answer if _is_asked(self._service) else self._look_for_program)()
        return bool(self.seen)

    def _runs(self):
        # type: () -> bool
        """As the process that it was from the beginning: one that ended may have been started again by the service manager."""
        manager, name = self._host.services, self._service.name
        state = manager.state(name)
        if state is None or state.status == "stopped":
            raise self._unhealthy("ended with exit code %s" % shown_code(state.code if state is not None else 0))
        if state.status != "running":
            return False
        process = manager.process(name)
        if self._process is not None and process not in (None, self._process):
            raise self._unhealthy("ended, and was started again (process %d, now %d)" % (self._process, process))
        self._process = process if process is not None else self._process
        return True

    def _look_for_answer(self):
        # type: () -> None
        now, service = self._host.clock.monotonic(), self._service
        limit = self._started + float(service.health_timeout or 0)
        if now < self._next and (now < limit or self._answered is not None):
            return
        self._wrong = probe(self._host, service)
        if self._wrong:
            self._answered = None
            self._must_be_in_time(self._wrong, settle_of(service))
            self._next = self._host.clock.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif self._answered is None:
            self._answered = now
            self._next = now + settle_of(service)
        else:
            self.seen = answered(service)

    def _look_for_program(self):
        # type: () -> None
        """Besides the service host itself, which runs on for a while when its program has ended."""
        host, settle = self._host, settle_of(self._service)
        if host.clock.monotonic() - self._started < settle:
            return
        if self._process is not None and len(host.programs.family([self._process])) > 1:
            self.seen = "%s runs" % self._service.name
        else:
            self._wrong = "its program ended"
            self._must_be_in_time(self._wrong, _TIDYING)

    def _must_be_in_time(self, wrong, more):
        # type: (str, float) -> None
        """``more``: seconds besides the time that the recipe gives it."""
        service = self._service
        limit = float(service.health_timeout or 0) if _is_asked(service) else settle_of(service)
        if self._host.clock.monotonic() - self._started >= limit + more:
            raise self._unhealthy("was started, but within %d s %s" % (limit, wrong))

    def _unhealthy(self, what):
        # type: (str) -> InstallError
        service, encoding = self._service, self._host.processes.encoding()
        is_its = os.path.isfile(service.log) and _lies_there(self._host, service.log)
        found = last_lines(service.log, encoding, request_line(service)) if is_its else []
        details = ["    " + each for each in found]
        text = "The service %s %s" % (service.name, what)
        text = "; ".join([text] + [each.text for each in held_ports(self._host, [service], [])])
        return InstallError(FAILED, text + (". The end of %s:" % service.log if details else ""), details)


def _lies_there(host, path):
    # type: (Host, str) -> bool
    """Whoever is broken into may change its own log, and could have something shown here that only administrators may read."""
    try:
        must_lead_here(host, path)
    except InstallError:
        return False
    return not leads_elsewhere(host, path)


def settle_of(service):
    # type: (Service) -> float
    """In seconds."""
    return float(service.settle or (_AGAIN if _is_asked(service) else _SETTLED))


def _is_asked(service):
    # type: (Service) -> bool
    return bool(service.http or service.tcp)


def unanswered(host, service):
    # type: (Host, Service) -> str
    """Of a service that runs, maybe since a moment ago: empty where it answers, or has nothing to answer; else what is wrong."""
    begun, pause = host.clock.monotonic(), _PAUSE
    while _is_asked(service):
        seen = probe(host, service)
        if not seen or host.clock.monotonic() - begun >= float(service.health_timeout or 0):
            return seen
        host.clock.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return ""


def answered(service):
    # type: (Service) -> str
    return "%s answers at %s" % (service.name, service.http or service.tcp)


def asked_here(services):
    # type: (Iterable[Service]) -> str
    """What an answer doesn't show: a firewall lets a machine reach itself. Empty where nothing was asked."""
    if not any(_is_asked(each) for each in services):
        return ""
    return "The answers were asked for on this machine: whether a firewall lets others reach it isn't known."


def shown_code(code):
    # type: (int) -> str
    return "0x%08X" % code if code >= 0x80000000 else "%d" % code


def last_lines(path, encoding, without):
    # type: (str, str, str | None) -> list[str]
    """Of a log. ``without``: lines that hold this are left out, those of the questions that were asked here."""
    try:
        with io.open(path, "rb") as stream:
            stream.seek(max(0, os.path.getsize(path) - _READ))
            lines = output_text(stream.read(_READ), encoding).splitlines()
    except EnvironmentError:
        return []
    return [each.rstrip() for each in lines if each.strip() and not (without and without in each)][-_TAIL:]
