"""Who listens at a port, as Linux' /proc tells: /proc/net/tcp, tcp6, and the open files of processes (proc(5))."""

from __future__ import absolute_import, unicode_literals

import io
import os
import re
import struct

from ..compat import native, to_text
from .endpoints import Listener, plain

_LISTENING = "0A"
_INODE = re.compile(r"socket:\[(\d+)\]\Z")


def listeners(port, root="/proc"):
    # type: (int, str) -> list[Listener] | None
    """None where this system has no such files."""
    found = []  # type: list[tuple[bytes, str]]
    tables = [each for each in ("tcp", "tcp6") if os.path.isfile(os.path.join(root, "net", each))]
    for each in tables:
        with io.open(os.path.join(root, "net", each), encoding="ascii", errors="replace") as stream:
            found += _listening(stream.read(), port)
    owners = _owners(root, {inode for _, inode in found}) if found else {}
    return [Listener(address, owners.get(inode)) for address, inode in found] if tables else None


def _listening(text, port):
    # type: (str, int) -> list[tuple[bytes, str]]
    """Address and inode of each socket; the address is written as numbers of 32 bits in the machine's order."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 10 or words[3] != _LISTENING:
            continue
        address, _, number = words[1].partition(":")
        if int(number, 16) == port:
            pieces = [int(address[i : i + 8], 16) for i in range(0, len(address), 8)]
            found.append((plain(struct.pack(native("=%dL" % len(pieces)), *pieces)), words[9]))
    return found


def _owners(root, inodes):
    # type: (str, set[str]) -> dict[str, int]
    """Of processes that this account may look into; of several that share a socket the one with the lowest number."""
    owners = {}  # type: dict[str, int]
    for process in sorted(int(each) for each in os.listdir(root) if each.isdigit()):
        folder = os.path.join(root, "%d" % process, "fd")
        try:
            names = os.listdir(folder)
        except EnvironmentError:
            continue
        for each in names:
            try:
                match = _INODE.match(to_text(os.readlink(os.path.join(folder, each))))
            except EnvironmentError:
                continue
            if match is not None and match.group(1) in inodes:
                owners.setdefault(match.group(1), process)
    return owners


def name_of(process, root="/proc"):
    # type: (int, str) -> str | None
    try:
        with io.open(os.path.join(root, "%d" % process, "comm"), encoding="utf-8", errors="replace") as stream:
            return stream.read().strip() or None
    except EnvironmentError:
        return None
