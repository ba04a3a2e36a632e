"""A session of the product's engine with what only tests want: a console to type into, servers of theirs, and no connection unseen."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.wine_session import OWN
from bundler.rehearse.wine.wine_session import Session as EngineSession
from tests.support.bed.host import BedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bundler.rehearse.wine.program import Command
    from bundler.rehearse.wine.wine_system import Bounds, WineSystem
    from tests.support.bed.terminal import Terminal

_LISTEN = Path(__file__).parent / "listen.py"


class ConnectionAttemptError(Exception):
    """A program in a session tried to reach another machine."""


class Session(EngineSession):
    """Leaving it fails if anything tried to reach another machine."""

    def __init__(
        self, system: WineSystem, prefix: Path, bounds: Bounds | None = None, *, tools: tuple[Path, ...]
    ) -> None:
        super().__init__(system, prefix, bounds)
        self._tools = tools

    def __enter__(self) -> Self:
        super().__enter__()
        for tool in self._tools:
            shutil.copyfile(tool, self.own / tool.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        attempts = self.connection_attempts()
        if kind is None and attempts:
            raise ConnectionAttemptError("Programs tried to reach other machines: " + ", ".join(attempts))

    def console(
        self,
        command: Command,
        *,
        cwd: str = "C:\\",
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (120, 40),
    ) -> Terminal:
        """Start a program in a console of its own, to be looked at and typed into; arguments as for `run`."""
        from tests.support.bed.terminal import Terminal  # Windows' Python can import the rest of the bed

        starting, result = self.starting(command, cwd=cwd, env=env, TERM="xterm")
        return Terminal(starting, result, size=size)

    def listener(self, port: int = 0) -> socket.socket:
        """A socket that listens on loopback inside the session's network: what this process serves there, its programs reach."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            listen = (sys.executable, "-I", str(_LISTEN), str(theirs.fileno()), str(port))
            done = subprocess.run(
                (*(self.namespace.entering("net") or ()), *listen),
                pass_fds=[theirs.fileno()],
                capture_output=True,
                env=host_tools.environment(),
                check=False,
            )
            if done.returncode:
                raise BedError(f"Nothing can listen on port {port} of the session: {done.stderr.decode()[-300:]}")
            _, (handle, *_), _, _ = socket.recv_fds(ours, 1, 1)
        return socket.socket(fileno=handle)

    def connects(self, name: str, port: int) -> bool:
        """Whether a Windows program can make a TCP connection (an attempt elsewhere than to this machine is recorded)."""
        return self.run([rf"{OWN}\connect.exe", name, str(port)], timeout=60).returncode == 0
