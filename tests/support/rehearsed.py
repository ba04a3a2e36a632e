"""A machine that is simulated: a bundle that does all that it should on it, until a test lets one thing go wrong."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.model.manifest import ChecksInfo
from bundler.model.manifest_encoding import decode_manifest
from bundler.rehearse.pictures import FOLDER, Picture
from bundler.rehearse.port import MACHINE_VARIABLES, Answer, Clock, Ran, Shown, Usage
from bundler.rehearse.subject import Subject
from tests.support.bundles import make_inputs
from tests.support.rehearsals import PIXEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bundler.model.manifest import Manifest
    from bundler.model.service import ServiceInfo
    from bundler.rehearse.port import Kind
    from bundler.rehearse.results import Attempt, Step

Handler = "Callable[[FakeMachine, Sequence[str]], Ran | None]"
ALL_LOOKED_AT = "all entry points were looked at"
TASK = r"C:\windows\system32\Tasks\Of Windows itself"
LEFT_BY_RUNS = r"C:\users\root\AppData\Local\Temp\bundle-{}.log"


def ran(code: int = 0, output: str = "") -> Ran:
    return Ran(code=code, output=output)


@dataclasses.dataclass(kw_only=True)
class Installed:
    """What the simulated bundle remembers on its machine."""

    current: Subject | None = None
    previous: Subject | None = None
    folder: str = ""


class FakeMachine:
    """Does what a sound bundle's bootstrap.bat does; ``spoilt`` is asked first, with each command, and may do something else."""

    recovers = True
    room = "C:"
    installers_leave = (r"HKLM\Software\Python",)

    def __init__(self, engine: FakeEngine, kind: Kind) -> None:
        self.engine, self.kind = engine, kind
        self.content: dict[str, bytes] = dict.fromkeys(
            (r"C:\windows\system32\kernel32.dll", LEFT_BY_RUNS.format(""), TASK), b"MZ"
        )
        self.keys: dict[str, str] = {r"HKLM\Software\Vendor": ""}
        self.states: dict[str, str] = {}
        self.tried: list[Attempt] = []
        self.pages: dict[str, Answer] = {}
        self.subjects: dict[str, Subject] = {}
        self.installed = Installed()
        self.commands: list[Sequence[str]] = []
        self.files = self.programs = self.services = self.network = self.screen = self

    # -- files

    def put(self, source: Path, path: str, *, read_only: bool = False) -> None:
        del read_only
        self.subjects[path] = self.engine.subject_of(source)
        self.content[rf"{path}\bootstrap.bat"] = b"@echo off"

    def read(self, path: str) -> bytes | None:
        return self.content.get(path)

    def write(self, path: str, content: bytes) -> None:
        self.content[path] = content

    def exists(self, path: str) -> bool:
        return path in self.content or any(each.startswith(path + "\\") for each in self.content)

    # -- programs

    def run(self, command: Sequence[str], *, timeout: float) -> Ran:
        del timeout
        self.commands.append(command)
        for spoilt in self.engine.spoilt:
            if (other := spoilt(self, command)) is not None:
                return other
        program = PureWindowsPath(command[0])
        if ALL_LOOKED_AT in command:
            return ran(output=f"a module says what it likes\n{ALL_LOOKED_AT}\n")
        if program.name == "bootstrap.bat":
            return self.bootstrap(str(program.parent), list(command[1:]))
        return ran() if str(program) in self.content else Ran(code=None, output="", fault="it could not be started")

    def bootstrap(self, folder: str, arguments: list[str]) -> Ran:
        self.content[LEFT_BY_RUNS.format(len(self.commands))] = b"log"
        modes = [each for each in arguments if not each.startswith("/set:") and each not in ("/plan", "/allow-older")]
        if "/plan" in arguments:
            return ran(output="Would do this:")
        mode = modes[0] if modes else "/install"
        handler: Callable[[str, list[str]], Ran] = getattr(self, "_" + mode.removeprefix("/"))
        return handler(folder, arguments)

    def _install(self, folder: str, arguments: list[str]) -> Ran:
        del arguments
        subject, now = self.subjects[folder], self.installed
        if now.current is subject:
            return ran(output="This release is installed and in use already: nothing to do.")
        now.previous, now.current, now.folder = now.current, subject, folder
        self._lay(subject)
        return ran(output="Installed.")

    def _lay(self, subject: Subject) -> None:
        environment = subject.manifest.environment.path
        for name in ("python.exe", "app.exe"):
            self.content[rf"{subject.scripts}\{name}"] = b"MZ"
        self.content[rf"{subject.release}\app.py"] = b"app"
        self.content[rf"{environment}\receipt.json"] = b"{}"
        if subject.manifest.environment.data:
            self.content.setdefault(rf"{subject.manifest.environment.data}\settings.ini", b"settings")
        self.keys[r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\offline-bundle-example"] = ""
        for each in subject.manifest.services:
            self.keys[rf"HKLM\System\CurrentControlSet\Services\{each.name}"] = ""
            self.states[each.name] = "running"

    def _verify(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        current = self.installed.current
        if current is None or self.content.get(rf"{current.release}\app.py") != b"app":
            return ran(1603, "app.py was changed")
        return ran(output="All is as it was installed.")

    def _repair(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        assert self.installed.current is not None
        self._lay(self.installed.current)
        return ran(output="Repaired.")

    def _rollback(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        now = self.installed
        if now.previous is None:
            return ran(1603, "there is no other release")
        now.current, now.previous = now.previous, now.current
        return ran(output="Rolled back.")

    def _status(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        still = [name for name, state in self.states.items() if state != "running"]
        return ran(1603, f"the service {still[0]} does not run") if still else ran(output="runs")

    def _stop(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        self.states = dict.fromkeys(self.states, "stopped")
        return ran()

    def _start(self, folder: str, arguments: list[str]) -> Ran:
        del folder, arguments
        self.states = dict.fromkeys(self.states, "running")
        return ran()

    def _uninstall(self, folder: str, arguments: list[str]) -> Ran:
        subject = self.installed.current or self.subjects[folder]
        environment, data = subject.manifest.environment.path, subject.manifest.environment.data
        roots = [environment, *([data] if data and "/purge" in arguments else [])]
        self.content = {
            name: each for name, each in self.content.items() if not any(name.startswith(root + "\\") for root in roots)
        }
        kept = "" if "/purge" in arguments else r"HKLM\Software\offline-bundle\example"
        self.keys = {name: each for name, each in self.keys.items() if "offline-bundle" not in name}
        if kept:
            self.keys[kept] = ""
        self.keys = {name: each for name, each in self.keys.items() if "\\Services\\" not in name}
        self.states.clear()
        self.installed = Installed()
        return ran(output="Uninstalled.")

    # -- services

    def state(self, name: str) -> str:
        return self.states.get(name, "missing")

    def kill(self, name: str) -> None:
        self.states[name] = "running" if self.engine.comes_back else "stopped"

    # -- network

    def get(self, url: str, *, wait: float) -> Answer:
        del wait
        return self.pages.get(url) or self.engine.pages.get(url) or Answer(fault="connection refused")

    def attempts(self) -> tuple[Attempt, ...]:
        new, self.tried = tuple(self.tried), []
        return new

    # -- screen

    @property
    def missing(self) -> str:
        return self.engine.no_screen

    def window(self, command: Sequence[str], *, wait: float) -> Shown:
        ran = self.run(command, timeout=wait)
        return Shown(picture=PIXEL, output=ran.output) if ran.code == 0 else Shown(fault=ran.fault, output=ran.output)

    def page(self, url: str) -> Shown:
        return (
            Shown(picture=PIXEL)
            if url in self.engine.pages and not self.engine.no_screen
            else Shown(fault="no browser")
        )

    # -- the whole

    def picture(self) -> Picture:
        files = {name: repr(content) for name, content in self.content.items()}
        for name in self.content:
            files.update({str(each): FOLDER for each in PureWindowsPath(name).parents})
        return Picture(files=files, registry=dict(self.keys))

    @property
    def restarts(self) -> bool:
        return self.engine.restarts

    def set_variables(self, values: Mapping[str, str]) -> None:
        self.keys.update({f"{MACHINE_VARIABLES}|{name}": data for name, data in values.items()})

    def restart(self) -> None:
        self.states = dict.fromkeys(self.states, "running" if self.engine.starts_with_windows else "stopped")

    def usage(self) -> Usage:
        return Usage(memory=1000, disk=len(self.content), fault=self.engine.used_too_much)


class FakeEngine:
    """``spoilt``: see FakeMachine; ``pages``: what answers over loopback on every machine."""

    name = "fake"
    words = "a simulated machine"
    instance = ""
    uses_this_machine = False
    restarts = True

    def __init__(self, *subjects: Subject) -> None:
        self.subjects = {each.folder: each for each in subjects}
        self.spoilt: list[Callable[[FakeMachine, Sequence[str]], Ran | None]] = []
        self.pages: dict[str, Answer] = {}
        self.no_screen = self.used_too_much = ""
        self.comes_back = self.starts_with_windows = True
        self.machines: list[FakeMachine] = []

    def subject_of(self, folder: Path) -> Subject:
        """One that the test made, else what lies in the folder."""
        if folder not in self.subjects:
            manifest = decode_manifest((folder / "manifest.json").read_bytes())
            self.subjects[folder] = Subject(folder=folder, manifest=manifest, sha256="")
        return self.subjects[folder]

    @contextlib.contextmanager
    def machine(self, kind: Kind) -> Iterator[FakeMachine]:
        machine = FakeMachine(self, kind)
        self.machines.append(machine)
        yield machine


class Watching:
    """A watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.begun_steps: list[str] = []
        self.steps: list[Step] = []

    def begun(self, name: str, title: str) -> None:
        del title
        self.begun_steps.append(name)

    def ended(self, step: Step) -> None:
        self.steps.append(step)


def fake_clock() -> Clock:
    """Each look takes a second; waiting takes no time of ours."""
    state = {"now": 0.0}

    def now() -> float:
        state["now"] += 1
        return state["now"]

    def sleep(seconds: float) -> None:
        state["now"] += seconds

    return Clock(now=now, sleep=sleep)


def make_subject(folder: Path, *, services: Sequence[ServiceInfo] = (), **changes: object) -> Subject:
    """A bundle in ``folder``, which needn't be there for the simulated machine; ``changes`` of its manifest."""
    laid = make_inputs(folder / "inputs").lay_out()
    checks = ChecksInfo(imports=("app",), commands=(("app", "--version"),))
    manifest: Manifest = dataclasses.replace(laid.manifest, checks=checks, services=tuple(services))
    return Subject(folder=folder, manifest=dataclasses.replace(manifest, **changes), sha256="0" * 64)  # type: ignore[arg-type]
