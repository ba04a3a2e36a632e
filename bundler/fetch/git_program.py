"""The user's own git, started so that no repository chooses what runs, how long it takes and how much it leaves."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING

from bundler.errors import BuildError, HostError, NetworkError
from bundler.foreign import without_credentials
from bundler.formats.archives.guard import Limits
from bundler.isolation.host_program import program_on_path
from bundler.isolation.memory_limit import within_memory
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bundler.model.vcs import VcsAddress

_OFF = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "init.templateDir=", "submodule.recurse=false",
    "fetch.recurseSubmodules=false", "fetch.fsckObjects=true", "gc.auto=0", "maintenance.auto=false", "protocol.allow=never",
    "protocol.https.allow=always", "protocol.http.allow=always", "protocol.ssh.allow=always", "protocol.file.allow=always",
    "protocol.ext.allow=never", "advice.detachedHead=false", "core.longpaths=true", "http.lowSpeedLimit=500", "http.lowSpeedTime=60",
)  # fmt: skip
_USERS = re.compile(
    r"GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_.*|HTTP_.*|PROXY_.*|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))"
)
"""Variables of git that say how the user reaches repositories; all others lead it to another one."""
_WORDS = 64 * 1024
"""Bytes of what git says that are read."""
_INTERVAL = 0.2


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class GitLimits:
    """Of one repository with its submodules: ``files`` and their ``size`` in bytes, as of an archive; ``disk``: bytes that its objects take
    here, ``places``: files that git makes of them; ``listing``: bytes of one answer of git; ``memory``: bytes of each of its programs (not on
    Windows); ``seconds``.
    """

    files: int = Limits().entries
    size: int = Limits().size
    disk: int = 8 << 30
    places: int = 200_000
    listing: int = 32 << 20
    memory: int = 4 << 30
    seconds: float = 3600.0


class GitProgram:
    """Runs git in the folder ``scratch``, which gets its objects and what it says; ``environ``: of this process."""

    def __init__(self, scratch: Path, environ: Mapping[str, str], limits: GitLimits) -> None:
        self._program = find_git(environ)
        self._environ, self.limits = environ, limits
        self.scratch = scratch
        self._end = time.monotonic() + limits.seconds

    def run(self, *arguments: str, address: VcsAddress, nothing: int = 0) -> bytes:
        """What git prints; ``nothing``: the exit code besides 0 with which it says that there is nothing.

        Raises NetworkError (``git-failed``), BuildError (``git-unfit``).
        """
        with (
            tempfile.TemporaryFile(dir=self.scratch) as output,
            tempfile.TemporaryFile(dir=self.scratch) as words,
            self.started(*arguments, address=address, output=output, words=words) as process,
        ):
            self._wait(process, address, (output, words))
            self._check(address, (output, words))
            if process.returncode not in (0, nothing):
                raise _failed(address, words)
            output.seek(0)
            return output.read()

    @contextlib.contextmanager
    def started(
        self, *arguments: str, address: VcsAddress, output: IO[bytes] | int, words: IO[bytes] | int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Git, to be spoken to; ended with all that it started, however this is left."""
        command, environ = self._command(*arguments, secret=address.secret, url=address.url)
        process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.PIPE if output == subprocess.PIPE else subprocess.DEVNULL,
            stdout=output,
            stderr=words,
            start_new_session=True,  # without a terminal nobody can ask for a password on it
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    _end(process)

    def _wait(
        self, process: subprocess.Popen[bytes], address: VcsAddress, outputs: tuple[IO[bytes], IO[bytes]]
    ) -> None:
        interval = _INTERVAL
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(interval)
            before = time.monotonic()
            if before > self._end:
                raise NetworkError(
                    "git-failed",
                    f"git didn't end within {self.limits.seconds / 60:.0f} minutes for {address.url}",
                    hint="try `git clone` with that address",
                )
            self._check(address, outputs)
            interval = max(_INTERVAL, 10 * (time.monotonic() - before))

    def _check(self, address: VcsAddress, outputs: tuple[IO[bytes], IO[bytes]]) -> None:
        """What git has made until now; ``outputs`` have no names in the folder."""
        if any(os.fstat(each.fileno()).st_size > self.limits.listing for each in outputs):
            raise unfit(address, f"git says more than {size_text(self.limits.listing)} of it")
        places, size = 0, 0
        for folder, _, names in os.walk(self.scratch):
            places += len(names)
            for each in names:
                with contextlib.suppress(OSError):
                    size += os.lstat(os.path.join(folder, each)).st_size  # noqa: PTH118 - many
        if size > self.limits.disk:
            raise unfit(address, f"it has more than {size_text(self.limits.disk)}")
        if places > self.limits.places:
            raise unfit(address, f"it has more than {self.limits.places:,} branches, tags and objects")

    def _command(self, *arguments: str, secret: str, url: str) -> tuple[list[str], dict[str, str]]:
        environ = {
            name: value
            for name, value in self._environ.items()
            if not name.startswith("GIT_") or _USERS.fullmatch(name)
        }
        environ |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_TEMPLATE_DIR": "", "GIT_OPTIONAL_LOCKS": "0"}
        environ |= {"GIT_ATTR_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1", "SSH_ASKPASS_REQUIRE": "never"}
        # git would go from https to http where a server leads it, which anyone on the way could be; an address that the user replaces may have it
        safe = ("protocol.http.allow=user",) if url.startswith("https:") else ()
        settings = [part for each in (*_OFF, *safe) for part in ("-c", each)]
        if secret:  # not on the command line, which others of this host see
            count = environ.get("GIT_CONFIG_COUNT", "")
            number = int(count) if re.fullmatch(r"[0-9]{1,4}", count) else 0
            environ["GIT_CONFIG_COUNT"] = str(number + 1)
            environ[f"GIT_CONFIG_KEY_{number}"] = f"url.{secret}.insteadOf"
            environ[f"GIT_CONFIG_VALUE_{number}"] = url
        # its programs hold all branches that a server names, and a folder's list of files is as long as an object says that it is
        limit = within_memory(self.limits.memory)
        return [*limit, self._program, *settings, *arguments], environ


def unfit(address: VcsAddress, why: str) -> BuildError:
    """The error for a repository that nothing can be made of."""
    return BuildError("git-unfit", f"{address.url} can't be taken: {why}", context=(address.url,))


def _failed(address: VcsAddress, words: IO[bytes]) -> NetworkError:
    words.seek(max(0, words.seek(0, os.SEEK_END) - _WORDS))
    lines = masked(words.read().decode("utf-8", "replace"), address.secret).splitlines()
    return NetworkError(
        "git-failed",
        f"git can't fetch {address.revision or 'the default branch'} of {address.url}",
        context=tuple(each for each in lines if each.strip())[-5:],
        hint="try `git ls-remote` with that address: what git itself can reach without asking for a password can be taken",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """With the programs that git started, which speak with the server."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def masked(text: str, secret: str) -> str:
    """Git's words without what stands before the host of an address."""
    if secret:
        text = text.replace(secret, "…")
    return without_credentials(text)


def find_git(environ: Mapping[str, str]) -> str:
    """Git on PATH, never one that lies in the current folder. Raises HostError (``git-missing``)."""
    if found := program_on_path("git", environ):
        return found
    raise HostError(
        "git-missing",
        "there is no git on this host, and something comes from a repository",
        hint="install git, or give an archive instead of the repository",
    )
