"""What the first process of a session makes of packets, questions for names, and what programs use."""

from __future__ import annotations

import socket
import struct
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import agent

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
    assert agent.describe(*sent) == told


def test_the_name_that_was_asked_for() -> None:
    assert agent.asked_name(bytes(12) + b"\7example\3org\0" + bytes(4)) == "example.org"
    assert agent.asked_name(bytes(12)) == ""


def process(
    proc: Path, number: int, *, line: bytes = b"", inode: int | None = None, pages: tuple[int, int] = (0, 0)
) -> None:
    folder = proc / str(number)
    (folder / "fd").mkdir(parents=True)
    (folder / "cmdline").write_bytes(line)
    (folder / "statm").write_text(f"900 {pages[0]} {pages[1]} 0 0 0 0\n")
    if inode is not None:
        (folder / "fd" / "7").symlink_to(f"socket:[{inode}]")


def test_who_asked_for_a_name_is_who_has_the_socket(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    rows = "  sl  local_address rem_address   st\n   1: 0100007F:C350 3500007F:0035 01 0:0 0:0 0 1000 0 4711 2\n"
    (tmp_path / "net/udp").write_text(rows)
    process(tmp_path, 1, line=b"agent\0")
    process(tmp_path, 20, line=b"/usr/lib/wine/wineserver64\0", inode=4711)
    process(tmp_path, 30, line=b"C:\\App\\python.exe\0-m\0app\0", inode=4711)
    assert agent.program_of(tmp_path, 0xC350) == r"C:\App\python.exe"
    assert agent.program_of(tmp_path, 0xC351) is None
    assert agent.program_of(tmp_path / "nothing", 0xC350) is None


@pytest.mark.parametrize(
    ("memory", "count", "exceeded"),
    [(0, 0, None), (100 * 4096, 0, None), (99 * 4096, 0, "memory"), (0, 2, None), (0, 1, "processes")],
)
def test_more_than_the_limits_ends_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, count: int, exceeded: str | None
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(agent, "_end_others", lambda: ended.append(True))
    process(tmp_path, 1, pages=(5000, 0))
    process(tmp_path, 2, pages=(90, 30))
    process(tmp_path, 3, pages=(40, 0))
    limits = agent.Limits(tmp_path, memory, count)
    limits.look()
    assert (limits.peak, limits.exceeded, bool(ended)) == (100 * 4096, exceeded, exceeded is not None)


MEMINFO = "MemTotal: {} kB\nMemFree: 1 kB\nMemAvailable: {} kB\nHugePages_Total: 0\nodd\n"


def statvfs(free: int, files: int) -> SimpleNamespace:
    return SimpleNamespace(f_bavail=free, f_frsize=1 << 20, f_files=1000, f_favail=files)


@pytest.mark.parametrize(
    ("available", "left", "short"),
    [
        (1 << 20, (256, 50), None),
        ((1 << 20) - 1, (256, 50), "memory"),
        (1 << 20, (255, 50), "disk"),
        (1 << 20, (256, 49), "files"),
    ],
)
def test_what_no_process_is_told_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available: int, left: tuple[int, int], short: str | None
) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, 9 << 20))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(9000, 900))
    spare = agent.Spare(tmp_path, tmp_path)
    assert spare.short() is None
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, available))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(*left))
    assert spare.short() == short


def test_of_little_that_is_free_half_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.format(16 << 20, 100))
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(10, 7))
    spare = agent.Spare(tmp_path, tmp_path)
    assert (spare.memory, spare.disk, spare.files) == (50 << 10, 5 << 20, 3)


def test_what_else_was_used_up_ends_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(agent, "_end_others", lambda: ended.append(True))
    limits = agent.Limits(tmp_path, 0, 0)
    limits.look()
    assert (limits.exceeded, ended) == (None, [])
    limits.look("disk")
    assert (limits.exceeded, ended) == ("disk", [True])
