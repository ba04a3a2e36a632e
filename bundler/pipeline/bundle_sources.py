"""Where the files come from of which a bundle is built again: their addresses, a folder that the user gives, and the bundle itself.

Whoever wrote the bundle wrote its lock: a path in it is looked for in the user's folder, and nowhere else on this host.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bundler.errors import BuildError, BundleError, NetworkError
from bundler.isolation.checkout import checkout_of, is_inside
from bundler.model.artifact import StoredFile
from bundler.pipeline.vcs_sources import WithRepositories
from bundler.plain_file import hash_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.model.artifact import Artifact
    from bundler.model.ports import Shelf
    from bundler.model.vcs import VcsAddress, VcsOrigin
    from bundler.report import Reporter


class BundleSources(WithRepositories):
    """A fetcher for the inputs of an unpacked bundle. ``members``: its files by their sha256; ``folder``: the user's, None: there is none.

    ``taken``: the inputs, by their names, that only the bundle itself had, and why.
    """

    def __init__(
        self, others: WithRepositories, shelf: Shelf, *, members: Mapping[str, Path], folder: Path | None
    ) -> None:
        self._addresses, self._kept = others, shelf
        self._members, self._folder = members, folder
        self.taken: dict[str, str] = {}
        self._found: dict[Artifact, StoredFile] = {}
        self._nowhere: dict[Artifact, BuildError] = {}
        self._silent: dict[str, str] = {}

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        """As ``Fetcher.fetch``; raises BuildError (``input-nowhere``) for a file that isn't to be had anywhere."""
        wanted = [each for each in dict.fromkeys(artifacts) if each not in self._found]
        remote = [each for each in wanted if _has_address(each) and each not in self._nowhere]
        with contextlib.suppress(BundleError):  # those that can't be had are asked for one by one
            self._found |= self._addresses.fetch(remote, reporter)
        for each in wanted:
            if each in self._nowhere:
                raise self._nowhere[each]
            if each not in self._found:
                self._found[each] = self._single(each, reporter)
        return {each: self._found[each] for each in artifacts}

    def had(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        """Those of the files that can be had."""
        found: dict[Artifact, StoredFile] = {}
        with contextlib.suppress(BundleError):
            return self.fetch(artifacts, reporter)
        for each in artifacts:
            with contextlib.suppress(BundleError):
                found |= self.fetch([each], reporter)
        return found

    def inside(self, artifacts: Sequence[Artifact]) -> Mapping[Artifact, StoredFile]:
        """Those that the bundle itself has, and no address is asked for: what nothing is made from, and no address has byte for byte."""
        found = {each: self._members.get(each.sha256 or "") for each in artifacts}
        return {each: StoredFile.of(member) for each, member in found.items() if member is not None}

    def pin(self, name: str, address: VcsAddress) -> tuple[Artifact, VcsOrigin]:
        return self._addresses.pin(name, address)

    def _single(self, artifact: Artifact, reporter: Reporter) -> StoredFile:
        kept = self._kept.get(artifact.sha256, artifact.size) if artifact.sha256 is not None else None
        if kept is not None and _has_address(artifact):
            return kept
        fetched, why = self._at_address(artifact, reporter)
        if fetched is not None:
            return fetched
        given, words = self._in_folder(artifact)
        if given is not None:
            return given
        why = words or why
        member = self._members.get(artifact.sha256 or "")
        if member is None:
            self._nowhere[artifact] = BuildError(
                "input-nowhere",
                f"{artifact.filename} is nowhere: {why}",
                context=(artifact.url or artifact.filename, f"sha256 {artifact.sha256}"),
                hint="put a file of that name and hash into a folder, and name it with --source",
            )
            raise self._nowhere[artifact]
        self.taken[artifact.filename] = why
        return StoredFile.of(member)  # not into the store: there it would pass for what its address had

    def _at_address(self, artifact: Artifact, reporter: Reporter) -> tuple[StoredFile | None, str]:
        """The file of its address; or why it can't be had there. A host that can't be reached is asked once: each time takes a while."""
        if artifact.url is None or not _has_address(artifact):
            return None, "it has no address: it lay beside the recipe"
        host = urlsplit(artifact.url).netloc
        if host not in self._silent:
            try:
                return self._addresses.fetch([artifact], reporter)[artifact], ""
            except NetworkError as error:
                if error.reference != "index-unreachable":  # it did answer
                    return None, error.message
                self._silent[host] = error.message
            except BundleError as error:
                return None, error.message
        return None, self._silent[host]

    def _in_folder(self, artifact: Artifact) -> tuple[StoredFile | None, str]:
        """The file of the user's folder that it is; or why what lies there isn't it."""
        if self._folder is None:
            return None, ""
        why = ""
        named = (Path(artifact.path),) if artifact.path is not None else ()
        for each in (*named, self._folder / artifact.filename):
            if is_inside(each, checkout_of(self._folder)) and each.is_file():
                with contextlib.suppress(OSError):
                    if hash_of(each) == artifact.sha256:
                        return StoredFile.of(each), ""
                    why = f"{each} has other bytes"
        return None, why


def _has_address(artifact: Artifact) -> bool:
    """Whether it is to be had elsewhere: what an address of this host's files (``file:``) names is a path that a stranger wrote."""
    return artifact.url is not None and not artifact.url.lower().startswith(("file:", "git+file:"))
