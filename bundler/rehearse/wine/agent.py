"""The first process of a session's namespaces: mounts, a network that records, and the end of everything.

Run by namespace.py as `python agent.py CHROOT PREFIX OWN MEMORY PROCESSES [REMOVED]`, with the standard library only. It prints
its process id (as the host sees it) when the namespaces can be entered, answers each line on its standard input with what it
has seen so far, as a JSON object, and ends when that input does, however its other end was closed: the kernel then kills every
other process in the namespace and drops the mounts. OWN is removed then, and the folder REMOVED. What lies in OWN/session the programs
see and may change, and nothing else of it; of OWN/filter, where there is one, they have a copy. OWN/shown says which places of this host
they see, read-only, as a JSON object: {"/usr": "/usr"}. Where CHROOT is "/" this is a container: it has its mounts, and nothing is removed.

More than MEMORY bytes or PROCESSES (0: no limit) at a time, or than _MOST_ATTEMPTS to reach outside, and every other process is ended;
where there is a limit of memory, also when this host's memory or the prefix's disk is nearly used up.

Programs in here may be a stranger's, and have the number of whoever started this one: nothing of the kernel's that is shown to them can be changed.

The network: every address there is belongs to the loopback interface, so that an attempt to reach the outside leaves a
packet to be seen, and is refused at once. Names are asked for at 127.0.0.53, where a recorder says that there are none.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_NAMESERVER = ("127.0.0.53", 53)
_OUTGOING = 4  # linux/if_packet.h PACKET_OUTGOING: on loopback every packet is seen a second time, coming in
_ALL_PROTOCOLS = 3  # ETH_P_ALL
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _ICMP, _IGMP, _ICMPV6 = 6, 17, 1, 2, 58
_SYN, _ACK = 0x02, 0x10
_ECHO_REQUESTS = {(_ICMP, 8), (_ICMPV6, 128)}
_ALL_IDS = "4294967295"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_KERNELS = ("acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "sys", "sysrq-trigger", "tty")
_HIDDEN = ("kcore", "key-users", "keys", "kmsg", "kpagecount", "kpageflags", "sched_debug", "timer_list")
"""Of /proc: what everybody with the right number may write to, whatever else may be done; and what tells of all programs of this host."""
_IN_MEMORY = {"tmp": "1g", "dev": "256m", "run": "16m"}
"""Folders of the chroot, and how large they may become: no process is told to have that memory."""
_MOST_ATTEMPTS = 100_000
_MOST_NAMED = 1000
"""Attempts of which it is found out whose they are: that takes long."""
_AT_ONCE = 50_000
"""Packets that are read in one turn: who sends faster than that isn't waited for."""
_TICK = 0.5
_ESCAPED = re.compile(r"\\([0-7]{3})")
"""Spaces and the like in paths (proc(5))."""
_IPV4_HEADER, _IPV6_HEADER = 20, 40
_PAGE = 4096


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
    """The name in the first question of a DNS message."""
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    return ".".join(labels)


class Recorder:
    """Sees every packet sent in this network namespace, and every name asked for."""

    def __init__(self, processes: Path) -> None:
        self.attempts: list[tuple[str, str | None]] = []
        self._processes = processes
        self._packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
        self._packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._names.bind(_NAMESERVER)
        self.inputs = (self._packets, self._names)
        for each in self.inputs:
            each.setblocking(False)

    def drain(self) -> None:
        """Read all that has been sent up to now (the kernel queues a packet before the sender's call returns)."""
        for _ in range(_AT_ONCE):
            try:
                packet, origin = self._packets.recvfrom(256)
            except BlockingIOError:
                break
            attempt = describe(origin[1], packet) if origin[2] == _OUTGOING else None
            if attempt is not None:
                self._note(attempt, None)
        for _ in range(_AT_ONCE):
            try:
                query, asker = self._names.recvfrom(4096)
            except BlockingIOError:
                break
            # the asker waits for the answer: it is still there to be found
            program = program_of(self._processes, asker[1]) if len(self.attempts) < _MOST_NAMED else None
            self._note(f"dns {asked_name(query)}", program)
            # The question back, as an answer: recursion available, no such name.
            self._names.sendto(query[:2] + b"\x81\x83" + query[4:6] + b"\0\0\0\0\0\0" + query[12:], asker)

    def _note(self, attempt: str, program: str | None) -> None:
        if len(self.attempts) < _MOST_ATTEMPTS:
            self.attempts.append((attempt, program))

    @property
    def is_full(self) -> bool:
        """Whether more was tried than is written down."""
        return len(self.attempts) >= _MOST_ATTEMPTS


def program_of(processes: Path, port: int) -> str | None:
    """The program that has a UDP socket on PORT, as its command line begins; PROCESSES is a /proc."""
    with suppress(OSError, IndexError, ValueError):
        for line in (processes / "net/udp").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) != port:
                continue
            wanted = f"socket:[{fields[9]}]"
            for process in processes.iterdir():
                if process.name.isdecimal() and wanted in _open_files(process):
                    said = (process / "cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
                    if "wineserver" not in said:
                        return said or None
    return None


def _open_files(process: Path) -> set[str]:
    found = set()
    with suppress(OSError):
        for each in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(each))  # noqa: PTH115 - such links lead nowhere
    return found


class Limits:
    """What all processes of the namespace together may use, and what they used at most."""

    def __init__(self, processes: Path, memory: int, count: int) -> None:
        self.peak = 0
        self.exceeded: str | None = None
        self._processes, self._memory, self._count = processes, memory, count
        self.are_given = bool(memory)

    def look(self, also: str | None = None) -> None:
        """Count; end everything that is over the limit, or that used up what ALSO says."""
        used = count = 0
        for process in self._processes.iterdir():
            if process.name.isdecimal() and process.name != "1":
                with suppress(OSError, ValueError, IndexError):
                    fields = (process / "statm").read_text(encoding="ascii").split()
                    used += (int(fields[1]) - int(fields[2])) * _PAGE
                    count += 1
        self.peak = max(self.peak, used)
        if self._memory and used > self._memory:
            self.exceeded = "memory"
        elif self._count and count > self._count:
            self.exceeded = "processes"
        elif also is not None:
            self.exceeded = also
        else:
            return
        _end_others()


class Spare:
    """What of this host's memory and of the disk of a folder isn't for the programs in here: what they share is counted at no process.

    Of what is free at the beginning half at most, or others' programs would be held against these.
    """

    def __init__(self, processes: Path, disk: Path) -> None:
        self._processes, self._disk = processes, disk
        total, available = self._memory()
        found = os.statvfs(disk)
        self.memory = min(1 << 30, total // 8, available // 2)
        self.disk = min(256 << 20, found.f_bavail * found.f_frsize // 2)
        self.files = min(100_000, found.f_files // 20, found.f_favail // 2)

    def short(self) -> str | None:
        """What there is too little of."""
        found = os.statvfs(self._disk)
        if self._memory()[1] < self.memory:
            return "memory"
        if found.f_bavail * found.f_frsize < self.disk:
            return "disk"
        return "files" if found.f_favail < self.files else None

    def _memory(self) -> tuple[int, int]:
        """Bytes that there are, and that programs can still have (proc(5)); 0: it doesn't say."""
        lines = (line.split() for line in (self._processes / "meminfo").read_text(encoding="ascii").splitlines())
        found = {words[0]: int(words[1]) << 10 for words in lines if len(words) > 1 and words[1].isdecimal()}
        return found.get("MemTotal:", 0), found.get("MemAvailable:", 0)


def _end_others() -> None:
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all of this namespace but its first process, which this one is


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tool(*command: str | Path) -> None:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, env={"PATH": path})


def _connect_nothing() -> None:
    _tool("ip", "link", "set", "lo", "up")
    _tool("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
    addresses = Path("/proc/net/if_inet6")  # not there, or empty, where there is no IPv6
    if addresses.exists() and addresses.read_text(encoding="ascii").strip():
        _tool("ip", "-6", "route", "add", "local", "::/0", "dev", "lo")


def _mount(chroot: Path, prefix: Path, own: Path) -> None:
    # What tests do stays in their prefix: the chroot, which all of them share, is read-only.
    _tool("mount", "--bind", chroot, chroot)
    _tool("mount", "-o", "remount,bind,ro", chroot)
    for place, path in json.loads((own / "shown").read_text(encoding="utf-8")).items():
        _show(Path(path), chroot / place.lstrip("/"))
    _tool("mount", "-t", "proc", "proc", chroot / "proc")
    _close_proc(chroot / "proc", own)
    for name, size in _IN_MEMORY.items():
        _tool("mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes=100k", "tmpfs", chroot / name)
    for name in _DEVICES:
        (chroot / "dev" / name).touch()
        _tool("mount", "--bind", Path("/dev", name), chroot / "dev" / name)
        if not _in_user_namespace():  # there they are nobody's: modes, owners and times can't be changed
            _tool("mount", "-o", "remount,bind,ro", chroot / "dev" / name)
    (chroot / "dev/shm").mkdir(mode=0o1777)
    (chroot / "dev/fd").symlink_to("/proc/self/fd")
    (chroot / "tmp").chmod(0o1777)
    _tool("mount", "--bind", prefix, chroot / "srv/prefix")
    _mount_windows(chroot, prefix)
    _tool("mount", "--bind", own / "session", chroot / "srv/session")
    limits = chroot / "run/limits"  # a mount point can't be removed or renamed by them
    limits.mkdir()
    _tool("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", limits)
    if (own / "filter").exists():
        (limits / "filter").write_bytes((own / "filter").read_bytes())
    _tool("mount", "-o", "remount,ro", limits)


def _show(path: Path, place: Path) -> None:
    """A folder of this host may have other file systems in it, which a user's namespace shows with it or not at all."""
    _tool("mount", "--rbind", path, place)
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        mounted = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4]))
        if mounted == place or mounted.is_relative_to(place):
            _tool("mount", "-o", "remount,bind,ro,nosuid,nodev", mounted)


def _close_proc(proc: Path, own: Path) -> None:
    empty = own / "empty"
    empty.touch()
    for name in _HIDDEN:
        if (proc / name).exists():
            _tool("mount", "--bind", empty, proc / name)
    for name in _KERNELS:
        if (proc / name).exists():
            _tool("mount", "--bind", proc / name, proc / name)
            _tool("mount", "-o", "remount,bind,ro", proc / name)


def _in_user_namespace() -> bool:
    return Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2] != _ALL_IDS


def _mount_windows(chroot: Path, prefix: Path) -> None:
    r"""C:\windows is over a gigabyte of what Wine brings: the template's, with this prefix's changes laid over it."""
    changes = prefix / "windows"
    windows = chroot / "srv/prefix/drive_c/windows"
    if not changes.is_dir():  # a prefix that has its own: the template itself
        return
    work = prefix / "windows-work"
    work.mkdir(exist_ok=True)
    options = f"lowerdir={prefix / 'windows-template'},upperdir={changes},workdir={work}"
    if _in_user_namespace():  # where nobody may write trusted.* attributes
        options += ",userxattr"
    try:
        _tool("mount", "-t", "overlay", "overlay", "-o", options, windows)
    except subprocess.CalledProcessError:  # no overlay on this file system: a copy does as well, in a few seconds
        if not any(changes.iterdir()):
            _tool("cp", "--archive", "--no-target-directory", (prefix / "windows-template").resolve(), changes)
        _tool("mount", "--bind", changes, windows)


def main(chroot: Path, prefix: Path, own: Path, limits: Limits, removed: Path | None) -> None:
    """Prepare the namespaces, then record until the standard input ends."""
    outside = int(Path("/proc/self").readlink().name)  # /proc is still that of the namespace this one was made in
    is_container = chroot == Path("/")
    _connect_nothing()
    recorder = Recorder(chroot / "proc")
    if not is_container:
        socket.sethostname("bed")
        _mount(chroot, prefix, own)
    spare = Spare(Path("/proc"), prefix) if limits.are_given else None
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans come to the first process: let the kernel reap them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's; it closes the input
    _say(str(outside))
    while True:
        readable, _, _ = select.select([0, *(each.fileno() for each in recorder.inputs)], [], [], _TICK)
        recorder.drain()
        limits.look("connections" if recorder.is_full else spare.short() if spare is not None else None)
        if 0 in readable:
            if not os.read(0, 4096):
                break
            said = {"attempts": recorder.attempts, "peak": limits.peak, "exceeded": limits.exceeded}
            _say(json.dumps(said))
    _end_others()
    if is_container:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if removed is not None:
        with suppress(subprocess.CalledProcessError):
            _tool("umount", "--lazy", chroot / "srv/prefix/drive_c/windows")
    with suppress(subprocess.CalledProcessError):
        _tool("rm", "-rf", own, *([removed] if removed is not None else []))


if __name__ == "__main__":
    _chroot, _prefix, _own, _memory, _count, *_removed = sys.argv[1:]
    main(
        Path(_chroot),
        Path(_prefix),
        Path(_own),
        Limits(Path(_chroot, "proc"), int(_memory), int(_count)),
        Path(_removed[0]) if _removed else None,
    )
