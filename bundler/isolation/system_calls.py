"""System calls that a room does without, as a program for the kernel's filter (seccomp(2), Documentation/userspace-api/seccomp_filter.rst).

Namespaces don't part kernel keyrings, where Kerberos tickets and passwords may lie. The others are what attacks on kernels begin with, and what no
build needs: more user namespaces, in which a program has all capabilities, and subsystems that are reached with none. Sockets of most families
lead past the room too: one of AF_VSOCK reaches the machine that this one runs on, with a network namespace of its own or not (vsock(7)).

Files that are shown to a room are the host's own, and may be the user's or root's. Whoever has a lease on one has every program of the host that opens
it wait for 45 seconds (fcntl(2)). What is written of a program that crashes is not a namespace's either: where the host hands it to a program of its own,
that is started as root, for a limit of 1 alone it isn't (core(5)), so nobody may change that limit in a room.
"""

from __future__ import annotations

import dataclasses
import errno
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# where they are in struct seccomp_data; of the argument the low half
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT, _THIRD_HIGH = 0, 4, 16, 24, 32, 36
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NEW_USER = 0x10000000
_X32 = 0x40000000
_TYPING = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX, of ioctl(2): what is typed so into a terminal, the shell of whoever sits there takes for theirs (tty_ioctl(2))."""
_LEASES = (1024, 1040)
"""F_SETLEASE and F_SETDELEG, of fcntl(2)."""
_CORE = 4
"""RLIMIT_CORE, of setrlimit(2)."""
_SEEMS_DONE = 0
"""As an error: a script that turns such files off goes on, and there are none anyway."""
_FAMILIES = (1, 2, 10, 16)
"""Of sockets (address_families(7)): AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, by which programs learn of addresses."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Calls:
    """The numbers of one kind of program: ``audit`` is the kernel's number for it (linux/audit.h)."""

    audit: int
    add_key: int
    request_key: int
    keyctl: int
    perf_event_open: int
    bpf: int
    userfaultfd: int
    unshare: int
    setns: int
    clone: int
    socket: int
    ioctl: int
    fcntl: tuple[int, ...]
    syslog: int
    setrlimit: int
    prlimit64: int
    socketcall: int | None = None
    io_uring_setup: int = 425
    clone3: int = 435

    @property
    def unknown(self) -> tuple[int, ...]:
        """Those that are as if the kernel hadn't them; without ``clone3`` libraries take ``clone``, whose flags can be looked at."""
        keys = (self.add_key, self.request_key, self.keyctl)
        # its arguments lie in memory, where a filter sees nothing; newer libraries have calls of their own for each
        hidden = () if self.socketcall is None else (self.socketcall,)
        return (*keys, self.perf_event_open, self.bpf, self.userfaultfd, self.io_uring_setup, self.clone3, *hidden)


_X86_64 = _Calls(
    audit=0xC000003E,
    add_key=248,
    request_key=249,
    keyctl=250,
    perf_event_open=298,
    bpf=321,
    userfaultfd=323,
    unshare=272,
    setns=308,
    clone=56,
    socket=41,
    ioctl=16,
    fcntl=(72,),
    syslog=103,
    setrlimit=160,
    prlimit64=302,
)
_I386 = _Calls(
    audit=0x40000003,
    add_key=286,
    request_key=287,
    keyctl=288,
    perf_event_open=336,
    bpf=357,
    userfaultfd=374,
    unshare=310,
    setns=346,
    clone=120,
    socket=359,
    ioctl=54,
    fcntl=(55, 221),
    syslog=103,
    setrlimit=75,
    prlimit64=340,
    socketcall=102,
)
_AARCH64 = _Calls(
    audit=0xC00000B7,
    add_key=217,
    request_key=218,
    keyctl=219,
    perf_event_open=241,
    bpf=280,
    userfaultfd=282,
    unshare=97,
    setns=268,
    clone=220,
    socket=198,
    ioctl=29,
    fcntl=(25,),
    syslog=116,
    setrlimit=164,
    prlimit64=261,
)
_ARM = _Calls(
    audit=0x40000028,
    add_key=309,
    request_key=310,
    keyctl=311,
    perf_event_open=364,
    bpf=386,
    userfaultfd=388,
    unshare=337,
    setns=375,
    clone=120,
    socket=281,
    ioctl=54,
    fcntl=(55, 221),
    syslog=103,
    setrlimit=75,
    prlimit64=369,
)
_MACHINES: dict[str, tuple[_Calls, ...]] = {"x86_64": (_X86_64, _I386), "aarch64": (_AARCH64, _ARM)}


def filter_for(machine: str, *, hides_sockets: bool = True) -> bytes | None:
    """The program for a processor as ``uname -m`` names it; None: its numbers aren't known here.

    ``hides_sockets``: without the call by which 32-bit libraries of Debian make every socket, of whatever family.
    """
    kinds = _MACHINES.get(machine)
    if kinds is None:
        return None
    if not hides_sockets:
        kinds = tuple(dataclasses.replace(each, socketcall=None) for each in kinds)
    program: list[tuple[int, int, int, int]] = []
    for calls in kinds:
        block = list(_block(calls))
        program += [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 0, len(block), calls.audit), *block]
    program.append(_fail(errno.ENOSYS))  # programs of a kind that this processor hasn't
    return b"".join(struct.pack("=HBBI", *each) for each in program)


def _block(calls: _Calls) -> Iterator[tuple[int, int, int, int]]:
    """Code, how many to skip if it is so and if not, and what is compared; each block ends with a return."""
    yield (_LOAD, 0, 0, _NUMBER)
    if calls.audit == _X86_64.audit:
        yield (_AT_LEAST, 0, 1, _X32)
        yield _fail(errno.ENOSYS)
    for number in calls.unknown:
        yield (_EQUAL, 0, 1, number)
        yield _fail(errno.ENOSYS)
    for number in (calls.unshare, calls.setns):
        yield (_EQUAL, 0, 1, number)
        yield _fail(errno.EPERM)
    yield (_EQUAL, 0, 1, calls.syslog)
    yield _fail(errno.EPERM)
    yield from _refused(calls.ioctl, _SECOND_ARGUMENT, _TYPING, errno.EPERM)
    for number in calls.fcntl:
        yield from _refused(number, _SECOND_ARGUMENT, _LEASES, errno.EPERM)
    yield from _refused(calls.setrlimit, _FIRST_ARGUMENT, (_CORE,), _SEEMS_DONE)
    yield (_EQUAL, 0, 8, calls.prlimit64)
    yield (_LOAD, 0, 0, _SECOND_ARGUMENT)
    yield (_EQUAL, 0, 5, _CORE)
    yield (_LOAD, 0, 0, _THIRD_ARGUMENT)  # where the new limit is; none: it asks
    yield (_EQUAL, 0, 2, 0)
    yield (_LOAD, 0, 0, _THIRD_HIGH)
    yield (_EQUAL, 1, 0, 0)
    yield _fail(_SEEMS_DONE)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_EQUAL, 0, len(_FAMILIES) + 3, calls.socket)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    for left, family in zip(reversed(range(len(_FAMILIES))), _FAMILIES, strict=True):
        yield (_EQUAL, left + 1, 0, family)
    yield _fail(errno.EAFNOSUPPORT)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_EQUAL, 0, 3, calls.clone)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield (_ANY_BIT, 0, 1, _NEW_USER)
    yield _fail(errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _refused(number: int, argument: int, values: tuple[int, ...], error: int) -> Iterator[tuple[int, int, int, int]]:
    """A call with an argument of which the kernel looks at the lower half alone."""
    yield (_EQUAL, 0, len(values) + 3, number)
    yield (_LOAD, 0, 0, argument)
    for left, value in zip(reversed(range(len(values))), values, strict=True):
        yield (_EQUAL, left + 1, 0, value)
    yield (_RETURN, 0, 0, _ALLOW)
    yield _fail(error)


def _fail(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _FAIL | number)
