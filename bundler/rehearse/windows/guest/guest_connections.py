"""In the rehearsed Windows: who connects to other machines, as far as looking ten times a second shows it."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import socket
import struct
import threading
import time
from ctypes import wintypes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PAUSE = 0.1
ALL_WITH_OWNERS = 5
"""TCP_TABLE_OWNER_PID_ALL."""
LISTENING = 2
"""MIB_TCP_STATE_LISTEN."""
QUERY_LIMITED = 0x1000
LONGEST = 32768


class Connections(threading.Thread):
    """``target`` gives modules of the target's half; ``below``: folders of whose programs it is asked."""

    def __init__(self, target, below):
        # type: (Callable[[str], Any], list[str]) -> None
        threading.Thread.__init__(self)
        self.daemon = True
        self._table = target("machine.windows.tcp_table")
        self._endpoints = target("machine.endpoints")
        self._below = tuple(each.lower() + "\\" for each in below)
        self._seen = set()  # type: set[tuple[str, str]]

    def seen(self):
        # type: () -> set[tuple[str, str]]
        """Address and program of each."""
        return set(self._seen)

    def run(self):
        # type: () -> None
        """Look for ever."""
        while True:
            self.look()
            time.sleep(PAUSE)

    def look(self):
        # type: () -> None
        """Once."""
        for family, kind in ((self._table.INET, self._table.Row), (self._table.INET6, self._table.Row6)):
            for each in self._table.rows(family, kind, ALL_WITH_OWNERS) or []:
                address = self._remote(each, family)
                if address is None:
                    continue
                program = program_of(each.process) or ""
                if program.lower().startswith(self._below):
                    self._seen.add((address, program))

    def _remote(self, row, family):
        # type: (Any, int) -> str | None
        """Where a connection leads, in the words of reports; None: not away."""
        wide = family == self._table.INET6
        content = bytes(bytearray(row.remote_address)) if wide else struct.pack(str("=L"), row.remote_address)
        port, address = socket.ntohs(row.remote_port & 0xFFFF), self._endpoints.plain(content)
        if row.state == LISTENING or port == 0 or self._endpoints.is_loopback(address) or not any(bytearray(address)):
            return None
        shown = self._endpoints.shown(address)
        return "tcp %s:%d" % ("[%s]" % shown if ":" in shown else shown, port)


def program_of(process):
    # type: (int) -> str | None
    """The path of a process's program; None where this account may not ask."""
    kernel = ctypes.WinDLL(str("kernel32"))
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(QUERY_LIMITED, False, process)
    if not handle:
        return None
    try:
        path, size = ctypes.create_unicode_buffer(LONGEST), wintypes.DWORD(LONGEST)
        known = kernel.QueryFullProcessImageNameW(wintypes.HANDLE(handle), 0, path, ctypes.byref(size))
        return path.value if known else None
    finally:
        kernel.CloseHandle(wintypes.HANDLE(handle))
