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
    machine: str, architecture: int, number: int, first: int = 0, second: int = 0, *, hides_sockets: bool = True
) -> int:
    """What the kernel would do; errno where the call fails, 0 where it is let through (Documentation/networking/filter.rst)."""
    raw = filter_for(machine, hides_sockets=hides_sockets)
    assert raw is not None
    program = list(struct.iter_unpack("=HBBI", raw))
    data = struct.pack("=IIQ6Q", number, architecture, 0, first, second, 0, 0, 0, 0)
    at, register = 0, 0
    while True:
        code, so, otherwise, operand = program[at]
        at += 1
        if code == 0x20:
            (register,) = struct.unpack_from("=I", data, operand)
        elif code == 0x06:
            assert operand == ALLOWED or operand & 0xFFFF0000 == FAILED
            return 0 if operand == ALLOWED else operand & 0xFFFF
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
    assert len(others) == (11 if architecture == I386 else 10), "the others go through"
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


def test_programs_of_another_kind() -> None:
    assert verdict("x86_64", X86_64, 0x40000000 | 1) == errno.ENOSYS
    assert verdict("x86_64", AARCH64, 1) == errno.ENOSYS
    assert verdict("aarch64", X86_64, 1) == errno.ENOSYS


def test_a_processor_that_is_not_known() -> None:
    assert filter_for("riscv64") is None
