"""The kernel's filter, carried out here for every kind of program and call."""

from __future__ import annotations

import errno
import struct

import pytest

from bundler.isolation.system_calls import filter_for

ALLOWED, FAILED = 0x7FFF0000, 0x00050000
X86_64, I386, AARCH64, ARM = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028
NEW_USER, NEW_NET = 0x10000000, 0x40000000


def verdict(
    machine: str,
    architecture: int,
    number: int,
    first: int = 0,
    second: int = 0,
    *,
    third: int = 0,
    hides_sockets: bool = True,
) -> int | None:
    """What the kernel would do; errno where the call fails, 0 where it is let through, None where nothing is done and it seems to be (Documentation/networking/filter.rst)."""
    raw = filter_for(machine, hides_sockets=hides_sockets)
    assert raw is not None
    program = list(struct.iter_unpack("=HBBI", raw))
    data = struct.pack("=IIQ6Q", number, architecture, 0, first, second, third, 0, 0, 0)
    at, register = 0, 0
    while True:
        code, so, otherwise, operand = program[at]
        at += 1
        if code == 0x20:
            (register,) = struct.unpack_from("=I", data, operand)
        elif code == 0x06:
            assert operand == ALLOWED or operand & 0xFFFF0000 == FAILED
            return 0 if operand == ALLOWED else operand & 0xFFFF or None
        else:
            holds = {0x15: register == operand, 0x35: register >= operand, 0x45: bool(register & operand)}[code]
            at += so if holds else otherwise


@pytest.mark.parametrize(
    ("machine", "architecture", "keys", "unshare", "clone"),
    [
        ("x86_64", X86_64, (248, 249, 250), 272, 56),
        ("x86_64", I386, (286, 287, 288), 310, 120),
        ("aarch64", AARCH64, (217, 218, 219), 97, 220),
        ("aarch64", ARM, (309, 310, 311), 337, 120),
    ],
)
def test_what_is_let_through(machine: str, architecture: int, keys: tuple[int, ...], unshare: int, clone: int) -> None:
    assert [verdict(machine, architecture, each) for each in keys] == [errno.ENOSYS] * 3
    assert verdict(machine, architecture, unshare) == errno.EPERM
    assert verdict(machine, architecture, clone, NEW_USER | 17) == errno.EPERM
    assert verdict(machine, architecture, clone, NEW_NET | 17) == 0, "it takes a capability, and there is none"
    assert verdict(machine, architecture, clone, 0x3D0F00) == 0, "a thread"
    assert verdict(machine, architecture, 435) == errno.ENOSYS
    calls = {X86_64: 41, I386: 359, AARCH64: 198, ARM: 281}
    families = [each for each in range(50) if not verdict(machine, architecture, calls[architecture], each)]
    assert families == [1, 2, 10, 16], "AF_UNIX, AF_INET, AF_INET6, AF_NETLINK"
    assert verdict(machine, architecture, calls[architecture], 40) == errno.EAFNOSUPPORT
    others = [each for each in range(480) if verdict(machine, architecture, each, 1)]
    assert len(others) == (12 if architecture == I386 else 11), "the others go through"
    assert verdict(machine, architecture, 102) == (errno.ENOSYS if architecture == I386 else 0)


def test_32_bit_programs_of_wine_reach_their_server() -> None:
    assert verdict("x86_64", I386, 102, hides_sockets=False) == 0
    kinds = [(X86_64, 41), (X86_64, 0x40000000 | 41), (I386, 359), (I386, 286), (X86_64, 250)]
    refused = [verdict("x86_64", kind, number, 40, hides_sockets=False) for kind, number in kinds]
    assert refused == [errno.EAFNOSUPPORT, errno.ENOSYS, errno.EAFNOSUPPORT, errno.ENOSYS, errno.ENOSYS]


@pytest.mark.parametrize(
    ("machine", "architecture", "ioctl"),
    [("x86_64", X86_64, 16), ("x86_64", I386, 54), ("aarch64", AARCH64, 29), ("aarch64", ARM, 54)],
)
def test_nothing_is_typed_into_a_terminal(machine: str, architecture: int, ioctl: int) -> None:
    """Commands that the shell would run which `bundle rehearse --shell` was started from."""
    refused = [each for each in range(0x5400, 0x5500) if verdict(machine, architecture, ioctl, second=each)]
    assert refused == [0x5412, 0x541C], "TIOCSTI, TIOCLINUX"
    assert verdict(machine, architecture, ioctl, second=0x5412) == errno.EPERM
    assert verdict(machine, architecture, ioctl, second=(1 << 32) | 0x5412) == errno.EPERM
    assert verdict(machine, architecture, ioctl + 1, second=0x5412) == 0


KINDS = {
    "x86-64": ("x86_64", X86_64, (72,), 103, 160, 302),
    "i386": ("x86_64", I386, (55, 221), 103, 75, 340),
    "aarch64": ("aarch64", AARCH64, (25,), 116, 164, 261),
    "arm": ("aarch64", ARM, (55, 221), 103, 75, 369),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_lease_is_had_on_files_of_the_host(kind: str) -> None:
    """Whoever else opened such a file waited for 45 seconds."""
    machine, architecture, calls, *_ = KINDS[kind]
    for call in calls:
        refused = [each for each in range(1100) if verdict(machine, architecture, call, second=each)]
        assert refused == [1024, 1040], "F_SETLEASE, F_SETDELEG"
        assert verdict(machine, architecture, call, second=(1 << 32) | 1024) == errno.EPERM


@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_of_what_is_written_of_a_crash_stays(kind: str) -> None:
    machine, architecture, _, log, setting, both = KINDS[kind]
    assert verdict(machine, architecture, log) == errno.EPERM, "the kernel's log"
    assert [each for each in range(20) if verdict(machine, architecture, setting, each) != 0] == [4]
    assert verdict(machine, architecture, setting, 4) is None
    changed = [each for each in range(20) if verdict(machine, architecture, both, 0, each, third=1) != 0]
    assert changed == [4]
    places = (1, 1 << 32, (1 << 32) | 1)
    assert [verdict(machine, architecture, both, 0, 4, third=each) for each in places] == [None] * 3
    assert verdict(machine, architecture, both, 0, 4) == 0, "it may be asked for"


def test_programs_of_another_kind() -> None:
    assert verdict("x86_64", X86_64, 0x40000000 | 1) == errno.ENOSYS
    assert verdict("x86_64", AARCH64, 1) == errno.ENOSYS
    assert verdict("aarch64", X86_64, 1) == errno.ENOSYS


def test_a_processor_that_is_not_known() -> None:
    assert filter_for("riscv64") is None
