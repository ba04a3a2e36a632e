"""Namespaces of a session's own around a folder that is the root of its programs, held by agent.py."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.isolation.core_limit import without_cores
from bundler.isolation.system_calls import filter_for
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.first_process import PRODUCT, FirstProcess, Seen, holding
from bundler.rehearse.wine.program import kill
from bundler.rehearse.wine.wine_system import ENVIRONMENT, FILTERED, UNPRIVILEGED, Bounds

if TYPE_CHECKING:
    import subprocess

_PROBE = Path(__file__).parent / "probe.py"
_UNPRIVILEGED = Path(__file__).parent / "unprivileged.py"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooted:
    """See wine_system.WineSystem. ``folder`` is the root of its programs; ``shown``: which places of this host are seen there, read-only, by their paths in it."""

    folder: Path
    wine: str
    server: str
    shown: Mapping[str, Path] = field(default_factory=dict)
    lays_over: bool = True

    def isolated(self, prefix: Path, own: Path, bounds: Bounds) -> Namespace:
        return Namespace(self, prefix, own, bounds)


class Namespace:
    """See wine_system.Isolated: a mount, network and process namespace in which the root has PREFIX and OWN/session bound into /srv.

    It exists until `close`, or until this process dies: its first process reads from a pipe of this one.
    """

    def __init__(self, system: Rooted, prefix: Path, own: Path, bounds: Bounds) -> None:
        self._system = system
        calls = filter_for(
            os.uname().machine, hides_sockets=False
        )  # Wine's 32-bit programs have no other way to its server
        self._filter = own / "filter" if calls is not None else None
        if calls is not None:
            (own / "filter").write_bytes(calls)
        (own / "shown").write_text(json.dumps({place: str(path) for place, path in system.shown.items()}))
        removed = (bounds.removed,) if bounds.removed is not None else ()
        given = (system.folder, prefix, own, bounds.memory, bounds.processes, *removed)
        unshare = host_tools.unsharing("mount", "net", "pid", "uts", "ipc")
        self._first = FirstProcess((*unshare, sys.executable, *holding(PRODUCT, *given)), own / "agent.log")

    def entering(self, *namespaces: str) -> tuple[str, ...]:
        options = [f"--{each}" for each in namespaces]
        if not host_tools.is_root():
            options += ["--user", "--preserve-credentials"]
        return (*without_cores(), "nsenter", f"--target={self._first.number}", *options, "--")

    def fetching(self, url: str, seconds: float) -> tuple[str, ...]:
        return (*self.entering("net"), sys.executable, "-I", str(_PROBE), url, str(seconds))

    def inside(self, *command: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """It can't become more than it is, nor leave the root: whoever may change roots, mounts or other users' processes could."""
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **env}.items()]
        entering = self.entering("mount", "net", "pid", "uts", "ipc")
        root = str(self._system.folder)
        if self._system.shown:  # its setpriv is this host's, which may be an old one
            program = (sys.executable, "-I", str(_UNPRIVILEGED), root, str(self._filter or ""))
            return (*entering, *program, *variables, "--", *command)
        limits = UNPRIVILEGED if self._filter is None else (*UNPRIVILEGED, FILTERED)
        return (*entering, "chroot", root, "/usr/bin/env", "-i", *variables, *limits, *command)

    def seen_path(self, path: str) -> Path:
        return Path(f"/proc/{self._first.number}/root{self._system.folder}{path}")

    def seen(self) -> Seen:
        return self._first.seen()

    def end_all(self) -> None:
        self._first.end_all()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        kill(process)

    def close(self) -> None:
        self._first.close()
