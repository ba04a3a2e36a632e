"""Who listens at a port of this machine: addresses as bytes, and which listener gets a connection."""

from __future__ import absolute_import, unicode_literals

import collections
import socket
import struct

from ..compat import native

Listener = collections.namedtuple("Listener", ["address", "process"])
"""``address``: as ``packed`` gives it, zeros for every address of the machine; ``process``: its number, None where that can't be seen."""

_V4, _V6 = 4, 16
_MAPPED = b"\0" * 10 + b"\xff\xff"
_GROUPS = 8


def packed(text):
    # type: (str) -> bytes
    """An IP address as its bytes, 4 or 16; an IPv4 address within IPv6 as the former. Raises ValueError. Windows' 2.7 has no inet_pton."""
    if ":" not in text:
        try:
            return socket.inet_aton(native(text))
        except EnvironmentError:
            raise ValueError("invalid address: %s" % text)
    head, gap, tail = text.partition("%")[0].partition("::")
    first, last = _groups(head), _groups(tail)
    missing = _GROUPS - len(first) - len(last)
    if missing < 0 or (not gap and missing):
        raise ValueError("invalid address: %s" % text)
    return plain(struct.pack(native("!8H"), *(first + [0] * missing + last)))


def plain(address):
    # type: (bytes) -> bytes
    return address[len(_MAPPED) :] if address.startswith(_MAPPED) and len(address) == _V6 else address


def _groups(text):
    # type: (str) -> list[int]
    found = []  # type: list[int]
    for each in text.split(":") if text else []:
        if "." in each:
            found += struct.unpack(native("!2H"), packed(each))
        else:
            found.append(int(each, 16))
    if any(not 0 <= each <= 0xFFFF for each in found):
        raise ValueError("invalid address: %s" % text)
    return found


def is_loopback(address):
    # type: (bytes) -> bool
    return address[:1] == b"\x7f" if len(address) == _V4 else address == b"\0" * 15 + b"\1"


def is_here(address):
    # type: (bytes) -> bool
    """Whether it is an address of this machine: no other one can be bound to."""
    if is_loopback(address):
        return True
    family = socket.AF_INET if len(address) == _V4 else socket.AF_INET6
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.bind((shown(address), 0))
        finally:
            opened.close()
    except EnvironmentError:
        return False
    return True


def shown(address):
    # type: (bytes) -> str
    form, letter = ("!4B", "%d") if len(address) == _V4 else ("!8H", "%x")
    numbers = struct.unpack(native(form), address)
    return native((":" if letter == "%x" else ".").join(letter % each for each in numbers))


def answering(listeners, address):
    # type: (list[Listener], bytes) -> list[Listener]
    """Those that get a connection to the address: who listens at it itself comes before who listens at all of them."""
    for wanted in (address, b"\0" * len(address), b"\0" * _V6):
        found = [each for each in listeners if each.address == wanted]
        if found:
            return found
    return []
