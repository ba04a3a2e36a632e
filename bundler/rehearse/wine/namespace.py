"""Namespaces of a session's own, held by agent.py: entering them, and asking what was tried from inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.isolation.system_calls import filter_for
from bundler.rehearse.results import Attempt
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.chroot import ENVIRONMENT, FILTERED, UNPRIVILEGED

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRODUCT = Path(__file__).parents[3]
_AGENT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bundler.rehearse.wine import agent; agent.run()"
"""Isolated Python takes its own modules from nowhere else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What a session may use: bytes of memory and processes, 0 for no limit; SCREEN: whether its programs have one, where this host can give them one.

    REMOVED: a folder that goes with it, however it ends.
    """

    memory: int = 0
    processes: int = 0
    screen: bool = False
    removed: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the first process has seen so far: attempts to reach outside, the most memory (bytes), the limit that was exceeded."""

    attempts: tuple[Attempt, ...]
    peak: int
    exceeded: str | None


class Namespace:
    """A mount, network and process namespace in which CHROOT has PREFIX and OWN/session bound into /srv.

    It exists until `close`, or until this process dies: its first process reads from a pipe of this one.
    """

    def __init__(self, chroot: Path, prefix: Path, own: Path, bounds: Bounds) -> None:
        self._chroot = chroot
        calls = filter_for(
            os.uname().machine, hides_sockets=False
        )  # Wine's 32-bit programs have no other way to its server
        self._limits = (*UNPRIVILEGED, FILTERED) if calls is not None else UNPRIVILEGED
        if calls is not None:
            (own / "filter").write_bytes(calls)
        removed = (bounds.removed,) if bounds.removed is not None else ()
        given = (chroot, prefix, own, str(bounds.memory), str(bounds.processes), *removed)
        agent = (sys.executable, "-I", "-c", _AGENT, _PRODUCT, *given)
        with (own / "agent.log").open("wb") as log:
            self._agent = subprocess.Popen(
                [*host_tools.unsharing("mount", "net", "pid", "uts", "ipc"), *agent],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=host_tools.environment(),
                start_new_session=True,  # a Ctrl-C is the run's, which then closes the session in order
            )
        first = self._read()
        if not first:
            said = (own / "agent.log").read_text()[-2000:]
            self.close()
            raise HostError("session-not-made", "the session's namespaces could not be made", context=(said,))
        self._target = int(first)

    def entering(self, *namespaces: str) -> tuple[str, ...]:
        """The command that starts a host's program in NAMESPACES (`net`, `mount`, …) of this one."""
        options = [f"--{each}" for each in namespaces]
        if not host_tools.is_root():
            options += ["--user", "--preserve-credentials"]
        return ("nsenter", f"--target={self._target}", *options, "--")

    def inside(self, *command: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """The command that starts a program of the chroot in all of these namespaces, with ENV and nothing else.

        It can't become more than it is, nor leave the chroot: whoever may change roots, mounts or other users' processes could.
        """
        variables = {**ENVIRONMENT, **env}
        return (
            *self.entering("mount", "net", "pid", "uts", "ipc"),
            *("chroot", str(self._chroot), "/usr/bin/env", "-i"),
            *(f"{name}={value}" for name, value in variables.items()),
            *self._limits,
            *command,
        )

    def seen_path(self, path: str) -> Path:
        """A path of the chroot with what is mounted in here, for a program outside."""
        return Path(f"/proc/{self._target}/root{self._chroot}{path}")

    def seen(self) -> Seen:
        """What the first process has recorded, attempts in the order of the packets."""
        if self._agent.stdin is None or self._agent.poll() is not None:
            raise HostError(
                "session-ended", "the session's first process has ended, and with it the record of connections"
            )
        self._agent.stdin.write(b"\n")
        self._agent.stdin.flush()
        said = json.loads(self._read())
        attempts = tuple(Attempt(address, program) for address, program in said["attempts"])
        return Seen(attempts=attempts, peak=said["peak"], exceeded=said["exceeded"])

    def close(self) -> None:
        """End it: every process in it is killed, every mount is gone."""
        for stream in (self._agent.stdin, self._agent.stdout):
            if stream is not None:
                stream.close()
        self._agent.wait()

    def _read(self) -> bytes:
        return self._agent.stdout.readline() if self._agent.stdout is not None else b""
