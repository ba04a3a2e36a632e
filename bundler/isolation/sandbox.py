"""Whether a room can be had on this host, and running programs in it, or without it where the user lets that be."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Literal

from bundler.atomic import scratch_folder
from bundler.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bundler.isolation.bubblewrap import Bubblewrap
    from bundler.isolation.room import Room
    from bundler.report import Reporter

Wish = Literal["if-possible", "required", "off"]
NO_SANDBOX = "no sandbox"
_PREFIX = "bundle-room-"
HOW_TO_GET = (
    "install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`; Fedora, RHEL: `dnf install bubblewrap`), on a system that lets "
    "this user make namespaces: in a container that takes its own consent, on Ubuntu 24.04 and later an AppArmor profile for bwrap"
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unavailable:
    """Why there are no rooms; ``fix``: what to do about it, empty where nothing can be done."""

    reason: str
    fix: str = ""


class Sandbox:
    """Runs programs of strangers. Says once to ``reporter`` if they run without a room, and why.

    ``wish`` is the user's: a room if it can be had, or required, or none. ``find`` says whether it can be had.
    """

    def __init__(
        self, wish: Wish, reporter: Reporter, find: Callable[[], Bubblewrap | Unavailable] | None = None
    ) -> None:
        self._wish, self._reporter, self._find = wish, reporter, find or sandbox_of_this_host
        self._chosen: tuple[Bubblewrap | None] | None = None
        self._lock = threading.Lock()

    def description(self, *, network: bool) -> str:
        """How a room of this run is made, for people and records; raises as ``run`` does."""
        room = self._room()
        return f"{room.name}, {'with' if network else 'no'} network" if room is not None else NO_SANDBOX

    def accepts(self, place: str, *, network: bool) -> bool:
        """Whether what an earlier run made in ``place`` (its ``description``) is as good as what this one makes; raises as ``run`` does.

        Out of a room it is, of whatever version, unless the user wants none. So none is tried where nothing is to be run.
        """
        if self._wish == "off" or place == NO_SANDBOX:
            return place == self.description(network=network)
        return True

    def run(self, room: Room, command: Sequence[str], *, cwd: Path, output: BinaryIO) -> int:
        """Run a program to its end and return its exit status, negative for a signal; what it prints goes to ``output``.

        In a room no process of it is left afterwards, however it ended. Raises BuildError (``build-too-long``), HostError
        (``sandbox-missing``), OSError where the program can't be started.
        """
        bubblewrap = self._room()
        with scratch_folder(_PREFIX) as scratch:
            if bubblewrap is not None:
                return bubblewrap.run(room, command, cwd=cwd, output=output, scratch=scratch)
            from bundler.isolation.without_room import run_openly

            return run_openly(room, command, cwd=cwd, output=output, scratch=scratch)

    def _room(self) -> Bubblewrap | None:
        with self._lock:
            if self._chosen is None:
                self._chosen = (self._choose(),)
            return self._chosen[0]

    def _choose(self) -> Bubblewrap | None:
        if self._wish == "off":
            self._reporter.warn(
                "sandbox-off",
                "packages are built without a sandbox: their build scripts can do what you can (--no-sandbox)",
            )
            return None
        found = self._find()
        if not isinstance(found, Unavailable):
            return found
        if self._wish == "required":
            raise HostError("sandbox-missing", f"no sandbox for builds: {found.reason}", hint=found.fix)
        words = f"packages are built without a sandbox: {found.reason}; their build scripts can do what you can"
        if found.fix:
            self._reporter.warn("sandbox-missing", words)
        else:
            self._reporter.note(words)
        return None


@functools.cache
def sandbox_of_this_host() -> Bubblewrap | Unavailable:
    """What rooms are made with on this host, tried once a process; or why there are none."""
    if not sys.platform.startswith("linux"):
        return Unavailable(reason="there is one on Linux only")
    from bundler.isolation.bubblewrap import find_bubblewrap

    found = find_bubblewrap(os.environ.get("PATH", os.defpath))
    if not isinstance(found, str):
        with scratch_folder(_PREFIX) as scratch:
            found = found.tried(scratch)
    return Unavailable(reason=found, fix=HOW_TO_GET) if isinstance(found, str) else found
