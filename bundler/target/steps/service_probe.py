"""One question to a service's endpoint over HTTP or TCP, and whether what answers is the service: the port's owner is one of its processes."""

from __future__ import absolute_import, unicode_literals

import collections
import re
import socket

from ..compat import error_text, native
from ..errors import FAILED, Problem
from ..machine.clock import monotonic
from ..machine.endpoints import answering, is_here, is_loopback, packed
from .service_control import processes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.endpoints import Listener
    from ..machine.host import Host
    from ..machine.services import Service

_TRY = 5
_REFUSED = 400
_LONGEST = 4096
_ADDRESS = re.compile(r"http://(\[[0-9A-Fa-f:.]+\]|[^/:?#]+)(?::(\d+))?(/[^#]*)?", re.IGNORECASE)
_REQUEST = "GET %s HTTP/1.0"
_SYSTEM = 4
_SYSTEMS = "Windows itself (process 4: its own HTTP server, which IIS and others share; 'netsh http show servicestate' names them)"

Endpoint = collections.namedtuple("Endpoint", ["name", "port", "path"])
"""``path``: None where only a connection is asked for."""


def endpoint_of(service):
    # type: (Service) -> Endpoint | None
    """None: it has nothing to answer. Raises ValueError for what is no address once site values are filled in."""
    if service.http:
        found = _ADDRESS.match(service.http)
        if found is None:
            raise ValueError("invalid address: %s" % service.http)
        name, port, path = found.groups()
        return Endpoint(name.strip("[]"), int(port or 80), path or "/")
    if service.tcp:
        name, _, port = service.tcp.rpartition(":")
        return Endpoint(name.strip("[]"), int(port), None)
    return None


def request_line(service):
    # type: (Service) -> str | None
    """What programs write to their logs of a question that was asked here."""
    try:
        endpoint = endpoint_of(service)
    except ValueError:
        return None
    return _REQUEST % endpoint.path if endpoint is not None and endpoint.path is not None else None


def probe(host, service):
    # type: (Host, Service) -> str
    """Empty where the service answers as it should, else what is wrong."""
    try:
        endpoint = endpoint_of(service)
        if endpoint is None:
            return "it has nothing to answer"
        connection = socket.create_connection((native(endpoint.name), endpoint.port), _TRY)
        try:
            peer, own = connection.getpeername()[0], connection.getsockname()[0]
            wrong = _http(connection, service.http, endpoint) if endpoint.path is not None else ""
        finally:
            connection.close()
    except (EnvironmentError, ValueError, OverflowError) as error:
        return "%s did not answer (%s)" % (service.http or service.tcp, error_text(error))
    address = packed(peer)
    if wrong or service.owner is False or not (is_loopback(address) or address == packed(own)):
        return wrong
    return _of_others(host, service, address, endpoint.port)


def _http(connection, address, endpoint):
    # type: (socket.socket, str, Endpoint) -> str
    """HTTP/1.0: the status is all that is read. No proxy, and no redirection followed: where that leads is another matter."""
    host = ("[%s]" if ":" in endpoint.name else "%s") % endpoint.name + ":%d" % endpoint.port
    lines = (_REQUEST % endpoint.path, "Host: " + host, "User-Agent: bootstrap.bat", "", "")
    connection.sendall("\r\n".join(lines).encode("utf-8"))
    answer, until = b"", monotonic() + _TRY
    while b"\n" not in answer and len(answer) < _LONGEST and monotonic() < until:
        piece = connection.recv(_LONGEST)
        if not piece:
            break
        answer += piece
    status = re.match(b"HTTP/1\\.\\d (\\d{3})", answer)
    if status is None:
        return "%s did not answer as HTTP is" % address
    return "" if int(status.group(1)) < _REFUSED else "%s answered with status %d" % (address, int(status.group(1)))


# -- whose port it is


def _of_others(host, service, address, port):
    # type: (Host, Service, bytes, int) -> str
    """In words, where what listens there is no process of the service."""
    listeners = host.programs.listeners(port)
    if listeners is None:
        return ""
    there = answering(listeners, address)
    strangers = _strangers(host, there, [service.name])
    if there and not strangers:
        return ""
    who = _named(host, strangers) if strangers else "no process of this machine"
    return "%s is answered by %s, and not by the service" % (service.http or service.tcp, who)


def held_ports(host, services, ours):
    # type: (Host, Iterable[Service], Iterable[str]) -> list[Problem]
    """Ports of this machine that these services are to answer at, and that something else holds. ``ours``: services that let go of them."""
    problems = []
    for service in services:
        try:
            endpoint = endpoint_of(service)
        except ValueError:
            continue  # the service's start says so
        if endpoint is None or service.owner is False:
            continue
        listeners = host.programs.listeners(endpoint.port) or []
        held = _strangers(host, _held(listeners, endpoint), [service.name] + list(ours))
        if held:
            text = "port %d, at which the service %s is to answer, is held by %s: end that, or give the service another port"
            problems.append(Problem(FAILED, text % (endpoint.port, service.name, _named(host, held))))
    return problems


def _held(listeners, endpoint):
    # type: (list[Listener], Endpoint) -> list[Listener]
    """Who would get a connection. What listens at all IPv6 addresses may or may not take those of IPv4: that is tried."""
    found = []  # type: list[Listener]
    for address in _addresses(endpoint) if listeners else []:
        there = answering(listeners, address) if is_here(address) else []
        if any(len(each.address) != len(address) for each in there) and not _connects(endpoint):
            continue
        found += [each for each in there if each not in found]
    return found


def _addresses(endpoint):
    # type: (Endpoint) -> list[bytes]
    try:
        found = socket.getaddrinfo(native(endpoint.name), endpoint.port, 0, socket.SOCK_STREAM)
        return [packed("%s" % each[4][0]) for each in found]
    except (EnvironmentError, ValueError, UnicodeError):
        return []  # a name that nobody knows: asking the service will tell


def _connects(endpoint):
    # type: (Endpoint) -> bool
    try:
        socket.create_connection((native(endpoint.name), endpoint.port), _TRY).close()
    except EnvironmentError:
        return False
    return True


def _strangers(host, listeners, services):
    # type: (Host, list[Listener], Iterable[str]) -> list[int]
    """Processes that none of the services started, by number. Whose number this account can't see is nobody's to accuse."""
    numbers = {each.process for each in listeners if each.process is not None}
    return sorted(numbers - processes_of(host, services)) if numbers else []


def _named(host, processes):
    # type: (Host, list[int]) -> str
    words = []
    for each in processes:
        name = host.programs.name_of(each)
        words.append(_SYSTEMS if each == _SYSTEM else "%s (process %d)" % (name or "a program", each))
    return ", ".join(words)
