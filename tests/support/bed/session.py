"""One Windows machine for one test: Wine on a prefix of its own, in namespaces whose network records and refuses."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Literal, Self

from tests.support.bed import host
from tests.support.bed.chroot import PREFIX, WINE, copy_tree
from tests.support.bed.namespace import Namespace
from tests.support.bed.program import (
    OEM,
    Command,
    Daemon,
    Page,
    ProgramFiles,
    Result,
    TimedOutError,
    command_line,
    kill,
    read_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.support.bed.terminal import Terminal

_PROBE = Path(__file__).parent / "probe.py"
_LISTEN = Path(__file__).parent / "listen.py"
_OWN = r"Z:\srv\session"


class ConnectionAttemptError(Exception):
    """A program in a session tried to reach another machine."""


class Session:
    """Use as a context manager. Leaving it ends every process, and fails if anything tried to reach another machine.

    PREFIX is the Wine prefix (a copy of the bed's template); programs see it as drive C:.
    """

    def __init__(self, chroot: Path, prefix: Path, tools: Path) -> None:
        self.prefix = prefix
        self._chroot = chroot
        self._tools = tools
        self._numbers = count(1)
        self._expected = 0
        self._daemons: list[Daemon] = []

    def __enter__(self) -> Self:
        self._own = Path(tempfile.mkdtemp(prefix="bed-"))
        try:
            for tool in self._tools.iterdir():
                shutil.copyfile(tool, self._own / tool.name)
            self._namespace = Namespace(self._chroot, self.prefix, self._own)
            try:
                # The server belongs in here: it is the wineserver that opens sockets. One that stays saves its start.
                self._unix("wineserver", "-p")
                self._unix(WINE, "cmd", "/c", "exit", "0")
            except BaseException:
                self._namespace.close()
                raise
        except BaseException:
            shutil.rmtree(self._own)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._unix("wineserver", "-k", expected=(0, 1, 2))  # it writes the registry, then ends
            self._unix("wineserver", "-w")
            attempts = self.connection_attempts()
        finally:
            self._namespace.close()
            for daemon in self._daemons:
                daemon.stop()
            shutil.rmtree(self._own)
        if kind is None and attempts:
            raise ConnectionAttemptError("Programs tried to reach other machines: " + ", ".join(attempts))

    # -- files

    def host_path(self, path: str) -> Path:
        """Where a file of drive C: is on this host. Letter case matters only between names that are both there.

        Files below C:\\windows have a path only as long as the session lasts (see Bed.session).
        """
        windows = PureWindowsPath(path)
        if windows.drive.upper() != "C:":
            raise ValueError(f"{path} is not on drive C:")
        names = windows.parts[1:]
        found = self.prefix / "drive_c"
        if names and names[0].casefold() == "windows":
            found = self._namespace.seen(f"{PREFIX}/drive_c")
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
        apart: bool = False,
        unseen: Literal["detached", "windowless"] | None = None,
    ) -> Result:
        """Run a program and wait for it. Relative names are looked for as CreateProcess does.

        COMMAND is a sequence of arguments, quoted as programs made with Microsoft's C library read them, or a string:
        the raw command line (`msiexec` wants `TARGETDIR="C:\\x y"`). A .bat or .cmd goes through `cmd /d /s /c`, as
        Windows does. ENV adds to the environment, PATH included. What the program starts may outlive it.
        APART: the standard error in `Result.errors`, and not among the output. UNSEEN: with no streams, and with no
        console ("detached") or one that has no window.
        """
        files = self._files(stdin)
        process = self._launch(unseen or "run", command, files, cwd, env or {}, apart=apart)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill(process)
            raise TimedOutError(
                f"{command} did not end within {timeout} s. It wrote:\n{read_text(files.log)}"
            ) from None
        word, _, code = (files.result.read_text() if files.result.exists() else "none 0").partition(" ")
        if word != "exit":
            raise host.BedError(f"{command} could not be started (Windows error {code}).\n{read_text(files.log)}")
        errors = read_text(files.errors) if apart else ""
        return Result(returncode=int(code), output=read_text(files.log), errors=errors)

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
        script = self._own / f"script{number}.bat"
        script.write_text(f"@echo off\n{batch}\n", encoding=OEM, newline="\r\n")
        outer = self._own / f"outer{number}.bat"
        outer.write_text(f'@call "{_OWN}\\{script.name}"\n@exit %ERRORLEVEL%\n', encoding=OEM, newline="\r\n")
        return self.run([f"{_OWN}\\{outer.name}"], cwd=cwd, env=env, stdin=stdin, timeout=timeout)

    def spawn(self, command: Command, *, cwd: str = "C:\\", env: Mapping[str, str] | None = None) -> Daemon:
        """Start a program and leave it running; arguments as for `run`."""
        files = self._files("")
        daemon = Daemon(self._launch("hold", command, files, cwd, env or {}), files.log)
        self._daemons.append(daemon)
        return daemon

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

        files = self._files("")
        return Terminal(self._command("run", command, files, cwd, env or {}, TERM="xterm"), files.result, size=size)

    # -- network

    def http_get(self, url: str, *, wait: float = 60) -> Page:
        """Fetch a page from inside the session's network, waiting up to WAIT seconds until it answers."""
        command = (*self._namespace.entering("net"), sys.executable, "-I", str(_PROBE), url, str(wait))
        answer = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, env=host.environment(), check=False
        )
        if answer.returncode:
            raise host.BedError(f"{url} did not answer within {wait} s: {answer.stderr.decode()[-300:]}")
        status, _, body = answer.stdout.partition(b"\n")
        return Page(status=int(status), body=body)

    def listener(self, port: int = 0) -> socket.socket:
        """A socket that listens on loopback inside the session's network: what this process serves there, its programs reach."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            command = (
                *self._namespace.entering("net"),
                sys.executable,
                "-I",
                str(_LISTEN),
                str(theirs.fileno()),
                str(port),
            )
            done = subprocess.run(
                command, pass_fds=[theirs.fileno()], capture_output=True, env=host.environment(), check=False
            )
            if done.returncode:
                raise host.BedError(f"Nothing can listen on port {port} of the session: {done.stderr.decode()[-300:]}")
            _, (handle, *_), _, _ = socket.recv_fds(ours, 1, 1)
        return socket.socket(fileno=handle)

    def connects(self, name: str, port: int) -> bool:
        """Whether a Windows program can make a TCP connection (an attempt elsewhere than to this machine is recorded)."""
        return self.run([rf"{_OWN}\connect.exe", name, str(port)], timeout=60).returncode == 0

    def connection_attempts(self) -> list[str]:
        """What has been tried to reach outside this machine: `tcp 192.0.2.1:80`, `udp …`, `ping …`, `dns example.org`.

        Since the last `forget_attempts`. Leaving the session fails if there are any.
        """
        return self._namespace.attempts()[self._expected :]

    def forget_attempts(self) -> list[str]:
        """Take the attempts so far as expected; returns them."""
        attempts = self.connection_attempts()
        self._expected += len(attempts)
        return attempts

    # -- inside

    def _unix(self, *command: str, expected: tuple[int, ...] = (0,)) -> None:
        """Run one of the chroot's own programs. No pipes: a daemon would hold them for ever."""
        done = subprocess.run(
            self._namespace.inside(*command, env={}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=host.environment(),
            timeout=120,
            check=False,
        )
        if done.returncode not in expected:
            raise host.BedError(f"{' '.join(command)} ended with {done.returncode} in the test bed.")

    def _launch(
        self,
        mode: str,
        command: Command,
        files: ProgramFiles,
        cwd: str,
        env: Mapping[str, str],
        *,
        apart: bool = False,
    ) -> subprocess.Popen[bytes]:
        with files.stdin.open("rb") as given, files.log.open("wb") as log, files.errors.open("wb") as errors:
            return subprocess.Popen(
                self._command(mode, command, files, cwd, env),
                stdin=given,
                stdout=log,
                stderr=errors if apart else subprocess.STDOUT,
                env=host.environment(),
                start_new_session=True,
            )

    def _command(
        self, mode: str, command: Command, files: ProgramFiles, cwd: str, env: Mapping[str, str], **unix: str
    ) -> tuple[str, ...]:
        line = command if isinstance(command, str) else command_line(command)
        variables = {f"BED_SET_{name}": value for name, value in env.items()}
        runner = (WINE, _OWN + r"\bedrun.exe", mode, f"{_OWN}\\{files.result.name}", cwd, line)
        return self._namespace.inside(*runner, env={**variables, **unix})

    def _files(self, stdin: str) -> ProgramFiles:
        number = next(self._numbers)
        files = ProgramFiles(
            result=self._own / f"result{number}",
            log=self._own / f"log{number}",
            errors=self._own / f"errors{number}",
            stdin=self._own / f"stdin{number}",
        )
        files.stdin.write_text(stdin, encoding="utf-8", newline="\r\n")
        return files
