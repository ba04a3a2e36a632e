"""Addresses that an application may try to reach while it is rehearsed: ``HOST``, ``HOST:PORT`` and ``*.DOMAIN``.

Nothing is let through: what is named here is reported and no failure.
"""

from __future__ import annotations

import fnmatch
import re

_HOST = r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]{2,45}\]"
_ALLOWED = re.compile(rf"(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?")
_ATTEMPT = re.compile(r"(?P<kind>[a-z]+) (?P<host>\[[^\]]*\]|[^\[\]:\s]+)(?::(?P<port>[0-9]+))?")
_PORTS = 65536


def connection_fault(text: str) -> str | None:
    """Why the text is no such address; None if it is one."""
    found = _ALLOWED.fullmatch(text)
    if found is None or not 0 < int(found["port"] or 1) < _PORTS:
        return f"{text!r} is not a valid address: write HOST, HOST:PORT or *.DOMAIN, an IPv6 address in brackets"
    return None


def is_allowed(address: str, allowed: tuple[str, ...]) -> bool:
    """Whether one of ``allowed`` names what was tried: ``tcp 192.0.2.1:80``, ``udp [2001:db8::1]:53``, ``dns example.org``, ``ping 192.0.2.1``.

    Where no port was tried, as in looking up a name, an address with a port allows it too.
    """
    tried = _ATTEMPT.fullmatch(address)
    if tried is None:
        return False
    host = tried["host"].lower().rstrip(".")
    for each in filter(None, map(_ALLOWED.fullmatch, allowed)):
        same_port = None in (each["port"], tried["port"]) or int(each["port"]) == int(tried["port"])
        if same_port and _is_host(host, each["host"].lower()):
            return True
    return False


def _is_host(host: str, allowed: str) -> bool:
    return fnmatch.fnmatchcase(host, allowed) if allowed.startswith("*.") else host == allowed
