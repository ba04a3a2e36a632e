"""Repositories of git, read by the user's own git: a state of one becomes a tar that is the same on every host.

Nothing is checked out: files are read out of git's own objects, so that no hook, no filter and no link of a stranger's repository has any effect here.
The user's configuration counts (credentials, proxies, replaced addresses); whatever starts a program because a repository says so is off.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import NetworkError
from bundler.fetch.git_program import GitLimits, GitProgram, unfit
from bundler.fetch.git_tree import Blob, Module, UnfitFileError, listed, modules_of, pack
from bundler.model.vcs import VcsAddress, beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from bundler.model.artifact import StoredFile
    from bundler.model.ports import Shelf

_DEPTH, _MODULES = 8, 200
"""Submodules inside of each other, and all of them."""
_PROJECT = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_SHOWN = 5
"""Folders of projects that a message names."""
_NAMES = 2000
"""Branches and tags that are looked through for one that isn't there."""
_LFS = b"version https://git-lfs.github.com/spec/"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """Fetched objects in ``folder``; ``address``: whence."""

    folder: Path
    address: VcsAddress
    commit: str


class Git:
    """``environ``: of this process; ``work``: a folder for scratch files; the tars go to ``shelf``."""

    def __init__(self, shelf: Shelf, work: Path, environ: Mapping[str, str], limits: GitLimits | None = None) -> None:
        self._shelf, self._work, self._environ = shelf, work, environ
        self._limits = limits or GitLimits()

    def packed(self, name: str, address: VcsAddress) -> tuple[str, StoredFile]:
        """The whole commit that the address means, and a tar of its files below one folder.

        Raises HostError (``git-missing``), NetworkError (``git-failed``), BuildError (``git-unfit``).
        """
        with scratch_folder("git-", self._folder()) as scratch:
            program = GitProgram(scratch, self._environ, self._limits)
            repository = _fetched(program, scratch / "0", address)
            files = _Gathering(program).files(repository)
            inner = f"{address.subdirectory}/" if address.subdirectory else ""
            chosen = {path[len(inner) :]: each for path, each in files.items() if path.startswith(inner)}
            if not chosen:
                raise unfit(
                    address, f"commit {repository.commit} has no folder {address.subdirectory or '/'} with files"
                )
            with tempfile.TemporaryFile(dir=scratch) as output:
                _pack(program, output, f"{name}-{repository.commit[:12]}", chosen, address)
                if not _PROJECT.intersection(chosen):
                    raise unfit(address, _without_project(inner, chosen))
                output.seek(0)
                return repository.commit, self._shelf.add(output)

    def _folder(self) -> Path:
        self._work.mkdir(parents=True, exist_ok=True)
        return self._work


def _without_project(inner: str, files: Mapping[str, Blob]) -> str:
    folders = sorted(path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in _PROJECT)
    there = ", ".join(dict.fromkeys(f"#subdirectory={inner}{each}" for each in folders[:_SHOWN]))
    return f"{inner or 'it'} holds no pyproject.toml and no setup.py" + (f"; there is {there}" if there else "")


def _pack(program: GitProgram, output: BinaryIO, root: str, files: Mapping[str, Blob], address: VcsAddress) -> None:
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in sorted({each.repository for each in files.values()}):
            mine = {path: each for path, each in files.items() if each.repository == folder}
            arguments = ("-C", str(folder), "cat-file", "--batch")
            with program.started(*arguments, address=address, output=subprocess.PIPE) as process:
                try:
                    for path, beginning in pack(process, archive, root, mine, program.limits.size):
                        if beginning.startswith(_LFS):
                            raise unfit(
                                address, f"{path} lies in git LFS, which isn't read: give an archive that holds it"
                            )
                except UnfitFileError as error:
                    raise unfit(address, str(error)) from None


def _fetched(program: GitProgram, folder: Path, address: VcsAddress) -> Repository:
    program.run("init", "--quiet", "--bare", str(folder), address=address)
    wanted = _reference(program, folder, address) or address.revision or "HEAD"
    common = ("-C", str(folder), "fetch", "--quiet", "--no-tags")
    try:
        program.run(*common, "--depth=1", "--", address.url, wanted, address=address)
        found = "FETCH_HEAD"
    except NetworkError:
        if not re.fullmatch(r"[0-9a-f]{4,64}", wanted):
            raise
        # a server may refuse to give a commit by its name, and none knows a shortened one
        specs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        program.run(*common, "--", address.url, *specs, address=address)
        found = wanted
    try:
        commit = program.run("-C", str(folder), "rev-parse", "--verify", f"{found}^{{commit}}", address=address)
    except NetworkError:
        raise _unknown(address, f"no branch and no tag of it holds the commit {wanted}") from None
    text = commit.decode("ascii", "replace").strip()
    if address.commit and text != address.commit:
        raise unfit(address, f"{address.url} gives {text} for {address.commit}")
    return Repository(folder=folder, address=address, commit=text)


def _reference(program: GitProgram, folder: Path, address: VcsAddress) -> str:
    """The whole name of the branch or the tag that is asked for; where both have that name, the branch, as pip and uv take it. Empty: neither."""
    name = address.revision
    if not name or name == "HEAD" or name.startswith("refs/") or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
        return ""
    places = (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}")  # the last of tags/v1
    said = program.run("-C", str(folder), "ls-remote", "--", address.url, *places, address=address)
    there = {line.partition(b"\t")[2].decode("utf-8", "replace") for line in said.splitlines()}
    found = next((each for each in places if each in there), "")
    if not found and not re.fullmatch(r"[0-9a-f]{4,}", name):
        raise _unknown(address, _near(program, folder, address))
    return found


def _near(program: GitProgram, folder: Path, address: VcsAddress) -> str:
    """Branches and tags whose names are like the one that isn't there."""
    said = program.run(
        "-C", str(folder), "ls-remote", "--refs", "--heads", "--tags", "--", address.url, address=address
    )
    names = [line.partition(b"\t")[2].decode("utf-8", "replace").split("/", 2)[-1] for line in said.splitlines()]
    near = difflib.get_close_matches(address.revision, names[:_NAMES], n=3)
    return f"there is {', '.join(near)}" if near else f"it has {len(names):,} branches and tags, and none is like it"


def _unknown(address: VcsAddress, why: str) -> NetworkError:
    return NetworkError(
        "git-failed",
        f"{address.url} has no revision {address.revision}",
        context=(why,),
        hint=f"write a branch, a tag or a commit that it has: `git ls-remote {address.url}` lists them",
    )


class _Gathering:
    """All files of a commit, those of submodules among them, at the commits that each repository names."""

    def __init__(self, program: GitProgram) -> None:
        self._program = program
        self._modules, self._found = 0, 0

    def files(self, repository: Repository, depth: int = 0) -> dict[str, Blob]:
        """By path."""
        address, most = repository.address, self._program.limits.files
        listing = self._program.run(
            "-C", str(repository.folder), "ls-tree", "-r", "-z", "--full-tree", repository.commit, address=address
        )
        self._found += listing.count(b"\0")
        if self._found > most:
            raise unfit(address, f"it has more than {most:,} files")
        files, modules = listed(listing, repository.folder)
        if not modules:
            return files
        said = self._said(repository) if ".gitmodules" in files else {}
        for path, commit in modules.items():
            self._modules += 1
            if depth >= _DEPTH or self._modules > _MODULES:
                raise unfit(address, "it has too many submodules, or too many inside of each other")
            if path not in said:
                raise unfit(address, f"its submodule {path} has no address in .gitmodules")
            try:
                inside = dataclasses.replace(beside(address.url, said[path].url), revision=commit)
            except ValueError as error:
                raise unfit(address, f"its submodule {path} can't be fetched: {error}") from None
            inner = _fetched(self._program, self._program.scratch / str(self._modules), inside)
            found = self.files(inner, depth + 1)
            files |= {f"{path}/{each}": blob for each, blob in found.items()}
        return files

    def _said(self, repository: Repository) -> dict[str, Module]:
        """What ``.gitmodules`` describes, by path."""
        text = self._program.run(
            "-C", str(repository.folder), "config", "--blob", f"{repository.commit}:.gitmodules", "-z", "--get-regexp",
            r"^submodule\..*\.(path|url)$", address=repository.address, nothing=1,
        )  # fmt: skip
        return modules_of(text)
