"""The first process of a session's namespaces as this one sees it: agent.py, which answers on a pipe, and ends with it."""

from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.results import Attempt
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.session_limits import END

if TYPE_CHECKING:
    from collections.abc import Sequence

PRODUCT = Path(__file__).parents[3]
_AGENT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bundler.rehearse.wine import agent; agent.run()"
"""Isolated Python takes its own modules from nowhere else."""


def holding(product: Path | str, *given: object) -> tuple[str, ...]:
    """The arguments for a Python that holds namespaces. ``product``: the folder that `bundler` lies in; ``given``: see agent.py."""
    return ("-I", "-c", _AGENT, *map(str, (product, *given)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the first process has seen so far: attempts to reach outside, the most memory (bytes), the limit that was exceeded,
    and how often all programs were ended for one; ``alone``: it was told to end all others, and none is left.
    """

    attempts: tuple[Attempt, ...]
    peak: int
    exceeded: str | None
    ends: int
    alone: bool = False


class FirstProcess:
    """``number``: of the process, as it is seen where the namespaces are made."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Raises HostError (``session-not-made``), with what was written to ``log``."""
        with log.open("wb") as stream:
            self._agent = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=host_tools.environment(),
                start_new_session=True,  # a Ctrl-C is the run's, which then closes the session in order
            )
        first = self._read().strip()
        if not first.isdigit():
            said = log.read_text(errors="replace")[-2000:]
            self.close()
            raise HostError("session-not-made", "the session's namespaces could not be made", context=(said.strip(),))
        self.number = int(first)

    def seen(self) -> Seen:
        """Attempts in the order of the packets. Raises HostError (``session-ended``)."""
        return self._asked(b"")

    def end_all(self) -> None:
        """End every other process, those of Linux too, which Windows doesn't end. Raises HostError (``session-ended``)."""
        if not self._asked(END).alone:
            raise HostError("session-ended", "programs of the rehearsed machine don't end")

    def _asked(self, order: bytes) -> Seen:
        if self._agent.stdin is None or self._agent.poll() is not None:
            raise _ended()
        try:
            self._agent.stdin.write(order + b"\n")
            self._agent.stdin.flush()
        except BrokenPipeError:  # it is ending just now
            raise _ended() from None
        answer = self._read()
        if not answer:
            raise _ended()
        said = json.loads(answer)
        attempts = tuple(Attempt(address, program) for address, program in said["attempts"])
        return Seen(
            attempts=attempts, peak=said["peak"], exceeded=said["exceeded"], ends=said["ends"], alone=said["alone"]
        )

    def close(self) -> None:
        """End it: every process in its namespaces is killed, every mount is gone."""
        for stream in (self._agent.stdin, self._agent.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):  # a question that nobody took; it is closed all the same
                    stream.close()
        self._agent.wait()

    def _read(self) -> bytes:
        return self._agent.stdout.readline() if self._agent.stdout is not None else b""


def _ended() -> HostError:
    return HostError("session-ended", "the session's first process has ended, and with it the record of connections")
