"""A session as a machine of the scenario's."""

from __future__ import annotations

import contextlib
import re
import stat
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.formats.wine_registry import OversizedRegistryError, read_wine_registry
from bundler.plain_file import open_plain
from bundler.rehearse.command_lines import SAVER, is_batch, registering
from bundler.rehearse.pictures import Picture
from bundler.rehearse.port import MACHINE_VARIABLES, NOT_ENDED, Answer, Ran, Usage
from bundler.rehearse.users import environment_of, folders_of
from bundler.rehearse.wine.bed_cache import disk_use
from bundler.rehearse.wine.drive import Drive, opened_folder, walked
from bundler.rehearse.wine.machine_screen import MachineScreen
from bundler.rehearse.wine.program import NotStartedError, TimedOutError
from bundler.rehearse.wine.wine_session import OWN
from bundler.rehearse.wine.wine_system import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bundler.rehearse.port import Kind
    from bundler.rehearse.results import Attempt
    from bundler.rehearse.wine.first_process import Seen
    from bundler.rehearse.wine.wine_session import Session

_STATE = re.compile(r"STATE\s*:\s*\d+\s+(\w+)")
_NO_SERVICE = 1060
MOST_FILES, MOST_CHARACTERS = 1_000_000, 100_000_000
"""Of a picture, of which two are compared."""
_LARGEST_REGISTRY = 100_000_000
_SAVED = {"software": r"HKLM\Software", "system": r"HKLM\System\CurrentControlSet", "user": "HKCU"}
"""What programs and installers change, as SAVER writes it."""
# What Wine itself writes while programs run.
_NOISE = re.compile(
    r"HKCU\\Software\\Wine\\|HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\(Perflib|FontDpi)|"
    r"HKLM\\System\\CurrentControlSet\\(Enum|Control\\Class|Control\\DeviceClasses|Control\\Video|Hardware Profiles)\\|"
    r"HKLM\\System\\CurrentControlSet\\Control\\ServiceCurrent|HKCU\\Volatile Environment|HKLM\\System\\CurrentControlSet\\Control\\(ComputerName|ProductOptions|Windows)\b|"
    # its ODBC makes these keys when it is used; Windows has them
    r"(HKLM|HKCU)\\Software\\ODBC(\\ODBC(INST)?\.INI(\\ODBC (Drivers|Data Sources))?)?$",
    re.IGNORECASE,
)
_OUTPUT = "It wrote:\n"

_LEFT_OF_PRODUCTS = (
    r"C:\windows\Installer",
    r"HKLM\Software\Classes\Installer",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\*",
    r"HKLM\Software\Python",
    r"HKLM\Software\Wow6432Node\Python",
    MACHINE_VARIABLES,
)
"""Its Windows Installer makes what every Windows has already, and leaves values that it wrote, PATH's among them."""


class WineMachine:
    """See port.Machine."""

    room = "C:"
    restarts = True
    installers_leave = _LEFT_OF_PRODUCTS

    def __init__(self, session: Session, kind: Kind) -> None:
        self._session = session
        self.files = _Files(session)
        self.programs = _Programs(session, _user(session, kind.user))
        self.services = _Services(session)
        self.network = _Network(session)
        self.screen = MachineScreen(session, _user(session, kind.user))

    def picture(self) -> Picture:
        """C:, and of the registry what programs and installers change."""
        registry = {key: data for key, data in self._registry() if not _NOISE.match(key)}
        files: dict[str, str] = {}
        told = 0
        apart = self._session.system.lays_over
        for name, place in (("drive_c", "C:"), *((("windows", r"C:\windows"),) if apart else ())):
            try:
                with opened_folder(self._session.prefix, name) as folder:
                    for path, fingerprint in walked(folder, place, windows=not apart):
                        files[path] = fingerprint
                        told += len(path) + len(fingerprint)
                        if len(files) > MOST_FILES or told > MOST_CHARACTERS:
                            raise HostError(
                                "machine-too-full",
                                f"there are more than {MOST_FILES} files on the rehearsed machine, or their paths have more than {MOST_CHARACTERS} characters",
                            )
            except OSError:
                raise HostError(
                    "link-out-of-machine",
                    f"{place} isn't there any more, or is a link that leads out of the rehearsed machine",
                ) from None
        return Picture(files=files, registry=registry)

    def _registry(self) -> Iterator[tuple[str, str]]:
        """What outlives a restart."""
        saved = {root: self._session.own / f"registry-{name}" for name, root in _SAVED.items()}
        for path in saved.values():
            with contextlib.suppress(OSError):  # a folder, which isn't read either
                path.unlink()
        result = self._session.run([rf"{OWN}\{SAVER.name}"], env={"BUNDLE_SAVE_AS": rf"{OWN}\registry-"})
        if result.returncode:
            raise _unreadable(f"Windows error {result.returncode}")
        for root, path in saved.items():
            try:
                yield from read_wine_registry(_saved(path), root).items()
            except OversizedRegistryError as error:
                raise HostError("machine-too-full", f"of the rehearsed machine's registry {error}") from None

    def restart(self) -> None:
        """All programs end as they do when the power fails, which is harder than a restart."""
        self._session.end()
        self._session.begin()

    def set_variables(self, values: Mapping[str, str]) -> None:
        for name, data in values.items():
            self._session.run(registering(MACHINE_VARIABLES, name, data))
        self.restart()

    def usage(self) -> Usage:
        seen = self._session.namespace.seen()
        return Usage(memory=seen.peak, disk=disk_use(self._session.prefix), fault=_ended_for(seen))


class _Files:
    def __init__(self, session: Session) -> None:
        self._session = session
        # as its programs see it, with what is mounted there
        self._drive = Drive(session.namespace.seen_path(PREFIX))

    def put(self, source: Path, path: str, *, read_only: bool = False) -> None:
        copied = self._session.copy_in(source, path)
        if read_only:
            for each in (copied, *copied.rglob("*")):
                if not each.is_symlink():
                    each.chmod(each.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))

    def read(self, path: str) -> bytes | None:
        return self._drive.read(path)

    def write(self, path: str, content: bytes) -> None:
        self._drive.write(path, content)

    def exists(self, path: str) -> bool:
        return self._drive.exists(path)


class _Programs:
    def __init__(self, session: Session, environment: dict[str, str]) -> None:
        self._session, self._environment = session, environment

    def run(self, command: Sequence[str], *, timeout: float) -> Ran:
        before = self._seen().ends
        # what bootstrap.bat starts may go on (an installer's own processes); of a command nothing is left
        try:
            result = self._session.run(
                command, env=self._environment, timeout=timeout, streams="together" if is_batch(command) else "held"
            )
        except TimedOutError as error:
            said = error.message.partition(_OUTPUT)[2]
            fault = f"{NOT_ENDED} {timeout:g} s, and was ended: does it wait for a key?"
            return Ran(code=None, output=said, fault=self._exceeded(before) or fault)
        except NotStartedError as error:
            return Ran(code=None, output="\n".join(error.context), fault=self._exceeded(before) or error.message)
        if result.returncode and (exceeded := self._exceeded(before)):
            return Ran(code=None, output=result.output, fault=exceeded)
        return Ran(code=result.returncode, output=result.output)

    def _exceeded(self, before: int) -> str:
        """That it was ended for what all used: none was before that, for what was used then."""
        seen = self._seen()
        return _ended_for(seen) if seen.ends > before else ""

    def _seen(self) -> Seen:
        return self._session.namespace.seen()


class _Services:
    recovers = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def state(self, name: str) -> str:
        result = self._session.run(["sc.exe", "query", name])
        if result.returncode == _NO_SERVICE:
            return "missing"
        found = _STATE.search(result.output)
        return found[1].lower() if found else "unknown"

    def kill(self, name: str) -> None:
        raise AssertionError(f"no service manager here would start {name} again")


class _Network:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._told = 0

    def get(self, url: str, *, wait: float) -> Answer:
        try:
            page = self._session.http_get(url, wait=wait)
        except HostError as error:
            return Answer(fault="; ".join((error.message, *error.context)))
        return Answer(status=page.status, text=page.body.decode(errors="replace"))

    def attempts(self) -> tuple[Attempt, ...]:
        attempts = self._session.attempts()
        new, self._told = attempts[self._told :], len(attempts)
        return new


def _ended_for(seen: Seen) -> str:
    if not seen.exceeded:
        return ""
    return f"all programs were ended: together they used more {seen.exceeded} than a rehearsal may"


def _saved(path: Path) -> bytes:
    try:
        with open_plain(path, follow_links=False) as stream:
            content = stream.read(_LARGEST_REGISTRY + 1)
    except OSError as error:
        raise _unreadable(error.strerror or "") from None
    if len(content) > _LARGEST_REGISTRY:
        raise HostError("machine-too-full", f"the rehearsed machine's registry has more than {_LARGEST_REGISTRY} bytes")
    return content


def _unreadable(why: str) -> HostError:
    return HostError("registry-not-read", f"the rehearsed machine's registry can't be read: {why}")


def _user(session: Session, name: str | None) -> dict[str, str]:
    """What programs ask for who works here; folders of Wine's own user stay as well."""
    if name is None:
        return {}
    for each in folders_of(name):
        session.host_path(each).mkdir(parents=True, exist_ok=True)
    return environment_of(name)
