"""What is made of packets, and of questions for names."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest

from bundler.model.allowed_connections import is_allowed
from bundler.rehearse.wine import connection_record
from tests.unit.rehearse.wine.processes import make_process

if TYPE_CHECKING:
    from pathlib import Path

IPV4, IPV6 = 0x0800, 0x86DD
TCP, UDP, ICMP = 6, 17, 1
SYN, ACK = 0x02, 0x10


def packet(protocol: int, address: str, port: int, flags: int = SYN) -> tuple[int, bytes]:
    wide = ":" in address
    body = struct.pack("!HH", 50000, port) + bytes(9) + bytes([flags]) + bytes(6)
    to = socket.inet_pton(socket.AF_INET6 if wide else socket.AF_INET, address)
    if wide:
        return IPV6, bytes(6) + bytes([protocol]) + bytes(17) + to + body
    return IPV4, bytes([0x45]) + bytes(8) + bytes([protocol]) + bytes(6) + to + body


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (packet(TCP, "192.0.2.1", 443), "tcp 192.0.2.1:443"),
        (packet(TCP, "192.0.2.1", 443, SYN | ACK), None),
        (packet(TCP, "2001:db8::1", 80), "tcp [2001:db8::1]:80"),
        (packet(UDP, "198.51.100.7", 123), "udp 198.51.100.7:123"),
        (packet(TCP, "127.0.0.1", 80), None),
        (packet(TCP, "::1", 80), None),
        (packet(2, "224.0.0.22", 0), None),
        (packet(132, "192.0.2.1", 5), "protocol 132 192.0.2.1"),
        (
            (IPV4, bytes([0x45]) + bytes(8) + bytes([ICMP]) + bytes(6) + bytes([192, 0, 2, 1, 8, 0, 0, 0])),
            "ping 192.0.2.1",
        ),
        ((IPV4, b"short"), None),
        ((0x0806, bytes(40)), None),
    ],
)
def test_what_a_packet_was_to_reach(sent: tuple[int, bytes], told: str | None) -> None:
    assert connection_record.describe(*sent) == told


def test_the_name_that_was_asked_for() -> None:
    assert connection_record.asked_name(bytes(12) + b"\7example\3org\0" + bytes(4)) == "example.org"
    assert connection_record.asked_name(bytes(12)) == ""


def test_a_name_is_no_longer_than_names_are_and_can_be_printed() -> None:
    """A hundred thousand of them are kept, and go to the host as JSON."""
    assert len(connection_record.asked_name(bytes(12) + (b"\x3f" + b"a" * 63) * 60)) == 253
    assert connection_record.asked_name(bytes(12) + b"\6a\xff\0\x1b\nz\0") == "a????z"


class Names:
    """A socket at which so many questions wait, each of another port; none can be answered."""

    def __init__(self, count: int) -> None:
        self.ports = list(range(count))

    def recvfrom(self, _: int) -> tuple[bytes, tuple[str, int]]:
        if not self.ports:
            raise BlockingIOError
        return bytes(12) + b"\1a\0", ("127.0.0.1", self.ports.pop())

    def sendto(self, _: bytes, __: object) -> None:
        raise OSError(22, "port 0")

    def getsockopt(self, *_: int) -> bytes:
        return bytes(36)


class Nothing:
    def __init__(self, dropped: int = 0) -> None:
        self.dropped = dropped

    def recvfrom(self, _: int) -> tuple[bytes, object]:
        raise BlockingIOError

    def getsockopt(self, _: int, __: int, size: int) -> bytes:
        return struct.pack("=9I", *[0] * 8, self.dropped)[:size]


def recording(folder: Path, packets: object, names: object) -> connection_record.Recorder:
    recorder = object.__new__(connection_record.Recorder)
    vars(recorder).update(attempts=[], _has_lost=False, _processes=folder)
    vars(recorder).update(_packets=packets, _names=names, inputs=(packets, names))
    return recorder


def kept_bytes(ethertype: int, content: bytes, kind: int = 4) -> int:
    """How many of a packet's bytes the kernel's filter keeps (Documentation/networking/filter.rst)."""
    program, at, register = connection_record._LEAVING, 0, 0
    while True:
        code, so, otherwise, operand = program[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x15:
            at += so if register == operand else otherwise
        elif operand >= 0xFFFFF000:
            register = {0xFFFFF000: ethertype, 0xFFFFF004: kind}[operand]
        else:
            size = 4 if code == 0x20 else 1
            if operand + size > len(content):
                return 0
            register = int.from_bytes(content[operand : operand + size], "big")


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "10.127.0.1", "224.0.0.251", "2001:db8::1", "::2", "1::1", "0:0:1::1", "::1:0:1"]
)
def test_the_kernel_keeps_what_leaves_the_machine(address: str) -> None:
    for each in (packet(TCP, address, 80), packet(UDP, address, 53)):
        assert connection_record.describe(*each) is not None
        assert (kept_bytes(*each), kept_bytes(*each, kind=0)) == (256, 0)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "127.255.255.254", "::1"])
def test_what_programs_say_to_each_other_takes_no_room_of_attempts(address: str) -> None:
    for each in (packet(TCP, address, 80), packet(UDP, address, 53)):
        assert connection_record.describe(*each) is None
        assert kept_bytes(*each) == 0
    assert (kept_bytes(IPV4, b"short"), kept_bytes(0x0806, bytes(40))) == (0, 0)


def test_attempts_for_which_there_was_no_room_are_told(tmp_path: Path) -> None:
    recorder = recording(tmp_path, Nothing(), Nothing())
    recorder.drain()
    assert (recorder.attempts, recorder.is_full) == ([], False)
    for packets, names in ((Nothing(1), Nothing()), (Nothing(), Nothing(7))):
        recorder = recording(tmp_path, packets, names)
        recorder.drain()
        recorder.drain()
        assert (recorder.attempts, recorder.is_full) == (
            [("others, more at a time than can be written down", None)],
            True,
        )
        assert not is_allowed(recorder.attempts[0][0], ("*.example.org", "others"))


def test_whose_many_questions_are_is_found_out_of_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile nobody looks at what programs use."""
    looked: list[int] = []
    monkeypatch.setattr(connection_record, "program_of", lambda _, port: looked.append(port))
    recorder = recording(tmp_path, Nothing(), Names(500))
    recorder.drain()
    assert (len(recorder.attempts), len(looked)) == (500, 20)
    vars(recorder)["_names"] = Names(30)
    recorder.drain()
    assert (len(recorder.attempts), len(looked)) == (530, 40)


def test_of_open_files_and_command_lines_a_part_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_record, "_MOST_OPEN", 3)
    (tmp_path / "net").mkdir()
    rows = "  sl  local_address rem_address   st\n   1: 0100007F:C350 3500007F:0035 01 0:0 0:0 0 1000 0 4711 2\n"
    (tmp_path / "net/udp").write_text(rows)
    make_process(tmp_path, 30, line=b"x" * 100_000, inode=4711)
    assert connection_record.program_of(tmp_path, 0xC350) == "x" * 1000
    (tmp_path / "30/fd/7").unlink()
    for number in range(10):
        (tmp_path / "30/fd" / f"{number}").symlink_to("/dev/null")
    make_process(tmp_path, 40, line=b"after those", inode=4711)
    order = [tmp_path / "30", tmp_path / "40"]
    monkeypatch.setattr(type(tmp_path), "iterdir", lambda _: iter(order))
    assert connection_record.program_of(tmp_path, 0xC350) is None


def test_who_asked_for_a_name_is_who_has_the_socket(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    rows = "  sl  local_address rem_address   st\n   1: 0100007F:C350 3500007F:0035 01 0:0 0:0 0 1000 0 4711 2\n"
    (tmp_path / "net/udp").write_text(rows)
    make_process(tmp_path, 1, line=b"agent\0")
    make_process(tmp_path, 20, line=b"/usr/lib/wine/wineserver64\0", inode=4711)
    make_process(tmp_path, 30, line=b"C:\\App\\python.exe\0-m\0app\0", inode=4711)
    assert connection_record.program_of(tmp_path, 0xC350) == r"C:\App\python.exe"
    assert connection_record.program_of(tmp_path, 0xC351) is None
    assert connection_record.program_of(tmp_path / "nothing", 0xC350) is None
