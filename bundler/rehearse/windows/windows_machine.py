"""A real Windows as a machine of the scenario's, by orders to the program there."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bundler.errors import HostError
from bundler.rehearse.command_lines import command_line, is_batch, registering
from bundler.rehearse.pictures import Picture
from bundler.rehearse.port import MACHINE_VARIABLES, Answer, Ran, Shown, Usage
from bundler.rehearse.results import Attempt

if TYPE_CHECKING:
    from bundler.rehearse.windows.mailbox import Mailbox

T = TypeVar("T")

Look = tuple[str, int | None, tuple[str, ...]]
"""A folder, how deep to look into it (None: all of it), and the folders in it that are left out."""
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_PATHS = r"Software\Microsoft\Windows\CurrentVersion\App Paths"
_OFTEN_CHANGED = ("Microsoft", "Classes", "Policies", "Clients", "WOW6432Node")
KEYS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    *((rf"{hive}\{key}", 2, ()) for hive in ("HKLM", "HKCU") for key in (_UNINSTALL, _RUN, _PATHS)),
    *((key.replace("Software", r"HKLM\Software\WOW6432Node", 1), 2, ()) for key in (_UNINSTALL, _RUN, _PATHS)),
    *(
        (root, 4, tuple(rf"{root}\{name}" for name in _OFTEN_CHANGED))
        for root in (r"HKLM\Software", r"HKLM\Software\WOW6432Node", r"HKCU\Software")
    ),
    (r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment", 1, ()),
    (r"HKCU\Environment", 1, ()),
    (r"HKLM\System\CurrentControlSet\Services", 2, ()),
)
"""What programs and installers change of a registry; how deep. Windows itself changes others all the time."""
_MOST_ATTEMPTS, _LONGEST = 100_000, 32_768
_SERVICES = "hklm\\system\\currentcontrolset\\services\\"
_OF_A_SERVICE = ("ImagePath", "ObjectName", "Start")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """``looks``: where to look for changes; ``guest_path``: how the machine sees a folder of this host's; ``room``: where bundles may be put."""

    looks: tuple[Look, ...]
    guest_path: Callable[[Path], str]
    room: str


class WindowsMachine:
    """See port.Machine. ``environ``: variables that programs get besides the machine's own."""

    restarts = False
    installers_leave: tuple[str, ...] = ()

    def __init__(self, mailbox: Mailbox, place: Place, environ: Mapping[str, str]) -> None:
        self._mailbox, self._place = mailbox, place
        self.room = place.room
        self.files = _Files(mailbox, place)
        self.programs = _Programs(mailbox, dict(environ))
        self.services = Services(mailbox)
        self.network = _Network(mailbox)
        self.screen = _NoScreen()

    def picture(self) -> Picture:
        """Where ``looks`` say, and of the registry KEYS."""
        found = _shaped(_Picture, self._mailbox.ask("picture", within=3600, looks=self._place.looks, keys=KEYS))
        registry = {name: data for name, data in found.registry.items() if _tells(name)}
        return Picture(files=found.files, registry=registry)

    def set_variables(self, values: Mapping[str, str]) -> None:
        for name, data in values.items():
            self.programs.run(registering(MACHINE_VARIABLES, name, data), timeout=60)
        self.programs.environ.update(values)  # as programs of who logs on now have them

    def restart(self) -> None:
        raise AssertionError("this machine is gone with a restart")

    def usage(self) -> Usage:
        return Usage(memory=None, disk=None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Picture:
    files: dict[str, str]
    registry: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class _Ran:
    code: int | None
    output: str
    fault: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    fault: str


class _Files:
    def __init__(self, mailbox: Mailbox, place: Place) -> None:
        self._mailbox, self._place = mailbox, place

    def put(self, source: Path, path: str, *, read_only: bool = False) -> None:
        self._mailbox.ask("put", within=3600, source=self._place.guest_path(source), path=path, read_only=read_only)

    def read(self, path: str) -> bytes | None:
        found = _shaped(str | None, self._mailbox.ask("read", path=path))  # type: ignore[arg-type]
        try:
            return None if found is None else base64.b64decode(found, validate=True)
        except ValueError:
            raise _damaged() from None

    def write(self, path: str, content: bytes) -> None:
        self._mailbox.ask("write", path=path, content=base64.b64encode(content).decode("ascii"))

    def exists(self, path: str) -> bool:
        return _shaped(bool, self._mailbox.ask("exists", path=path))


class _Programs:
    def __init__(self, mailbox: Mailbox, environ: dict[str, str]) -> None:
        self._mailbox, self.environ = mailbox, environ

    def run(self, command: Sequence[str], *, timeout: float) -> Ran:
        # what bootstrap.bat starts may go on (an installer's own processes); of a command nothing is left
        line, held = command_line(command), not is_batch(command)
        said = self._mailbox.ask("run", within=timeout, line=line, held=held, timeout=timeout, environ=self.environ)
        found = _shaped(_Ran, said)
        return Ran(code=found.code, output=found.output, fault=found.fault)


class Services:
    """Of Windows' own manager, which takes recovery actions."""

    recovers = True

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def state(self, name: str) -> str:
        return _shaped(str, self._mailbox.ask("state", name=name))

    def kill(self, name: str) -> None:
        self._mailbox.ask("crash", name=name)


class _Network:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def get(self, url: str, *, wait: float) -> Answer:
        found = _shaped(_Answer, self._mailbox.ask("get", within=wait + 60, url=url, wait=wait))
        return Answer(status=found.status, text=found.text, fault=found.fault)

    def attempts(self) -> tuple[Attempt, ...]:
        found = _shaped(list[tuple[str, str]], self._mailbox.ask("attempts"))
        if len(found) > _MOST_ATTEMPTS or any(len(text) > _LONGEST for each in found for text in each):
            raise _damaged()
        return tuple(Attempt(address=address, program=program) for address, program in found)


class _NoScreen:
    missing = "this engine shows no windows in its report: look at the machine's own screen"

    def window(self, command: Sequence[str], *, wait: float) -> Shown:
        raise AssertionError(f"asked to show {command} within {wait}, which is missing")

    def page(self, url: str) -> Shown:
        return Shown(fault=f"this engine takes no picture of {url}")


def _tells(name: str) -> bool:
    """Of a service itself and of what it runs, not what Windows' own keep there."""
    key, separator, value = name.partition("|")
    if not key.lower().startswith(_SERVICES):
        return True
    return not separator or value in _OF_A_SERVICE


def _shaped(kind: type[T], value: Any) -> T:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        raise _damaged() from None


def _damaged() -> HostError:
    return HostError("rehearsal-machine-lost", "the rehearsed machine's answer has another shape than was agreed on")
