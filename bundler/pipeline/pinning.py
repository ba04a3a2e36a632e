"""Sources as files: what a recipe names by address, path or place on the index, pinned to one artifact."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bundler.errors import BundleError, InputError, NetworkError
from bundler.formats.archives.unpacking import unpack
from bundler.formats.authenticode import can_check_signatures, check_signature, read_signature
from bundler.formats.msi.installed_files import walk_msi
from bundler.model.artifact import Artifact
from bundler.model.lock import LockedRuntime
from bundler.model.source import IndexSource, PathSource, Source, UrlSource
from bundler.resolve import find_file
from bundler.runtime.installer import check_installer
from bundler.runtime.signatures import check_tree
from bundler.runtime.sources import runtime_sources
from bundler.runtime.tree import core_dll, find_member, unpack_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from bundler.model.artifact import StoredFile, Tree
    from bundler.model.lock import Lock
    from bundler.model.recipe import RuntimeTable, TargetTable
    from bundler.model.target import Target
    from bundler.pipeline.session import Workshop
    from bundler.report import Reporter
    from bundler.resolve import IndexRoute
    from bundler.runtime.signatures import TreeSignatures

_FRAGMENT = re.compile(r"#sha256=([0-9a-f]{64})")


def artifact_of(
    shop: Workshop, source: Source, *, folder: Path, routes: tuple[IndexRoute, ...], sha256: str | None
) -> Artifact:
    """The file that ``source`` means; ``folder``: the recipe's, for relative paths; ``sha256``: what it is known to have.

    Raises InputError (``source-missing``) for a path where nothing is, and what the index raises.
    """
    if isinstance(source, IndexSource):
        found = find_file(source.name, source.version, source.filename, routes, transport=shop.transport)
        return dataclasses.replace(found, sha256=sha256 or found.sha256)
    if isinstance(source, PathSource):
        path = (folder / source.path).resolve()
        if not path.is_file():
            raise InputError(
                "source-missing", f"there is no file {path}", hint="a source's path is relative to the recipe"
            )
        return Artifact(filename=path.name, path=str(path), sha256=sha256)
    fragment = _FRAGMENT.search(source.url)
    url = source.url.partition("#")[0]
    name = PurePosixPath(unquote(urlsplit(url).path)).name or "download"
    return Artifact(filename=name, url=url, sha256=sha256 or (fragment[1] if fragment else None))


class Runtimes:
    """Fetches, unpacks and checks the Pythons of one target; what was unpacked once serves the whole run."""

    def __init__(self, shop: Workshop, table: TargetTable, *, folder: Path, routes: tuple[IndexRoute, ...]) -> None:
        self._shop, self._table, self._folder, self._routes = shop, table, folder, routes

    @property
    def _asked(self) -> RuntimeTable:
        return self._table.runtime

    def pin(self, previous: Lock | None) -> tuple[LockedRuntime, LockedRuntime | None]:
        """The runtime and the boot Python, each fetched and checked; what ``previous`` pinned stays pinned."""
        if self._asked.kind == "none":
            raise InputError("runtime-kind", "a target that has its Python already is not supported by this version")
        plan = runtime_sources(self._table, mirror=self._shop.mirror)
        before = previous.runtime if previous else None
        runtime = self._pin(plan.runtime, self._asked.kind, self._table.target(), self._asked.sha256, before)
        if plan.boot is None:
            return runtime, None
        return runtime, self._pin(plan.boot, "embed", self.boot_target(), None, previous.boot if previous else None)

    def boot_target(self) -> Target:
        """The target as the boot Python is: of the same branch, where python.org has no embeddable zip of the very release."""
        target = self._table.target()
        python = runtime_sources(self._table, mirror=self._shop.mirror).boot_python or target.python
        return dataclasses.replace(target, python=python)

    def _pin(
        self,
        source: Source,
        kind: Literal["msi", "exe", "nuget", "embed", "archive"],
        target: Target,
        sha256: str | None,
        before: LockedRuntime | None,
    ) -> LockedRuntime:
        named = _name_of(source)
        if sha256 is None and before is not None and before.source == named:
            sha256 = before.file.sha256
        wanted = artifact_of(self._shop, source, folder=self._folder, routes=self._routes, sha256=sha256)
        with naming_ways_around(source, self._shop.mirror):
            stored = self._shop.fetcher.fetch([wanted], self._shop.reporter)[wanted]
        pinned = dataclasses.replace(wanted, sha256=stored.sha256, size=stored.size)
        locked = LockedRuntime(kind=kind, source=named, file=pinned, signer=None)
        if isinstance(source, IndexSource) and source.filename is None:
            with self._naming(locked):
                member = find_member(self._shop.named(stored, wanted.filename), target)
            locked = dataclasses.replace(locked, member=member)
        return dataclasses.replace(locked, signer=self.check(locked, stored, target))

    def check(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> str | None:
        """Check structure and Authenticode signatures; gives the signer seen, None: unsigned, as the recipe allows.

        A broken signature is an error even where the recipe takes an unsigned runtime. What was checked in this run isn't again.
        """
        key = (stored.sha256, target, self._asked.signer, self._asked.unsigned)
        if key not in self._shop.signers:
            with self._naming(locked):
                self._shop.signers[key] = self._check(locked, stored, target)
        return self._shop.signers[key]

    def _check(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> str | None:
        roots = self._shop.signer_roots
        if locked.kind in ("msi", "exe"):
            path = self._shop.named(stored, locked.file.filename)
            check_installer(path, locked.kind, target)
            if not self._asked.unsigned:
                return check_signature(path, signer=self._asked.signer, extra_roots=roots).subject_common_name
            if unchecked(locked.file.filename, self._shop.reporter):
                return None
            seen = read_signature(path, extra_roots=roots)
            return seen.subject_common_name if seen is not None and not seen.distrust else None
        tree = self.tree(locked, stored, target)
        if self._asked.unsigned and unchecked(locked.file.filename, self._shop.reporter):
            return None
        dll = str(PurePosixPath(tree.python).with_name(core_dll(target)))
        demanded = None if self._asked.unsigned else self._asked.signer
        found = check_tree(tree, signer=demanded, extra_roots=roots, core=(dll,))
        self._shop.reporter.note(f"{locked.file.filename}: {_signed_text(found)}")
        return found.python

    def tree(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> Tree:
        """The Python inside an archive, unpacked once a run."""
        trees, key = self._shop.trees, (stored.sha256, target)
        if key not in trees:
            folder = self._shop.folder("runtimes") / "python"
            named = dataclasses.replace(stored, path=self._shop.named(stored, locked.file.filename))
            with self._naming(locked):
                trees[key] = unpack_runtime(named, locked, target, folder, self._shop.reporter)
        return trees[key]

    def build_folder(self, locked: LockedRuntime) -> Path | None:
        """Where the files of the runtime lie on this host, all that compilers need among them; None: it is an installer of another kind."""
        if locked.kind == "exe":
            return None
        target = self._table.target()
        stored = self._shop.fetcher.fetch([locked.file], self._shop.reporter)[locked.file]
        self.check(locked, stored, target)
        if locked.kind != "msi":
            return self.tree(locked, stored, target).root
        # what starts on the target leaves out what only programmers want
        folder = self._shop.folder("runtimes") / "python"
        with self._naming(locked):
            unpack(stored.path, folder, reader=walk_msi)
        return folder

    @contextlib.contextmanager
    def _naming(self, locked: LockedRuntime) -> Iterator[None]:
        """Let errors name the source, and not a place in the scratch folder, which is gone when somebody reads them."""
        try:
            yield
        except BundleError as error:
            lines = (f"in {locked.source}" if str(self._shop.work) in each else each for each in error.context)
            error.context = tuple(dict.fromkeys(lines))
            raise


def unchecked(filename: str, reporter: Reporter) -> bool:
    """Whether the signature of a file that may be unsigned can't be looked at on this host, which is then reported."""
    if can_check_signatures():
        return False
    reporter.note(f"{filename}: signature not checked, since the packages for that aren't installed")
    return True


@contextlib.contextmanager
def naming_ways_around(source: Source, mirror: str) -> Iterator[None]:
    """Let an error of fetching from ``mirror``, a tree like python.org's, say how a host builds that doesn't reach it."""
    try:
        yield
    except NetworkError as error:
        if isinstance(source, UrlSource) and source.url.startswith(mirror):
            error.hint += (
                "; or name another mirror of python.org's tree with --python-mirror, or a source in [target.runtime]"
            )
        raise


def _name_of(source: Source) -> str:
    """A source as the lock shows it: as the recipe writes it, a hash in the address left out."""
    return source.url.partition("#")[0] if isinstance(source, UrlSource) else str(source)


def _signed_text(found: TreeSignatures) -> str:
    """``33 programs signed by Python Software Foundation, 12 by Microsoft Corporation, 4 unsigned``"""
    by = [f"{count} by {name}" for name, count in sorted(found.signed, key=lambda each: -each[1])]
    words = ["programs signed: " + ", ".join(by)] if by else []
    words += [f"{len(found.unsigned)} unsigned"] if found.unsigned else []
    words += [f"{len(found.untrusted)} signed by somebody this host doesn't trust"] if found.untrusted else []
    return "; ".join(words) or "no programs"
