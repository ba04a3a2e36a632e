"""Repositories of git, read by the user's own git: a state of one becomes a tar that is the same on every host.

Nothing is checked out: files are read out of git's own objects, so that no hook, no filter and no link of a stranger's repository has any effect here.
The user's configuration counts (credentials, proxies, replaced addresses); whatever starts a program because a repository says so is off.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import BuildError, HostError, NetworkError
from bundler.fetch.git_tree import Blob, Module, listed, modules_of, pack
from bundler.foreign import without_credentials
from bundler.isolation.host_program import program_on_path
from bundler.model.vcs import VcsAddress, beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from bundler.model.artifact import StoredFile
    from bundler.model.ports import Shelf

_SECONDS = 3600
_DEPTH, _MODULES = 8, 200
"""Submodules inside of each other, and all of them."""
_OFF = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "init.templateDir=", "submodule.recurse=false",
    "fetch.recurseSubmodules=false", "fetch.fsckObjects=true", "gc.auto=0", "maintenance.auto=false", "protocol.allow=never",
    "protocol.https.allow=always", "protocol.http.allow=always", "protocol.ssh.allow=always", "protocol.file.allow=always",
    "protocol.ext.allow=never", "advice.detachedHead=false", "core.longpaths=true",
)  # fmt: skip
_USERS = re.compile(
    r"GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_.*|HTTP_.*|PROXY_.*|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))"
)
"""Variables of git that say how the user reaches repositories; all others lead it to another one."""
_LFS = b"version https://git-lfs.github.com/spec/"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """Fetched objects in ``folder``; ``address``: whence."""

    folder: Path
    address: VcsAddress
    commit: str


class Git:
    """``environ``: of this process; ``work``: a folder for scratch files; the tars go to ``shelf``."""

    def __init__(self, shelf: Shelf, work: Path, environ: Mapping[str, str]) -> None:
        self._shelf, self._work, self._environ = shelf, work, environ

    def packed(self, name: str, address: VcsAddress) -> tuple[str, StoredFile]:
        """The whole commit that the address means, and a tar of its files below one folder.

        Raises HostError (``git-missing``), NetworkError (``git-failed``), BuildError (``git-unfit``).
        """
        with scratch_folder("git-", self._folder()) as scratch:
            repository = self._fetched(scratch / "0", address)
            files = self._files(repository, scratch, count=[0])
            inner = f"{address.subdirectory}/" if address.subdirectory else ""
            chosen = {path[len(inner) :]: each for path, each in files.items() if path.startswith(inner)}
            if not chosen:
                raise self._unfit(
                    address, f"commit {repository.commit} has no folder {address.subdirectory or '/'} with files"
                )
            with tempfile.TemporaryFile(dir=scratch) as output:
                self._pack(output, f"{name}-{repository.commit[:12]}", chosen, address)
                output.seek(0)
                return repository.commit, self._shelf.add(output)

    def _folder(self) -> Path:
        self._work.mkdir(parents=True, exist_ok=True)
        return self._work

    def _pack(self, output: BinaryIO, root: str, files: Mapping[str, Blob], address: VcsAddress) -> None:
        with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for folder in sorted({each.repository for each in files.values()}):
                mine = {path: each for path, each in files.items() if each.repository == folder}
                command, environ = self._command("-C", str(folder), "cat-file", "--batch")
                with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                    for path, content in pack(process, archive, root, mine):
                        if content.startswith(_LFS):
                            raise self._unfit(
                                address, f"{path} lies in git LFS, which isn't read: give an archive that holds it"
                            )

    def _fetched(self, folder: Path, address: VcsAddress) -> Repository:
        self._run("init", "--quiet", "--bare", str(folder), address=address)
        wanted = address.revision or "HEAD"
        common = ("-C", str(folder), "fetch", "--quiet", "--no-tags")
        try:
            self._run(*common, "--depth=1", "--", address.url, wanted, address=address)
            found = "FETCH_HEAD"
        except NetworkError:
            if not re.fullmatch(r"[0-9a-f]{4,64}", wanted):
                raise
            # a server may refuse to give a commit by its name, and none knows a shortened one
            specs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            self._run(*common, "--", address.url, *specs, address=address)
            found = wanted
        commit = self._run("-C", str(folder), "rev-parse", "--verify", f"{found}^{{commit}}", address=address)
        text = commit.decode("ascii", "replace").strip()
        if address.commit and text != address.commit:
            raise self._unfit(address, f"{address.url} gives {text} for {address.commit}")
        return Repository(folder=folder, address=address, commit=text)

    def _files(self, repository: Repository, scratch: Path, *, count: list[int], depth: int = 0) -> dict[str, Blob]:
        """Every file by its path, those of submodules among them, at the commits that the repository names."""
        listing = self._run(
            "-C",
            str(repository.folder),
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            repository.commit,
            address=repository.address,
        )
        files, modules = listed(listing, repository.folder)
        if not modules:
            return files
        said = self._modules(repository) if ".gitmodules" in files else {}
        for path, commit in modules.items():
            count[0] += 1
            if depth >= _DEPTH or count[0] > _MODULES:
                raise self._unfit(repository.address, "it has too many submodules, or too many inside of each other")
            if path not in said:
                raise self._unfit(repository.address, f"its submodule {path} has no address in .gitmodules")
            try:
                address = dataclasses.replace(beside(repository.address.url, said[path].url), revision=commit)
            except ValueError as error:
                raise self._unfit(repository.address, f"its submodule {path} can't be fetched: {error}") from None
            inner = self._fetched(scratch / str(count[0]), address)
            found = self._files(inner, scratch, count=count, depth=depth + 1)
            files |= {f"{path}/{each}": blob for each, blob in found.items()}
        return files

    def _modules(self, repository: Repository) -> dict[str, Module]:
        """Those that ``.gitmodules`` describes, by path."""
        text = self._run(
            "-C", str(repository.folder), "config", "--blob", f"{repository.commit}:.gitmodules", "-z", "--get-regexp",
            r"^submodule\..*\.(path|url)$", address=repository.address, nothing=1,
        )  # fmt: skip
        return modules_of(text)

    def _unfit(self, address: VcsAddress, why: str) -> BuildError:
        return BuildError("git-unfit", f"{address.url} can't be taken: {why}", context=(address.url,))

    # -- git

    def _run(self, *arguments: str, address: VcsAddress, nothing: int = 0) -> bytes:
        """What git prints; ``nothing``: the exit code besides 0 with which it says that there is nothing."""
        command, environ = self._command(*arguments, secret=address.secret, url=address.url)
        try:
            done = subprocess.run(
                command,
                env=environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                start_new_session=True,  # without a terminal nobody can ask for a password on it
            )
        except subprocess.TimeoutExpired:
            raise NetworkError("git-failed", f"git didn't end within an hour for {address.url}") from None
        if done.returncode not in (0, nothing):
            lines = masked(done.stderr.decode("utf-8", "replace"), address.secret).splitlines()
            raise NetworkError(
                "git-failed",
                f"git can't fetch {address.revision or 'the default branch'} of {address.url}",
                context=tuple(each for each in lines if each.strip())[-5:],
                hint="try `git ls-remote` with that address: what git itself can reach without asking for a password can be taken",
            )
        return done.stdout

    def _command(self, *arguments: str, secret: str = "", url: str = "") -> tuple[list[str], dict[str, str]]:
        program = find_git(self._environ)
        environ = {
            name: value
            for name, value in self._environ.items()
            if not name.startswith("GIT_") or _USERS.fullmatch(name)
        }
        environ |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_TEMPLATE_DIR": "", "GIT_OPTIONAL_LOCKS": "0"}
        environ |= {"GIT_ATTR_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1", "SSH_ASKPASS_REQUIRE": "never"}
        settings = [part for each in _OFF for part in ("-c", each)]
        if secret:  # not on the command line, which others of this host see
            count = environ.get("GIT_CONFIG_COUNT", "")
            number = int(count) if re.fullmatch(r"[0-9]{1,4}", count) else 0
            environ["GIT_CONFIG_COUNT"] = str(number + 1)
            environ[f"GIT_CONFIG_KEY_{number}"] = f"url.{secret}.insteadOf"
            environ[f"GIT_CONFIG_VALUE_{number}"] = url
        return [program, *settings, *arguments], environ


def masked(text: str, secret: str) -> str:
    """Git's words without what stands before the host of an address."""
    if secret:
        text = text.replace(secret, "…")
    return without_credentials(text)


def find_git(environ: Mapping[str, str]) -> str:
    """Git on PATH, never one that lies in the current folder. Raises HostError (``git-missing``)."""
    found = program_on_path("git", environ)
    if found is not None:
        return found
    raise HostError(
        "git-missing",
        "there is no git on this host, and something comes from a repository",
        hint="install git, or give an archive instead of the repository",
    )
