"""The Debian chroot with Wine 10 (64- and 32-bit)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import Cache, remove, stamp_of
from bundler.rehearse.wine.namespace import Rooted
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bundler.report import Reporter

SUITE = "trixie"
# The same release under its other name, while a mirror is half-way through an update: its index of the second
# architecture then doesn't fit the signed list under the first name, and apt rightly refuses it.
ALIASES = ("trixie", "stable")
# libodbc2: what pyodbc's wheel needs on the Linux side of Wine's odbc32.dll.
PACKAGES = ("wine", "wine64", "wine32:i386", "libodbc2", "libodbc2:i386")
VERSION = "2"
STAMP = stamp_of(*(each.encode() for each in (VERSION, SUITE, *PACKAGES)))
TEMPLATE = stamp_of(b"1", STAMP.encode())
ROOM = 3_000_000_000
"""Free bytes that making it, and a rehearsal, want."""
WINE = "/usr/lib/wine/wine64"  # not `wine`, which gives a 32-bit cmd
SERVER = "/usr/bin/wineserver"

_VERSION = re.compile(r"^Package: wine\n(?:.+\n)*?Version: ([0-9.]+)", re.MULTILINE)

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


class Chroot:
    """See wine_system.Source: the machine's system is made from the archive that apt uses here."""

    name = "chroot"
    words = "of a Debian made for rehearsals"
    plays = ", in namespaces without a network"
    fix = "have an archive of Debian trixie or later among apt's sources, whose Wine is 10 or later, and try again"
    template = "template"

    def __init__(self) -> None:
        self.things: Mapping[str, str] = {"chroot": STAMP, self.template: TEMPLATE}

    def made(self, cache: Cache, reporter: Reporter) -> Rooted:
        """It takes about a minute, and 2 GB. Raises HostError (``rehearsal-tools-missing``, ``debian-archive-missing``, ``host-tool-failed``, ``disk-full``)."""

        def make(directory: Path) -> None:
            _make(directory, reporter)

        self._folder = cache.made("chroot", STAMP, make)
        return Rooted(folder=self._folder, wine=WINE, server=SERVER)

    def discard(self) -> None:
        remove(self._folder)  # it is as good as its Wine: made again by the next one


def wine_version(status: str) -> str:
    """As dpkg's list of packages has it."""
    found = _VERSION.search(status)
    return found[1] if found else "of unknown version"


def _make(directory: Path, reporter: Reporter) -> None:
    host_tools.require(*host_tools.BED_TOOLS)
    free = host_tools.free_space(directory)
    if free < ROOM:
        raise HostError(
            "disk-full",
            f"{directory.parent} has room for {size_text(free)}, and making the machine that plays Windows takes {size_text(ROOM)}",
            hint="make room, or name another disk with --store",
        )
    archive = host_tools.debian_archive()
    failures: list[HostError] = []
    for name in ALIASES:
        try:
            _debootstrap(directory, name, archive, reporter)
        except HostError as error:
            failures.append(error)
            remove(directory)
        else:
            break
    else:
        raise failures[0]
    (directory / "etc/hosts").write_text("127.0.0.1 localhost bed\n::1 localhost\n", encoding="ascii")
    # The recorder of attempts to connect answers there (connection_record.py).
    (directory / "etc/resolv.conf").write_text(
        "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n", encoding="ascii"
    )
    for name in ("prefix", "session"):
        (directory / "srv" / name).mkdir()


def _debootstrap(directory: Path, name: str, archive: str, reporter: Reporter) -> None:
    reporter.step(f"Making the machine that plays Windows, once: Debian {SUITE} (of 2 GB, 200 MB)")
    # Mounts of its own: gone with the command, and never in the way of removing a chroot that is not finished.
    namespace = (*host_tools.ENDING_WITH_US, *host_tools.unsharing("mount", "pid"))
    # In a user namespace nobody makes device nodes: told that it is in a container, debootstrap binds the host's.
    container = () if host_tools.is_root() else ("env", "container=lxc")
    host_tools.run(*namespace, *container, "debootstrap", "--variant=minbase", name, directory, archive)
    release = (directory / "etc/os-release").read_text(encoding="utf-8")
    if f"VERSION_CODENAME={SUITE}\n" not in release:
        raise HostError(
            "debian-archive-missing",
            f"{archive} has another release than {SUITE} under the name {name}",
            hint=f"have an archive among apt's sources that has {SUITE}",
        )
    reporter.step("Making the machine that plays Windows, once: Wine, for 64- and 32-bit programs")
    host_tools.run(*namespace, "bash", "-c", _FILL, "bash", directory, *PACKAGES)
