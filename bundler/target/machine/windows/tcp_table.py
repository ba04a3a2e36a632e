"""Who listens at a port: GetExtendedTcpTable of iphlpapi, with the rows that have the number of the owner's process."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import socket
import struct
from ctypes import wintypes

from ...compat import native
from ..endpoints import Listener, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INET, INET6 = 2, 23
_OWNER_LISTENING = 3
"""TCP_TABLE_OWNER_PID_LISTENER."""
_TOO_SMALL = 122
_TRIES = 5


class Row(ctypes.Structure):
    """MIB_TCPROW_OWNER_PID."""

    _fields_ = [
        (native(name), wintypes.DWORD)
        for name in ("state", "address", "port", "remote_address", "remote_port", "process")
    ]


class Row6(ctypes.Structure):
    """MIB_TCP6ROW_OWNER_PID."""

    _fields_ = [
        (native("address"), ctypes.c_ubyte * 16),
        (native("scope"), wintypes.DWORD),
        (native("port"), wintypes.DWORD),
        (native("remote_address"), ctypes.c_ubyte * 16),
        (native("remote_scope"), wintypes.DWORD),
        (native("remote_port"), wintypes.DWORD),
        (native("state"), wintypes.DWORD),
        (native("process"), wintypes.DWORD),
    ]


def listeners(port):
    # type: (int) -> list[Listener] | None
    """None where this system doesn't tell."""
    found = []
    for family, kind in ((INET, Row), (INET6, Row6)):
        found_here = rows(family, kind, _OWNER_LISTENING)
        if found_here is None and family == INET:
            return None
        for each in found_here or []:
            # in network order; "the upper 16 bits may contain uninitialized data"
            if socket.ntohs(each.port & 0xFFFF) == port:
                content = bytes(bytearray(each.address)) if kind is Row6 else struct.pack(native("=L"), each.address)
                found.append(Listener(plain(content), each.process))
    return found


def rows(family, kind, table):
    # type: (int, Any, int) -> list[Any] | None
    """Of TCP_TABLE_CLASS number ``table``, one that has owners; None where this system doesn't tell."""
    try:
        ask = ctypes.WinDLL(native("iphlpapi")).GetExtendedTcpTable
    except (EnvironmentError, AttributeError):
        return None
    content = ctypes.create_string_buffer(ctypes.sizeof(wintypes.DWORD))
    size = wintypes.DWORD(len(content))
    for _ in range(_TRIES):  # it may have grown since its size was asked for
        code = ask(content, ctypes.byref(size), False, family, table, 0)
        if code == _TOO_SMALL:
            content = ctypes.create_string_buffer(size.value)
            continue
        if code:
            return None
        count = wintypes.DWORD.from_buffer(content).value
        return list((kind * count).from_buffer(content, ctypes.sizeof(wintypes.DWORD)))
    return None
