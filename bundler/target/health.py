"""Whether a service that was started does its work: it goes on running, and answers over HTTP or TCP."""

from __future__ import absolute_import, unicode_literals

import io
import os
import socket
import sys
import time

from .compat import native, output_text
from .errors import FAILED, InstallError

if sys.version_info[0] == 2:
    from httplib import HTTPConnection, HTTPException
    from urlparse import urlsplit
else:
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .host import Host
    from .services import Service, ServiceManager

_TRY = 5
_PAUSE = 0.2
_SETTLED = 2.0
"""Seconds that a service without a probe must run before it counts as running."""
_REFUSED = 400
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
            raise _unhealthy(service, "ended with exit code %s" % shown_code(code))
        if state.status == "running":
            seen = probe(service)
            if not seen:
                return answered(service)
        waited = host.monotonic() - started
        if waited >= limit:
            if not (service.http or service.tcp) and state.status == "running":
                return "%s runs" % service.name
            raise _unhealthy(service, "was started, but within %d s %s" % (limit, seen))
        time.sleep(_PAUSE)


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
    except (EnvironmentError, HTTPException, ValueError) as error:
        return "%s did not answer (%s)" % (service.http or service.tcp, error)
    return "it has nothing to answer"


def answered(service):
    # type: (Service) -> str
    return "%s answers at %s" % (service.name, service.http or service.tcp)


def _http(address):
    # type: (str) -> str
    """No proxy, and no redirection followed: where that leads is another matter."""
    parts = urlsplit(address)
    connection = HTTPConnection(native(parts.hostname or ""), parts.port or 80, timeout=_TRY)
    try:
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        connection.request(native("GET"), native(path), headers={native("Connection"): native("close")})
        status = connection.getresponse().status
    finally:
        connection.close()
    return "" if status < _REFUSED else "%s answered with status %d" % (address, status)


def shown_code(code):
    # type: (int) -> str
    return "0x%08X" % code if code >= 0x80000000 else "%d" % code


def _unhealthy(service, what):
    # type: (Service, str) -> InstallError
    details = ["    " + each for each in last_lines(service.log)]
    text = "The service %s %s" % (service.name, what)
    return InstallError(FAILED, text + (". The end of %s:" % service.log if details else ""), details)


def last_lines(path):
    # type: (str) -> list[str]
    try:
        with io.open(path, "rb") as stream:
            stream.seek(max(0, os.path.getsize(path) - 8192))
            lines = output_text(stream.read()).splitlines()
    except EnvironmentError:
        return []
    return [each.rstrip() for each in lines if each.strip()][-_TAIL:]
