"""Whether a service that was started does its work: it goes on running, and answers over HTTP or TCP."""

from __future__ import absolute_import, unicode_literals

import io
import os
import re
import socket
import time

from ..compat import error_text, native, output_text
from ..errors import FAILED, InstallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.host import Host
    from ..machine.services import Service, ServiceManager

_TRY = 5
_PAUSE = 0.2
_SETTLED = 2.0
"""Seconds that a service without a probe must run before it counts as running."""
_TIDYING = 60.0
"""More seconds for its host, which after the program's own end first ends what that left, and looks for the reason."""
_REFUSED = 400
_LONGEST = 4096
_ADDRESS = re.compile(r"http://(\[[0-9A-Fa-f:.]+\]|[^/:?#]+)(?::(\d+))?(/[^#]*)?", re.IGNORECASE)
_TAIL = 12


def wait_healthy(host, manager, service, started):
    # type: (Host, ServiceManager, Service, float) -> str
    """What was seen, in words; ``started``: when, by the host's clock. Raises InstallError (1603) with the end of the service's log."""
    limit = float(service.health_timeout or _SETTLED)
    seen = "it did not begin to run"
    while True:
        state = manager.state(service.name)
        if state is None or state.status == "stopped":
            code = state.code if state is not None else 0
            raise _unhealthy(host, service, "ended with exit code %s" % shown_code(code))
        if state.status == "running":
            seen = probe(service)
            if not seen:
                return answered(service)
        waited = host.clock.monotonic() - started
        if waited >= limit:
            silent = not (service.http or service.tcp) and state.status == "running"
            if silent and _has_program(host, manager, service.name):
                return "%s runs" % service.name
            seen = "its program ended" if silent else seen
            if not silent or waited >= limit + _TIDYING:
                raise _unhealthy(host, service, "was started, but within %d s %s" % (limit, seen))
        time.sleep(_PAUSE)


def _has_program(host, manager, name):
    # type: (Host, ServiceManager, str) -> bool
    """Besides the service host itself, which runs on for a while when its program has ended."""
    process = manager.process(name)
    return process is not None and len(host.programs.family([process])) > 1


def probe(service):
    # type: (Service) -> str
    """Empty where it answers as it should, else what is wrong. One that has nothing to answer is never done before its time."""
    try:
        if service.http:
            return _http(service.http)
        if service.tcp:
            name, _, port = service.tcp.rpartition(":")
            socket.create_connection((native(name.strip("[]")), int(port)), _TRY).close()
            return ""
    except (EnvironmentError, ValueError) as error:
        return "%s did not answer (%s)" % (service.http or service.tcp, error_text(error))
    return "it has nothing to answer"


def unanswered(host, service):
    # type: (Host, Service) -> str
    """Of a service that runs, maybe since a moment ago: empty where it answers, or has nothing to answer; else what is wrong."""
    begun = host.clock.monotonic()
    while service.http or service.tcp:
        seen = probe(service)
        if not seen or host.clock.monotonic() - begun >= float(service.health_timeout or _SETTLED):
            return seen
        time.sleep(_PAUSE)
    return ""


def answered(service):
    # type: (Service) -> str
    return "%s answers at %s" % (service.name, service.http or service.tcp)


def asked_here(services):
    # type: (Iterable[Service]) -> str
    """What an answer doesn't show: a firewall lets a machine reach itself. Empty where nothing was asked."""
    if not any(each.http or each.tcp for each in services):
        return ""
    return "The answers were asked for on this machine: whether a firewall lets others reach it isn't known."


def _http(address):
    # type: (str) -> str
    """HTTP/1.0: the status is all that is read. No proxy, and no redirection followed: where that leads is another matter."""
    found = _ADDRESS.match(address)
    if found is None:
        raise ValueError("invalid address: %s" % address)
    name, port, path = found.groups()
    connection = socket.create_connection((native(name.strip("[]")), int(port or 80)), _TRY)
    try:
        words = (path or "/", name + (":" + port if port else ""))
        connection.sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % words).encode("utf-8"))
        answer, until = b"", time.time() + _TRY
        while b"\n" not in answer and len(answer) < _LONGEST and time.time() < until:
            piece = connection.recv(_LONGEST)
            if not piece:
                break
            answer += piece
    finally:
        connection.close()
    status = re.match(b"HTTP/1\\.\\d (\\d{3})", answer)
    if status is None:
        return "%s did not answer as HTTP is" % address
    return "" if int(status.group(1)) < _REFUSED else "%s answered with status %d" % (address, int(status.group(1)))


def shown_code(code):
    # type: (int) -> str
    return "0x%08X" % code if code >= 0x80000000 else "%d" % code


def _unhealthy(host, service, what):
    # type: (Host, Service, str) -> InstallError
    details = ["    " + each for each in last_lines(service.log, host.processes.encoding())]
    text = "The service %s %s" % (service.name, what)
    return InstallError(FAILED, text + (". The end of %s:" % service.log if details else ""), details)


def last_lines(path, encoding):
    # type: (str, str) -> list[str]
    try:
        with io.open(path, "rb") as stream:
            stream.seek(max(0, os.path.getsize(path) - 8192))
            lines = output_text(stream.read(), encoding).splitlines()
    except EnvironmentError:
        return []
    return [each.rstrip() for each in lines if each.strip()][-_TAIL:]
