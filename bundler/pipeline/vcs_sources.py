"""Packages out of repositories: pinned to a commit when they are locked, and fetched like any other file afterwards."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.model.artifact import Artifact
from bundler.model.vcs import VcsAddress, VcsOrigin, is_vcs, read_vcs

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bundler.fetch import Git
    from bundler.model.artifact import StoredFile
    from bundler.model.lock import LockedPackage
    from bundler.model.ports import Fetcher, Shelf
    from bundler.report import Reporter


class WithRepositories:
    """A fetcher that also fetches what lies in repositories, at the commit that its address names; the rest is ``others``'.

    ``git`` gives who reads repositories, when there is one; ``waiting`` surrounds it, with the address.
    """

    def __init__(
        self,
        others: Fetcher,
        git: Callable[[], Git],
        shelf: Shelf,
        waiting: Callable[[str], contextlib.AbstractContextManager[object]],
    ) -> None:
        self._others, self._shelf, self._waiting = others, shelf, waiting
        self._git = functools.cache(git)
        self._secrets: dict[str, str] = {}

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        """As ``Fetcher.fetch``."""
        inside = [each for each in artifacts if each.url is not None and is_vcs(each.url)]
        found = dict(self._others.fetch([each for each in artifacts if each not in inside], reporter))
        for each in inside:
            found[each] = self._one(each)
        return found

    def pin(self, name: str, address: VcsAddress) -> tuple[Artifact, VcsOrigin]:
        """The commit that an address means now, as a file."""
        if address.secret:
            self._secrets[address.url] = address.secret
        commit, stored = self._packed(name, address)
        origin = address.at(commit)
        return artifact_of_commit(name, origin, stored.size, stored.sha256), origin

    def _one(self, artifact: Artifact) -> StoredFile:
        stored = self._shelf.get(artifact.sha256, artifact.size) if artifact.sha256 is not None else None
        if stored is not None:
            return stored
        address = read_vcs(artifact.url or "")
        address = dataclasses.replace(address, secret=self._secrets.get(address.url, ""))
        _, stored = self._packed(artifact.filename.rpartition("-")[0], address)
        if artifact.sha256 not in (None, stored.sha256):
            raise IntegrityError(
                "hash-mismatch",
                f"{artifact.origin} has sha256 {stored.sha256}, and {artifact.sha256} was expected",
                context=(artifact.origin,),
                hint="a submodule may have been replaced: look at the repository, then lock again",
            )
        return stored

    def _packed(self, name: str, address: VcsAddress) -> tuple[str, StoredFile]:
        git = self._git()
        with self._waiting(address.url):
            return git.packed(name, address)


def artifact_of_commit(name: str, origin: VcsOrigin, size: int | None, sha256: str) -> Artifact:
    """The tar of a commit."""
    return Artifact(filename=f"{name}-{origin.commit[:12]}.tar", url=origin.text, size=size, sha256=sha256)


class Pins:
    """What requirements with addresses of repositories are pinned to: as in the lock before, unless it is freed."""

    def __init__(self, fetcher: WithRepositories, before: Iterable[LockedPackage]) -> None:
        self._fetcher = fetcher
        self._before = {
            (each.name, each.vcs.url, each.vcs.revision, each.vcs.subdirectory): each for each in before if each.vcs
        }

    def __call__(self, name: str, url: str) -> tuple[Artifact, VcsOrigin]:
        """Raises ValueError for an address that can't be one."""
        address = read_vcs(url)
        locked = self._before.get((name, address.url, address.revision, address.subdirectory))
        if locked is not None and locked.file is not None and locked.vcs is not None:
            return locked.file, locked.vcs
        return self._fetcher.pin(name, address)
