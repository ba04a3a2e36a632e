"""Running an installer: fetched whole, looked at, started, its exit code understood, and what it brought found again."""

import contextlib
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Protocol

from host import say

from bundler.build.compilers import Machine, windows_machine
from windows.plan import Step

RESTART = 3010
_RESTARTS = {RESTART, 1641}
_DONE = {0, *_RESTARTS}
_CODES = {
    740: "it needs an elevated prompt",
    1602: "it was cancelled",
    1603: "it failed",
    1618: "another installation is running: wait for its end",
    1619: "the file can't be opened",
    1620: "the file is not an installer, or damaged",
    1638: "another version is installed",
    5007: "this Windows is too old for it, or it needs an elevated prompt",
}
_BEGINNINGS = {".exe": b"MZ", ".msi": b"\xd0\xcf\x11\xe0"}
_TIMEOUT = 60
_PROXY_WANTS_MORE = 407
_BLOCK = 1 << 20


class SetupError(Exception):
    """Something that a person must do something about; the message says what."""


class Host(Protocol):
    """What is done to a machine, and what is asked of it."""

    machine: Machine

    def elevated(self) -> bool:
        """Whether installing for all users is allowed."""

    def signer(self, file: Path) -> str:
        """Whose signature Windows finds good, by name; raises SetupError where it finds none good."""

    def fetch(self, url: str, path: Path) -> None:
        """Put what ``url`` has into the file ``path``; raises SetupError."""

    def install(self, command: str) -> int:
        """Run an installer to its end; its exit code. Raises OSError."""


def install(step: Step, host: Host) -> bool:
    """Whether Windows must be restarted. Raises SetupError."""
    if step.elevated and not host.elevated():
        raise SetupError(
            "installing it needs an elevated prompt: start one by 'Run as administrator' and run this again"
        )
    with _own_folder() as folder:
        file = Path(step.source)
        if "://" in step.source:
            file = folder / name_of(step.source)
            say(f"fetching {step.source}")
            host.fetch(step.source, file)
        _look_at(file)
        _demand_signer(file, step.signer, host)
        command = step.command.replace("{file}.log", str(folder / (file.name + ".log"))).replace(
            "{file}", str(file.absolute())
        )
        say(f"installing {step.what}; this takes a while: {command}")
        try:
            code = host.install(command)
        except OSError as error:
            raise SetupError(f"its installer can't be started: {error}") from None
        if code not in _DONE:
            raise SetupError(
                f"its installer ended with {code}, {_CODES.get(code, 'which only its own log explains')}; logs are in "
                f"{_kept(folder) or tempfile.gettempdir()}"
            )
    found = step.check()
    if not found and code in _RESTARTS:
        say(f"installed {step.what}: it is there once Windows was restarted")
        return True
    if not found:
        raise SetupError(
            f"its installer ended with {code}, and still it isn't found; `bundle doctor` says what was looked at"
        )
    say(f"installed {step.what}: {found}")
    return code != 0


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="windows-host-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _kept(folder: Path) -> str:
    """The log of an installer that failed, out of the folder that is about to go."""
    for log in folder.glob("*.log"):
        kept = Path(tempfile.gettempdir(), log.name)
        kept.write_bytes(log.read_bytes())
        return str(kept)
    return ""


def name_of(source: str) -> str:
    if "://" in source:
        return urllib.parse.urlsplit(source).path.rpartition("/")[2]
    return source


def _look_at(file: Path) -> None:
    """An error page instead of an installer is told as what it is, before Windows is asked to run it."""
    try:
        with file.open("rb") as stream:
            begins = stream.read(4)
    except OSError as error:
        raise SetupError(f"{file} can't be read: {error.strerror}") from None
    wanted = _BEGINNINGS.get(file.suffix.lower())
    if wanted is None or not begins.startswith(wanted):
        raise SetupError(f"{file} is not an installer: it begins with {begins!r}")


def _demand_signer(file: Path, wanted: str, host: Host) -> None:
    """It may run with all rights: Windows itself says whose it is, before it does."""
    if wanted and (found := host.signer(file)) != wanted:
        raise SetupError(f"{file.name} is signed by {found}, and not by {wanted}: it isn't run")


class ThisHost:
    """The machine that this runs on."""

    def __init__(self) -> None:
        self.machine = windows_machine()

    def elevated(self) -> bool:
        if sys.platform == "win32":
            import ctypes

            return bool(ctypes.windll.shell32.IsUserAnAdmin())
        return False

    def signer(self, file: Path) -> str:
        from windows.trust import UntrustedError, signer_of  # it needs Windows' own libraries

        try:
            return signer_of(file)
        except UntrustedError as error:
            raise SetupError(f"{file.name} isn't run: {error}") from None

    def fetch(self, url: str, path: Path) -> None:
        fetch(url, path)

    def install(self, command: str) -> int:
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


class StaysSecure(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 -- the library's own signature
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"it leads to {newurl}, which isn't HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def system_command(url: str, path: Path, environ: Mapping[str, str]) -> list[str]:
    """What lets Windows' own client fetch; empty: there is none, before Windows 10 1803.

    It asks Windows about certificates, which fetches the authorities that a fresh one lacks, and logs in at proxies as this user.
    """
    program = Path(environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "curl.exe")
    if not url.startswith("https://") or not program.is_file():
        return []
    secure = ["--proto", "=https", "--proto-redir", "=https", "--location"]
    proxy = ["--proxy-anyauth", "--proxy-user", ":"]
    return [str(program), "--fail", "--silent", "--show-error", *secure, *proxy, "--output", str(path), url]


def fetch(url: str, path: Path, environ: Mapping[str, str] | None = None) -> None:
    """Download, by Windows' own client where Python's can't for certificates or a proxy; raises SetupError."""
    try:
        _download(url, path)
    except _NotByPythonError as error:
        command = system_command(url, path.with_name(path.name + ".part"), os.environ if environ is None else environ)
        if not command:
            raise
        say(f"{error}; Windows' own client tries it")
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            raise SetupError(f"{error}; nor by Windows' own client: {done.stderr.strip()[-300:]}") from None
        path.with_name(path.name + ".part").replace(path)


class _NotByPythonError(SetupError):
    """A certificate that Python doesn't know, or a proxy that it can't log in at."""


def _is_for_windows(error: OSError | ValueError) -> bool:
    reason = getattr(error, "reason", error)
    return isinstance(reason, ssl.SSLCertVerificationError) or "407" in str(reason)


def _download(url: str, path: Path) -> None:
    """To a temporary name, which becomes ``path`` once all bytes that were promised are there."""
    part = path.with_name(path.name + ".part")
    size, total = 0, None
    try:
        with urllib.request.build_opener(StaysSecure).open(url, timeout=_TIMEOUT) as answer, part.open("wb") as stream:
            total = int(answer.headers["Content-Length"]) if answer.headers["Content-Length"] else None
            while block := answer.read(_BLOCK):
                size += stream.write(block)
    except urllib.error.HTTPError as error:
        error.close()  # it is an answer, whose connection is open
        if error.code == _PROXY_WANTS_MORE:
            raise _NotByPythonError(f"{url}: the proxy wants credentials") from None
        raise SetupError(f"{url} answers with status {error.code}: is there such a release for Windows?") from None
    except (OSError, ValueError) as error:
        kind = _NotByPythonError if _is_for_windows(error) else SetupError
        raise kind(f"{url} can't be fetched: {getattr(error, 'reason', error)}") from None
    if total is not None and size != total:
        raise SetupError(f"{url} was cut: {size} of {total} bytes came; run this again")
    part.replace(path)
