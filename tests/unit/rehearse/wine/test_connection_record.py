"""What is made of packets, and of questions for names."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest

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


class Nothing:
    def recvfrom(self, _: int) -> tuple[bytes, object]:
        raise BlockingIOError


def test_whose_many_questions_are_is_found_out_of_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile nobody looks at what programs use."""
    looked: list[int] = []
    monkeypatch.setattr(connection_record, "program_of", lambda _, port: looked.append(port))
    recorder = object.__new__(connection_record.Recorder)
    vars(recorder).update(attempts=[], _processes=tmp_path, _packets=Nothing(), _names=Names(500))
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
