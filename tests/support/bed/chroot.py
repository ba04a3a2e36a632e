"""The Debian chroot with Wine 10 (64- and 32-bit), and the Windows prefix that every test starts from a copy of."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.support.bed import host
from tests.support.bed.cache import Cache, recipe_of, remove

if TYPE_CHECKING:
    from pathlib import Path

SUITE = "trixie"
# The same release under its other name, while a mirror is half-way through an update: its index of the second
# architecture then doesn't fit the signed list under the first name, and apt rightly refuses it.
ALIASES = ("trixie", "stable")
# libodbc2: what pyodbc's wheel needs on the Linux side of Wine's odbc32.dll.
PACKAGES = ("wine", "wine64", "wine32:i386", "libodbc2", "libodbc2:i386")
VERSION = "2"
# What a session binds inside the chroot: its own prefix, and a directory for its own files (Z:\\srv\\session).
PREFIX = "/srv/prefix"
SESSION = "/srv/session"
WINE = "/usr/lib/wine/wine64"  # not `wine`, which gives a 32-bit cmd
# Not the host's environment: PIP_* variables and proxies would leak into Windows programs.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME": "/tmp",  # noqa: S108 - of the session alone
    "LANG": "C.UTF-8",
    "WINEPREFIX": PREFIX,
    "WINEDEBUG": "-all",
    # The first program that asks Wine for a display makes libwayland say on standard error that this is missing.
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108 - of the session alone
}

_FILL = """
set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$1" /bin/sh -e -c '
  export DEBIAN_FRONTEND=noninteractive
  dpkg --add-architecture i386
  apt-get -q update
  apt-get install -q -y --no-install-recommends "$@"
  apt-get clean
  rm -rf /var/lib/apt/lists/*
' sh "${@:2}"
"""


def make_chroot(cache: Cache) -> Path:
    """The chroot's directory: made from the archive that apt uses here (about a minute, 2 GB) unless it is there."""
    return cache.made("chroot", recipe_of(VERSION, SUITE, *PACKAGES), _make)


def _make(directory: Path) -> None:
    host.require("debootstrap", "unshare")
    archive = host.debian_archive()
    failures: list[str] = []
    for name in ALIASES:
        try:
            _debootstrap(directory, name, archive)
        except host.BedError as error:
            failures.append(str(error))
            remove(directory)
        else:
            break
    else:
        raise host.BedError("\n\n".join(failures))
    (directory / "etc/hosts").write_text("127.0.0.1 localhost bed\n::1 localhost\n", encoding="ascii")
    # The recorder of attempts to connect answers there (agent.py).
    (directory / "etc/resolv.conf").write_text(
        "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n", encoding="ascii"
    )
    for name in ("prefix", "session"):
        (directory / "srv" / name).mkdir()


def _debootstrap(directory: Path, name: str, archive: str) -> None:
    # Mounts of its own: gone with the command, and never in the way of removing a chroot that is not finished.
    namespace = host.unsharing("mount", "pid")
    # In a user namespace nobody makes device nodes: told that it is in a container, debootstrap binds the host's.
    container = () if host.is_root() else ("env", "container=lxc")
    host.run(*namespace, *container, "debootstrap", "--variant=minbase", name, directory, archive)
    release = (directory / "etc/os-release").read_text(encoding="utf-8")
    if f"VERSION_CODENAME={SUITE}\n" not in release:
        raise host.BedError(f"{archive} has another release than {SUITE} under the name {name}.")
    host.run(*namespace, "bash", "-c", _FILL, "bash", directory, *PACKAGES)


def copy_tree(source: Path, destination: Path) -> None:
    """Copy a tree or file with its links and times, sharing blocks where the file system can."""
    if destination.is_dir():
        shutil.rmtree(destination)
    host.run("cp", "--archive", "--reflink=auto", "--no-target-directory", source, destination)
