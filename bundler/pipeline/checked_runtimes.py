"""The Pythons of one target on this host: fetched, pinned, checked and unpacked."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from bundler.errors import BundleError
from bundler.model.artifact import Tree, TreeFile
from bundler.model.lock import LockedRuntime
from bundler.model.source import IndexSource, Source
from bundler.model.target import Target
from bundler.pipeline.derived import Derivation, remembered, rules_of, version_of
from bundler.pipeline.pinning import artifact_of, naming_ways_around, source_text
from bundler.plain_file import hash_of
from bundler.runtime.kinds import behaviour_of
from bundler.runtime.runtime_file import RuntimeFile, SignerDemand
from bundler.runtime.sources import runtime_sources
from bundler.runtime.tree import find_member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bundler.model.artifact import StoredFile
    from bundler.model.lock import Lock
    from bundler.model.ports import Shelf
    from bundler.model.recipe import TargetTable
    from bundler.pipeline.session import Session
    from bundler.report import Reporter
    from bundler.resolve import IndexRoute

T = TypeVar("T")


class Runtimes:
    """Those of ``table``, whose recipe lies in ``folder``. What was checked or unpacked once serves as long as this lives."""

    def __init__(self, session: Session, table: TargetTable, *, folder: Path) -> None:
        self._session, self._folder = session, folder
        self.table = table
        runtime = table.runtime
        self._demand = SignerDemand(signer=None if runtime.unsigned else runtime.signer, roots=session.signer_roots)
        self._signers: dict[tuple[str, Target], str | None] = {}
        self._trees: dict[tuple[str, Target], Tree] = {}

    def told_to(self, session: Session) -> Runtimes:
        """The same for another session, with what was found so far."""
        other = Runtimes(session, self.table, folder=self._folder)
        other._signers, other._trees = self._signers, self._trees
        return other

    def pin(self, previous: Lock | None, routes: tuple[IndexRoute, ...]) -> tuple[LockedRuntime, LockedRuntime | None]:
        """The runtime and the boot Python, each fetched and checked; what ``previous`` pinned stays pinned.

        ``routes``: the indexes that serve sources on one.
        """
        plan = runtime_sources(self.table, mirror=self._session.mirror)
        if plan.runtime is None:
            runtime = LockedRuntime(kind=self.table.runtime.kind, source="", file=None, signer=None)
        else:
            asked = _Asked(source=plan.runtime, kind=self.table.runtime.kind, target=self.table.target())
            before = previous.runtime if previous else None
            runtime = self._pin(asked, self.table.runtime.sha256 or _pinned(before, asked), routes)
        if plan.boot is None:
            return runtime, None
        asked = _Asked(source=plan.boot, kind=plan.boot_kind, target=self.boot_target())
        return runtime, self._pin(asked, _pinned(previous.boot if previous else None, asked), routes)

    def boot_target(self) -> Target:
        """The target as the boot Python is: of the same branch, where python.org has no embeddable zip of the very release."""
        target = self.table.target()
        python = runtime_sources(self.table, mirror=self._session.mirror).boot_python or target.python
        return dataclasses.replace(target, python=python)

    def _pin(self, asked: _Asked, sha256: str | None, routes: tuple[IndexRoute, ...]) -> LockedRuntime:
        source = asked.source
        wanted = artifact_of(self._session, source, folder=self._folder, routes=routes, sha256=sha256)
        with naming_ways_around(source, self._session.mirror):
            stored = self._session.fetcher.fetch([wanted], self._session.reporter)[wanted]
        pinned = dataclasses.replace(wanted, sha256=stored.sha256, size=stored.size)
        locked = LockedRuntime(kind=asked.kind, source=source_text(source), file=pinned, signer=None)
        if isinstance(source, IndexSource) and source.filename is None:
            locked = dataclasses.replace(locked, member=self._member(locked, stored, asked.target))
        return dataclasses.replace(locked, signer=self.check(locked, stored, asked.target))

    def _member(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> str | None:
        """Which archive inside the file holds it; None: the file itself does."""
        finding: Derivation[tuple[str | None]] = Derivation(
            kind="runtime-member", inputs=_inputs(locked, stored, target), encode=list, decode=tuple
        )
        with self._naming(locked):
            (member,) = self._remembered(
                finding, lambda _: (find_member(self._session.named(stored, locked.artifact.filename), target),)
            )
        return member

    def check(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> str | None:
        """Check structure and Authenticode signatures; gives the signer seen, None: unsigned, as the recipe allows.

        A broken signature is an error even where the recipe takes an unsigned runtime. What was checked before isn't again.
        """
        key = (stored.sha256, target)
        if key not in self._signers:
            with self._naming(locked):
                (self._signers[key],) = self._remembered(
                    Derivation(
                        kind="runtime-signer",
                        inputs={**_inputs(locked, stored, target), **self._demanded()},
                        encode=list,
                        decode=tuple,
                        still=_can_check_signatures,  # what this host couldn't look at, it looks at as soon as it can
                    ),
                    lambda reporter: (
                        behaviour_of(locked.kind).check(
                            self._file(locked, stored, target, reporter),
                            self._demand,
                            lambda: self.tree(locked, stored, target),
                        ),
                    ),
                )
        return self._signers[key]

    def tree(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> Tree:
        """The Python inside an archive, read once."""
        key = (stored.sha256, target)
        if key not in self._trees:
            with self._naming(locked):
                self._trees[key] = self._remembered(
                    Derivation(
                        kind="runtime-tree",
                        inputs=_inputs(locked, stored, target),
                        encode=encode_tree,
                        decode=lambda kept: decode_tree(kept, self._session.shelf),
                    ),
                    lambda reporter: behaviour_of(locked.kind).tree(self._file(locked, stored, target, reporter)),
                )
        return self._trees[key]

    def build_folder(self, locked: LockedRuntime) -> Path | None:
        """Where the files of the runtime lie on this host, all that compilers need among them; None: they can't be had."""
        target = self.table.target()
        if locked.file is None:
            return None
        stored = self._session.fetcher.fetch([locked.file], self._session.reporter)[locked.file]
        self.check(locked, stored, target)
        with self._naming(locked):
            return behaviour_of(locked.kind).build_folder(
                self._file(locked, stored, target, self._session.reporter),
                lambda: self.tree(locked, stored, target),
            )

    def _remembered(self, derivation: Derivation[T], make: Callable[[Reporter], T]) -> T:
        return remembered(derivation, make, cache=self._session.cache, reporter=self._session.reporter)

    def _demanded(self) -> dict[str, Any]:
        """All that decides whose signature is taken."""
        return {
            "signer": self._demand.signer,
            "roots": [_content(each) for each in self._demand.roots],
            "checked by": [version_of(each) for each in _SIGNATURE_LIBRARIES],
        }

    def _file(self, locked: LockedRuntime, stored: StoredFile, target: Target, reporter: Reporter) -> RuntimeFile:
        return RuntimeFile(
            locked=locked,
            stored=dataclasses.replace(stored, path=self._session.named(stored, locked.artifact.filename)),
            target=target,
            folder=self._session.folder("runtimes") / "python",
            shelf=self._session.shelf,
            reporter=reporter,
        )

    @contextlib.contextmanager
    def _naming(self, locked: LockedRuntime) -> Iterator[None]:
        """Let errors name the source, and not a place in the scratch folder, which is gone when somebody reads them."""
        try:
            yield
        except BundleError as error:
            lines = (f"in {locked.source}" if str(self._session.work) in each else each for each in error.context)
            error.context = tuple(dict.fromkeys(lines))
            raise


_SIGNATURE_LIBRARIES = ("signify", "oscrypto", "asn1crypto", "pycryptodomex")
_ROOMS = ("formats", "runtime")


def _inputs(locked: LockedRuntime, stored: StoredFile, target: Target) -> dict[str, Any]:
    """All that decides what is found in a runtime's file."""
    return {
        "rules": rules_of(*_ROOMS),
        "programs read by": version_of("pefile"),
        "file": stored.sha256,
        "named": [locked.artifact.filename, locked.source],
        "member": locked.member,
        "kind": locked.kind,
        "target": dataclasses.asdict(target),
    }


def _can_check_signatures() -> bool:
    from bundler.formats.authenticode import can_check_signatures

    return can_check_signatures()


def _content(file: Path) -> str:
    """The hash of a PEM file; empty: it can't be read, which is reported where it is used."""
    try:
        return hash_of(file)
    except OSError:
        return ""


def encode_tree(tree: Tree) -> dict[str, Any]:
    """A tree as values of JSON."""
    files = [[each.path, each.start, each.size, each.sha256, each.crc32] for each in tree.files]
    return {"content": tree.content.sha256, "python": tree.python, "files": files}


def decode_tree(kept: Any, shelf: Shelf) -> Tree | None:
    """What ``encode_tree`` gave, with its bytes from the shelf; None: they aren't there any more."""
    content = shelf.get(kept["content"])
    if content is None:
        return None
    files = tuple(
        TreeFile(path=path, start=start, size=size, sha256=sha256, crc32=crc32)
        for path, start, size, sha256, crc32 in kept["files"]
    )
    return Tree(content=content, python=kept["python"], files=files)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A runtime before it is locked."""

    source: Source
    kind: str
    target: Target


def _pinned(before: LockedRuntime | None, asked: _Asked) -> str | None:
    """The hash that a lock from before has for the same source."""
    if before is None or before.file is None or before.source != source_text(asked.source):
        return None
    return before.file.sha256
