"""What programs of a session try to reach outside: each packet that would leave the machine, and each name that is asked for.

The standard library only: the first process of the session's namespaces runs it (agent.py). Every address there is belongs to the loopback
interface, so that an attempt to reach the outside leaves a packet to be seen, and is refused at once. Names are asked for at 127.0.0.53,
where a recorder says that there are none.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMESERVER = ("127.0.0.53", 53)
_OUTGOING = 4  # linux/if_packet.h PACKET_OUTGOING: on loopback every packet is seen a second time, coming in
_ALL_PROTOCOLS = 3  # ETH_P_ALL
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _ICMP, _IGMP, _ICMPV6 = 6, 17, 1, 2, 58
_SYN, _ACK = 0x02, 0x10
_ECHO_REQUESTS = {(_ICMP, 8), (_ICMPV6, 128)}
_IPV4_HEADER, _IPV6_HEADER = 20, 40
_MOST_ATTEMPTS = 100_000
_LOST = "others, more at a time than can be written down"
_MOST_NAMED = 1000
"""Attempts of which it is found out whose they are: that takes long."""
_AT_ONCE = 50_000
"""Packets that are read in one turn: who sends faster than that isn't waited for."""
_NAMED_AT_ONCE, _MOST_OPEN = 20, 20_000
"""Attempts of one turn, and open files that are looked at for one: between two turns it is seen to that nothing uses too much."""
_LONGEST_NAME, _LONGEST_PROGRAM = 253, 1000
"""Characters of a name that DNS can have (RFC 1035), and bytes of a command line: each attempt is kept with them."""
_ATTACH_FILTER, _MEMINFO, _DROPS = (
    26,
    55,
    8,
)  # asm-generic/socket.h SO_ATTACH_FILTER, SO_MEMINFO; linux/sock_diag.h SK_MEMINFO_DROPS
_RETURN, _WORD, _BYTE, _EQUAL = (
    0x06,
    0x20,
    0x30,
    0x15,
)  # linux/bpf_common.h: BPF_RET, BPF_LD with BPF_ABS, BPF_JMP with BPF_JEQ
_TYPE, _ETHERTYPE = 0xFFFFF004, 0xFFFFF000  # linux/filter.h SKF_AD_PKTTYPE, SKF_AD_PROTOCOL
_FIRST_BYTES = 256
_LEAVING = (
    (_WORD, 0, 0, _TYPE),
    (_EQUAL, 0, 13, _OUTGOING),
    (_WORD, 0, 0, _ETHERTYPE),
    (_EQUAL, 0, 2, _IPV4),
    (_BYTE, 0, 0, 16),  # of the address that it goes to
    (_EQUAL, 9, 10, 127),
    (_EQUAL, 0, 8, _IPV6),
    (_WORD, 0, 0, 24),
    (_EQUAL, 0, 7, 0),
    (_WORD, 0, 0, 28),
    (_EQUAL, 0, 5, 0),
    (_WORD, 0, 0, 32),
    (_EQUAL, 0, 3, 0),
    (_WORD, 0, 0, 36),
    (_EQUAL, 0, 1, 1),
    (_RETURN, 0, 0, 0),
    (_RETURN, 0, 0, _FIRST_BYTES),
)
"""Packets that leave the machine, for the kernel: code, how many to skip if it is so and if not, and what is compared. What programs say to each
other over loopback would fill the socket, and an attempt that has no room in it is gone.
"""
_SOCKETS = 1 << 20
"""Bytes of the kernel's table that are read: some 8000 sockets."""


def describe(ethertype: int, packet: bytes) -> str | None:
    """What a program wanted with a packet, as `tcp 192.0.2.1:80`; None if it stays on the machine or is no attempt.

    Replies are no attempts (TCP with ACK, ICMP errors), nor is what the kernel sends by itself (IGMP, neighbours).
    """
    if ethertype == _IPV4 and len(packet) >= _IPV4_HEADER:
        protocol, start = packet[9], (packet[0] & 15) * 4
        address = socket.inet_ntop(socket.AF_INET, packet[16:20])
        local = address.startswith("127.")
    elif ethertype == _IPV6 and len(packet) >= _IPV6_HEADER:
        protocol, start = packet[6], _IPV6_HEADER
        address = socket.inet_ntop(socket.AF_INET6, packet[24:40])
        local = address == "::1" or address.startswith("::ffff:127.")
        address = f"[{address}]"
    else:
        return None
    if local or protocol == _IGMP or len(packet) < start + 4:
        return None
    port = struct.unpack_from("!H", packet, start + 2)[0]
    if protocol == _TCP:
        opening = len(packet) > start + 13 and packet[start + 13] & (_SYN | _ACK) == _SYN
        return f"tcp {address}:{port}" if opening else None
    if protocol == _UDP:
        return f"udp {address}:{port}"
    if protocol in (_ICMP, _ICMPV6):
        return f"ping {address}" if (protocol, packet[start]) in _ECHO_REQUESTS else None
    return f"protocol {protocol} {address}"


def asked_name(query: bytes) -> str:
    """The name in the first question of a DNS message, ``?`` for what can't be printed."""
    labels, at = [], 12
    while at < len(query) and query[at] and at < _LONGEST_NAME + 12:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    return "".join(each if " " <= each <= "~" else "?" for each in ".".join(labels)[:_LONGEST_NAME])


class Recorder:
    """Sees every packet sent in this network namespace, and every name asked for."""

    def __init__(self, processes: Path) -> None:
        self.attempts: list[tuple[str, str | None]] = []
        self._has_lost = False
        self._processes = processes
        self._packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
        _take_leaving(self._packets)
        self._names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._names.bind(_NAMESERVER)
        self.inputs = (self._packets, self._names)
        for each in self.inputs:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
            each.setblocking(False)

    def drain(self) -> None:
        """Read all that has been sent up to now (the kernel queues a packet before the sender's call returns)."""
        for _ in range(_AT_ONCE):
            try:
                packet, origin = self._packets.recvfrom(_FIRST_BYTES)
            except BlockingIOError:
                break
            attempt = describe(origin[1], packet) if origin[2] == _OUTGOING else None
            if attempt is not None:
                self._note(attempt, None)
        if not self._has_lost and any(map(_lost, self.inputs)):
            self._has_lost = True
            self.attempts.append((_LOST, None))
        left = min(_NAMED_AT_ONCE, _MOST_NAMED - len(self.attempts))
        for _ in range(_AT_ONCE):
            try:
                query, asker = self._names.recvfrom(4096)
            except BlockingIOError:
                break
            # the asker waits for the answer: it is still there to be found
            program = program_of(self._processes, asker[1]) if left > 0 else None
            left -= 1
            self._note(f"dns {asked_name(query)}", program)
            # The question back, as an answer: recursion available, no such name.
            with suppress(OSError):  # an asker that can't be answered
                self._names.sendto(query[:2] + b"\x81\x83" + query[4:6] + b"\0\0\0\0\0\0" + query[12:], asker)

    def _note(self, attempt: str, program: str | None) -> None:
        if len(self.attempts) < _MOST_ATTEMPTS:
            self.attempts.append((attempt, program))

    @property
    def is_full(self) -> bool:
        """Whether more was tried than is written down."""
        return self._has_lost or len(self.attempts) >= _MOST_ATTEMPTS


def _take_leaving(packets: socket.socket) -> None:
    code = b"".join(struct.pack("=HBBI", *each) for each in _LEAVING)
    kept = ctypes.create_string_buffer(code)
    program = struct.pack("HP", len(_LEAVING), ctypes.addressof(kept))
    packets.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def _lost(inputs: socket.socket) -> bool:
    """Whether the kernel had to drop some of what came."""
    size = struct.calcsize("=I") * (_DROPS + 1)
    said: bytes = inputs.getsockopt(socket.SOL_SOCKET, _MEMINFO, size)
    return len(said) == size and struct.unpack_from("=I", said, size - 4)[0] > 0


def program_of(processes: Path, port: int) -> str | None:
    """The program that has a UDP socket on PORT, as its command line begins; PROCESSES is a /proc."""
    with suppress(OSError, IndexError, ValueError):
        for line in _start(processes / "net/udp", _SOCKETS).decode("ascii").splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                return _holder(processes, f"socket:[{fields[9]}]")
    return None


def _holder(processes: Path, wanted: str) -> str | None:
    """The first program but Wine's server that has it open."""
    left = _MOST_OPEN
    for process in processes.iterdir():
        if not process.name.isdecimal():
            continue
        found = list(itertools.islice(_open_files(process), left))
        left -= len(found)
        if wanted in found:
            said = _start(process / "cmdline", _LONGEST_PROGRAM).split(b"\0")[0].decode("utf-8", "replace")
            if "wineserver" not in said:
                return said or None
    return None


def _open_files(process: Path) -> Iterator[str]:
    with suppress(OSError), os.scandir(process / "fd") as entries:
        for each in entries:
            try:
                yield os.readlink(each.path)  # noqa: PTH115 - such links lead nowhere
            except OSError:
                yield ""


def _start(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(most)
