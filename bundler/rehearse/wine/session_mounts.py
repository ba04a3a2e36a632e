"""What a session's namespaces are made of: the chroot with the session's own folders in it, and a network that leads nowhere.

The standard library only: the first process of the namespaces runs it (agent.py). Programs in here may be a stranger's, and have the number of
whoever started that process: nothing of the kernel's that is shown to them can be changed.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
from pathlib import Path

_ALL_IDS = "4294967295"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_KERNELS = ("1", "acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "sys", "sysrq-trigger", "tty")
_HIDDEN = ("kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "sched_debug", "timer_list")
"""Of /proc: what everybody with the right number may write to, whatever else may be done (of the first process, its share of the processor:
autogroup in sched(7)); and what tells of all programs of this host."""
_IN_MEMORY = {"tmp": "1g", "dev": "256m", "run": "16m"}
"""Folders of the chroot, and how large they may become: no process is told to have that memory."""

_ESCAPED = re.compile(r"\\([0-7]{3})")
"""Spaces and the like in paths (proc(5))."""


def connect_nothing() -> None:
    tool("ip", "link", "set", "lo", "up")
    tool("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
    addresses = Path("/proc/net/if_inet6")  # not there, or empty, where there is no IPv6
    if addresses.exists() and addresses.read_text(encoding="ascii").strip():
        tool("ip", "-6", "route", "add", "local", "::/0", "dev", "lo")


def mount(chroot: Path, prefix: Path, own: Path) -> None:
    socket.sethostname("bed")
    # What tests do stays in their prefix: the chroot, which all of them share, is read-only.
    tool("mount", "--bind", chroot, chroot)
    tool("mount", "-o", "remount,bind,ro", chroot)
    for place, path in json.loads((own / "shown").read_text(encoding="utf-8")).items():
        _show(Path(path), chroot / place.lstrip("/"))
    tool("mount", "-t", "proc", "proc", chroot / "proc")
    _close_proc(chroot / "proc", own)
    for name, size in _IN_MEMORY.items():
        tool("mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes=100k", "tmpfs", chroot / name)
    for name in _DEVICES:
        (chroot / "dev" / name).touch()
        tool("mount", "--bind", Path("/dev", name), chroot / "dev" / name)
        if not _in_user_namespace():  # there they are nobody's: modes, owners and times can't be changed
            tool("mount", "-o", "remount,bind,ro", chroot / "dev" / name)
    (chroot / "dev/shm").mkdir(mode=0o1777)
    (chroot / "dev/fd").symlink_to("/proc/self/fd")
    (chroot / "tmp").chmod(0o1777)
    tool("mount", "--bind", prefix, chroot / "srv/prefix")
    _mount_windows(chroot, prefix)
    tool("mount", "--bind", own / "session", chroot / "srv/session")
    limits = chroot / "run/limits"  # a mount point can't be removed or renamed by them
    limits.mkdir()
    tool("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", limits)
    if (own / "filter").exists():
        (limits / "filter").write_bytes((own / "filter").read_bytes())
    tool("mount", "-o", "remount,ro", limits)


def _show(path: Path, place: Path) -> None:
    """A folder of this host may have other file systems in it, which a user's namespace shows with it or not at all."""
    tool("mount", "--rbind", path, place)
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        mounted = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4]))
        if mounted.is_relative_to(place):
            tool("mount", "-o", "remount,bind,ro,nosuid,nodev", mounted)


def _close_proc(proc: Path, own: Path) -> None:
    empty = own / "empty"
    empty.touch()
    for name in _HIDDEN:
        if (proc / name).exists():
            tool("mount", "--bind", empty, proc / name)
            tool("mount", "-o", "remount,bind,ro", proc / name)
    for name in _KERNELS:
        if (proc / name).exists():
            tool("mount", "--bind", proc / name, proc / name)
            tool("mount", "-o", "remount,bind,ro", proc / name)


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
        tool("mount", "-t", "overlay", "overlay", "-o", options, windows)
    except subprocess.CalledProcessError:  # no overlay on this file system: a copy does as well, in a few seconds
        if not any(changes.iterdir()):
            tool("cp", "--archive", "--no-target-directory", (prefix / "windows-template").resolve(), changes)
        tool("mount", "--bind", changes, windows)


def tool(*command: str | Path) -> None:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, env={"PATH": path})
