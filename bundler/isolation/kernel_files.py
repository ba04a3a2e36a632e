"""Files of /proc and devices of /dev, which belong to the kernel and not to a room: what a room shows of them can't be changed in it.

The kernel asks for the user's number there, and not for capabilities: root in a room is root of this host (proc(5), user_namespaces(7)).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = (
    "kcore",
    "key-users",
    "keys",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "timer_list",
    "timer_stats",
)
"""Of /proc: what they tell is about all programs of this host (as container runtimes hide them)."""
# a bind by bwrap that can't be written to has no devices either. Standard input is opened again: a change by descriptor asks its own mount
_CLOSE = (
    'mount=$1; shift; for each in null zero full random urandom tty; do "$mount" -n --bind "/dev/$each" "/dev/$each" '
    '&& "$mount" -n -o remount,bind,ro "/dev/$each" || exit 1; done; exec "$@" </dev/null'
)


def closed_proc(scratch: Path) -> Iterator[str]:
    """Options of bwrap, for behind its ``--proc``: of what belongs to no process nothing can be written; ``scratch``: a folder of the room."""
    empty = scratch / "empty"
    empty.touch()
    for each in sorted(Path("/proc").iterdir()):
        if each.name in _HIDDEN:
            yield from ("--ro-bind", str(empty), str(each))
        elif not each.name.isdigit() and _can_be_written(each.lstat().st_mode):
            yield from ("--ro-bind", str(each), str(each))


def _can_be_written(mode: int) -> bool:
    return stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and bool(mode & 0o222))


def ways_to_close_devices(unshare: Path, mount: Path) -> tuple[tuple[str, ...], ...]:
    """Beginnings of a command line, for root to be tried in turn: what follows has devices whose modes, owners and times can't be changed.

    The second is for containers in which root may not mount.
    """
    ways = (("--mount",), ("--user", "--map-root-user", "--mount"))
    return tuple((str(unshare), *each, "--", "/bin/sh", "-c", _CLOSE, "devices", str(mount)) for each in ways)


def is_root() -> bool:
    """Whether the user of this process owns the host's devices and is not counted by its limits."""
    return os.geteuid() == 0
