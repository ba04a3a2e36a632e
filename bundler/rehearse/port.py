"""The port between the scenario and a machine: what an engine must be able to do, cut by concern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bundler.rehearse.pictures import Picture
    from bundler.rehearse.results import Attempt


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Seconds that only grow, and waiting."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a program ended: its exit code, None where ``fault`` says why there is none (not started, ended after its time)."""

    code: int | None
    output: str
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A page, or why there is none."""

    status: int = 0
    text: str = ""
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A picture (PNG) of a page or a window, or why there is none. ``output``: what a program printed."""

    picture: bytes = b""
    fault: str = ""
    output: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """The most that the machine's programs took, in bytes; None where the engine can't tell. ``fault``: that they were ended for it, in words."""

    memory: int | None
    disk: int | None
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What sort of machine; ``user``: who works there, None: the engine's own; ``windows``: whether some are to be seen there."""

    name: str
    user: str | None = None
    windows: bool = False


BARE = Kind(name="bare")
NOT_ENDED = "it did not end within"
"""How ``Ran.fault`` begins where a program was ended."""
MACHINE_VARIABLES = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
"""The key of the registry that has variables for all programs of a machine."""


class Files(Protocol):
    """Paths are Windows' own."""

    def put(self, source: Path, path: str, *, read_only: bool = False) -> None:
        """Copy a file or folder of this host there, in place of what is there."""

    def read(self, path: str) -> bytes | None:
        """A file's content; None: there is none."""

    def write(self, path: str, content: bytes) -> None: ...

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""


class Programs(Protocol):
    def run(self, command: Sequence[str], *, timeout: float) -> Ran:
        """Run a program to its end, with nothing on its standard input; after ``timeout`` seconds it is ended."""


class Services(Protocol):
    @property
    def recovers(self) -> bool:
        """Whether Windows' recovery actions are taken here."""

    def state(self, name: str) -> str:
        """``running``, ``stopped``, ``missing``, or Windows' own word in lower case."""

    def kill(self, name: str) -> None:
        """End the service's process, as a crash does."""


class Network(Protocol):
    def get(self, url: str, *, wait: float) -> Answer:
        """Fetch a page over loopback, waiting so many seconds until something answers."""

    def attempts(self) -> tuple[Attempt, ...]:
        """What wanted to leave the machine since the last call."""


class Screen(Protocol):
    @property
    def missing(self) -> str:
        """Why no windows can be seen here; empty where they can."""

    def window(self, command: Sequence[str], *, wait: float) -> Shown:
        """Start a program, wait so many seconds until it has a window, and end it."""

    def page(self, url: str) -> Shown:
        """Show a page of the machine's own."""


class Machine(Protocol):
    """One machine, without a network, on which nothing but Windows is. ``room``: the folder in which bundles are unpacked."""

    @property
    def room(self) -> str: ...
    @property
    def restarts(self) -> bool:
        """Whether ``restart`` can be had."""

    @property
    def installers_leave(self) -> tuple[str, ...]:
        """Patterns of what is left here of a product that Windows Installer removed, and isn't on Windows."""

    @property
    def files(self) -> Files: ...
    @property
    def programs(self) -> Programs: ...
    @property
    def services(self) -> Services: ...
    @property
    def network(self) -> Network: ...
    @property
    def screen(self) -> Screen: ...

    def picture(self) -> Picture:
        """All files and the registry, to be compared with another one."""

    def set_variables(self, values: Mapping[str, str]) -> None:
        """Set variables machine-wide: all programs that start from now on have them."""

    def restart(self) -> None:
        """As a restart of Windows: all programs end, services start by their start types."""

    def usage(self) -> Usage: ...


class Engine(Protocol):
    """Makes machines. ``name``: as ``--engine`` has it; ``words``: for people; ``instance``: with which one bundles are installed there."""

    @property
    def name(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def uses_this_machine(self) -> bool:
        """Whether what it calls a machine is this one, which others use as well."""

    def machine(self, kind: Kind) -> AbstractContextManager[Machine]:
        """A new machine, gone with everything on it when it is left."""
