"""One Windows machine: Wine on a prefix of its own, in namespaces whose network records and refuses."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from itertools import count
from pathlib import PureWindowsPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

from bundler.atomic import scratch_folder
from bundler.errors import HostError
from bundler.foreign import one_line
from bundler.rehearse.command_lines import RUNNER, SAVER, command_line, compiled
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import copy_tree
from bundler.rehearse.wine.program import (
    OEM,
    Command,
    Daemon,
    Page,
    ProgramFiles,
    Result,
    exit_code,
    read_text,
    too_long,
    wait_for,
)
from bundler.rehearse.wine.screen import DISPLAY, Screen, has_screens
from bundler.rehearse.wine.wine_system import BESIDE, PREFIX, Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from bundler.rehearse.results import Attempt
    from bundler.rehearse.wine.wine_system import WineSystem

Streams = Literal["together", "held", "apart", "detached", "windowless"]
OWN = r"Z:\srv\session"
_VERSION = re.compile(rb"[0-9]+(?:\.[0-9]+)*")
_CRASHES_ARE_NOT_SHOWN = (
    "reg",
    *("add", r"HKCU\Software\Wine\WineDbg", "/v", "ShowCrashDialog", "/t", "REG_DWORD", "/d", "0", "/f"),
)
"""Of a program that crashed Wine shows a window of its own, which would pass for the program's."""
_PATIENCE = 120
"""Seconds that starting and ending Windows may take."""
_LAST_PAGE = 60
"""Seconds that a page may take whose answer began in time."""


class Session:
    r"""Use as a context manager. Leaving it ends every process.

    PREFIX is the Wine prefix (a copy of the bed's template); programs see it as drive C:. `own` is their Z:\srv\session. They may change all
    that is in either; what this program writes while they run lies elsewhere.
    """

    def __init__(self, system: WineSystem, prefix: Path, bounds: Bounds | None = None) -> None:
        self.prefix = prefix
        self.system = system
        self._bounds = bounds or Bounds()
        self._numbers = count(1)
        self._expected = 0
        self._last: tuple[Attempt, ...] | None = None
        self._daemons: list[Daemon] = []
        self.screen: Screen | None = None

    def __enter__(self) -> Self:
        programs = [compiled(each) for each in (RUNNER, SAVER)]
        self._folders = contextlib.ExitStack()
        self._kept = self._folders.enter_context(scratch_folder("bed-"))
        try:
            self.own = self._kept / "session"
            self.own.mkdir()
            for each in programs:
                shutil.copyfile(each, self.own / each.name)
            self.namespace = self.system.isolated(self.prefix, self._kept, self._bounds)
            try:
                entering = self.namespace.entering(*BESIDE)
                if self._bounds.screen and entering is not None and has_screens():
                    self.screen = Screen(entering)
                self.begin()
                if self._display():
                    self._unix(self.system.wine, *_CRASHES_ARE_NOT_SHOWN, env=self._display())
            except BaseException:
                self.namespace.close()
                raise
        except BaseException:
            self._folders.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end()
            self._last = self.namespace.seen().attempts
        finally:
            for daemon in self._daemons:
                daemon.stop()
            if self.screen is not None:
                self.screen.close()
            self.namespace.close()
            self._folders.close()

    def begin(self) -> None:
        """Let Windows start, with its services that start by themselves."""
        # The server belongs in here: it is the wineserver that opens sockets. One that stays saves its start.
        self._unix(self.system.server, "-p")
        self._unix(self.system.wine, "cmd", "/c", "exit", "0", env=self._display())

    def end(self) -> None:
        """End all programs of Windows; it writes its registry."""
        try:
            self._unix(self.system.server, "-k", expected=(0, 1, 2))
            self._unix(self.system.server, "-w")
        except HostError:
            # where all programs are ended for what they used, which a disk stays, those that end them are too
            if not self.namespace.seen().exceeded:
                raise

    # -- files

    def host_path(self, path: str) -> Path:
        r"""Where a file of drive C: is on this host. Letter case matters only between names that are both there.

        Files below C:\windows have a path only as long as the session lasts (see Bed.session).
        """
        windows = PureWindowsPath(path)
        if windows.drive.upper() != "C:":
            raise ValueError(f"{path} is not on drive C:")
        names = windows.parts[1:]
        found = self.prefix / "drive_c"
        if names and names[0].casefold() == "windows":
            found = self.namespace.seen_path(f"{PREFIX}/drive_c")
        for name in names:
            exact = found / name
            if not exact.exists() and found.is_dir():
                alike = (each for each in found.iterdir() if each.name.casefold() == name.casefold())
                exact = next(alike, exact)
            found = exact
        return found

    def copy_in(self, source: Path, path: str) -> Path:
        """Copy a file or tree of the host to a Windows PATH (its whole new name); the host's path of the copy."""
        destination = self.host_path(path)
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            copy_tree(source, destination)
        else:
            shutil.copyfile(source, destination)
        return destination

    # -- programs

    def run(
        self,
        command: Command,
        *,
        cwd: str = "C:\\",
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 300,
        streams: Streams = "together",
    ) -> Result:
        r"""Run a program and wait for it. Relative names are looked for as CreateProcess does.

        COMMAND is a sequence of arguments, quoted as programs made with Microsoft's C library read them, or a string:
        the raw command line (`msiexec` wants `TARGETDIR="C:\x y"`). A .bat or .cmd goes through `cmd /d /s /c`, as
        Windows does. ENV adds to the environment, PATH included. What the program starts may outlive it.
        STREAMS: "held" ends what the program started when it ends or is ended; "apart" is the standard error in `Result.errors`, and not among the output; "detached" none at all, and no
        console, "windowless" none and a console that has no window. Raises TimedOutError, NotStartedError.
        """
        files = self._files(stdin)
        mode = {"together": "run", "apart": "run", "held": "hold"}.get(streams, streams)
        starting = self._command(mode, command, files, cwd, env or {})
        process = _launch(starting, files, apart=streams == "apart")
        try:
            wait_for(process, timeout)
        except subprocess.TimeoutExpired:
            self.namespace.kill(process)
            raise too_long(command, timeout, read_text(files.log)) from None
        code = exit_code(files.result, command, read_text(files.log))
        errors = read_text(files.errors) if streams == "apart" else ""
        return Result(returncode=code, output=read_text(files.log), errors=errors)

    def cmd(
        self,
        batch: str,
        *,
        cwd: str = "C:\\",
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 300,
    ) -> Result:
        """Run lines of a batch file in cmd; the exit code is %ERRORLEVEL% after them.

        The file is written in the OEM code page (437 here; it differs between real machines too, so what is shipped
        must be ASCII): other letters are a UnicodeEncodeError. As in any batch file, a percent sign is written twice.
        """
        number = next(self._numbers)
        script = self.own / f"script{number}.bat"
        _put(script, f"@echo off\n{batch}\n")
        outer = self.own / f"outer{number}.bat"
        _put(outer, f'@call "{OWN}\\{script.name}"\n@exit %ERRORLEVEL%\n')
        return self.run([f"{OWN}\\{outer.name}"], cwd=cwd, env=env, stdin=stdin, timeout=timeout)

    def spawn(self, command: Command, *, cwd: str = "C:\\", env: Mapping[str, str] | None = None) -> Daemon:
        """Start a program and leave it running; arguments as for `run`."""
        files = self._files("")
        process = _launch(self._command("hold", command, files, cwd, env or {}), files)
        daemon = Daemon(process, files.log, self.namespace.kill)
        self._daemons.append(daemon)
        return daemon

    def starting(
        self, command: Command, *, cwd: str = "C:\\", env: Mapping[str, str] | None = None, **unix: str
    ) -> tuple[tuple[str, ...], Path]:
        """The host's command that starts a program on the streams that it is given, and the file that gets its exit code.

        UNIX: variables that Wine itself looks at. Other arguments as for `run`.
        """
        files = self._files("")
        return self._command("run", command, files, cwd, env or {}, **unix), files.result

    # -- network

    def http_get(self, url: str, *, wait: float = 60) -> Page:
        """Fetch a page from inside the session's network, waiting up to WAIT seconds until it answers."""
        command = self.namespace.fetching(url, wait)
        missing = HostError("page-missing", f"{url} did not answer within {wait:g} s")
        try:
            answer = subprocess.run(
                command,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                env=host_tools.environment(),
                timeout=wait + _LAST_PAGE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise missing from None
        if answer.returncode:
            missing.context = (one_line(answer.stderr.decode(errors="replace")),)
            raise missing
        status, _, body = answer.stdout.partition(b"\n")
        return Page(status=int(status), body=body)

    def attempts(self) -> tuple[Attempt, ...]:
        """What has been tried to reach outside this machine, since the last `forget_attempts`; also after the session's end."""
        seen = self._last if self._last is not None else self.namespace.seen().attempts
        return seen[self._expected :]

    def connection_attempts(self) -> list[str]:
        """Their addresses: `tcp 192.0.2.1:80`, `udp …`, `ping …`, `dns example.org`."""
        return [each.address for each in self.attempts()]

    def forget_attempts(self) -> list[str]:
        """Take the attempts so far as expected; returns their addresses."""
        attempts = self.connection_attempts()
        self._expected += len(attempts)
        return attempts

    # -- inside

    def wine_version(self) -> str:
        """As it says itself, empty if it doesn't."""
        asking = self.namespace.inside(self.system.wine, "--version", env={})
        done = subprocess.run(
            asking,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=host_tools.environment(),
            timeout=_PATIENCE,
            check=False,
            start_new_session=True,
        )
        found = _VERSION.search(done.stdout)
        return found[0].decode("ascii") if found is not None else ""

    def _display(self) -> dict[str, str]:
        return {"DISPLAY": DISPLAY} if self.screen is not None and self.screen.works else {}

    def _unix(
        self, *command: str, expected: tuple[int, ...] = (0,), env: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Run one of the chroot's own programs. No pipes: a daemon would hold them for ever."""
        failed = f"{' '.join(command)} did not end within {_PATIENCE} s"
        with contextlib.suppress(subprocess.TimeoutExpired):
            # a session of its own: signals of strangers' programs to their group would reach this process, and what called it
            with subprocess.Popen(
                self.namespace.inside(*command, env=env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=host_tools.environment(),
                start_new_session=True,
            ) as process:
                try:
                    code = wait_for(process, _PATIENCE)
                except BaseException:
                    self.namespace.kill(process)
                    raise
            if code in expected:
                return
            failed = f"{' '.join(command)} ended with {code}"
        raise HostError("session-not-made", f"{failed} where Windows is played")

    def _command(
        self, mode: str, command: Command, files: ProgramFiles, cwd: str, env: Mapping[str, str], **unix: str
    ) -> tuple[str, ...]:
        told = {
            "BUNDLE_RUN_LINE": command if isinstance(command, str) else command_line(command),
            "BUNDLE_RUN_DIRECTORY": cwd,
            "BUNDLE_RUN_RESULT": f"{OWN}\\{files.result.name}",
            "BUNDLE_RUN_MODE": mode,
            **{f"BUNDLE_SET_{name}": value for name, value in env.items()},
            **self._display(),
        }
        return self.namespace.inside(self.system.wine, rf"{OWN}\{RUNNER.name}", env={**told, **unix})

    def _files(self, stdin: str) -> ProgramFiles:
        number = next(self._numbers)
        files = ProgramFiles(
            result=self.own / f"result{number}",
            log=self._kept / f"log{number}",
            errors=self._kept / f"errors{number}",
            stdin=self._kept / f"stdin{number}",
        )
        files.stdin.write_text(stdin, encoding="utf-8", newline="\r\n")
        return files


def _put(path: Path, text: str) -> None:
    """A new file among those of the machine's programs: no link of theirs is followed."""
    with path.open("x", encoding=OEM, newline="\r\n") as stream:
        stream.write(text)


def _launch(starting: Sequence[str], files: ProgramFiles, *, apart: bool = False) -> subprocess.Popen[bytes]:
    with files.stdin.open("rb") as given, files.log.open("wb") as log, files.errors.open("wb") as errors:
        return subprocess.Popen(
            starting,
            stdin=given,
            stdout=log,
            stderr=errors if apart else subprocess.STDOUT,
            env=host_tools.environment(),
            start_new_session=True,
        )
