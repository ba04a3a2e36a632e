"""Whether locking again would give the lock that is there: nothing that decided it has changed since this host made it.

Only this store's own word counts for that, given when a lock was made or confirmed; the lock's file says nothing of it, and another
host asks the indexes. What an index answers isn't asked anew: ``bundle lock --refresh`` does.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.build.source_tree import project_digest
from bundler.errors import BundleError
from bundler.foreign import TooLargeError, read_file
from bundler.model.artifact import StoredFile
from bundler.pipeline.build_terms import said_epoch
from bundler.pipeline.derived import host_facts, rules_of, version_of
from bundler.pipeline.session import Session
from bundler.report import RecordingReporter, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.lock import Lock

_KIND = "locks"
_ROOMS = ("build", "fetch", "formats", "isolation", "legacy", "model", "pipeline", "resolve", "runtime")
_LIBRARIES = ("packaging", "pyproject-hooks", "resolvelib", "signify")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
    """A session whose warnings are remembered: locking the same again is to give them again."""

    session: Session
    reporter: RecordingReporter
    once: RecordingReporter

    @classmethod
    def to(cls, session: Session) -> Listening:
        reporter, once = RecordingReporter(session.reporter), RecordingReporter(session.once)
        return cls(session=dataclasses.replace(session, reporter=reporter, once=once), reporter=reporter, once=once)

    def heard(self) -> list[list[tuple[str | None, str]]]:
        return [[each for each in said.said if each[0] is not None] for said in (self.reporter, self.once)]


def is_unchanged(session: Session, lock: Lock, text: str) -> bool:
    """Whether this lock, whose file says ``text``, is what locking gives; the warnings are given again then."""
    key = _key(session, lock, text)
    kept = session.cache.load(_KIND, key) if key is not None else None
    if kept is None:
        return False
    said, once = json.loads(kept)
    repeat(map(tuple, said), session.reporter)
    repeat(map(tuple, once), session.once)
    return True


def remember(listening: Listening, lock: Lock, text: str) -> None:
    """Locking gave this lock just now."""
    key = _key(listening.session, lock, text)
    if key is not None:
        listening.session.cache.save(_KIND, key, json.dumps(listening.heard()).encode())


def _key(session: Session, lock: Lock, text: str) -> str | None:
    """All that decides it, but for the recipe and the files that it names: those are in the lock's own digest of inputs. None: a file of this
    host that the lock names isn't what it was.
    """
    try:
        if any(StoredFile.of(path).sha256 != sha256 for path, sha256 in _local_files(lock)):
            return None
        said: dict[str, Any] = {
            "rules": rules_of(*_ROOMS),
            "libraries": [version_of(each) for each in _LIBRARIES],
            "lock": hashlib.sha256(text.encode()).hexdigest(),
            "projects": [project_digest(Path(each.directory)) for each in lock.packages if each.directory],
            "indexes": [session.indexes, session.index_origin, session.ignored_indexes, session.mirror],
            "build-constraints": [(each, StoredFile.of(Path(each)).sha256) for each in session.build_constraints],
            "roots": [hashlib.sha256(read_file(each)).hexdigest() for each in session.signer_roots],
            "host": host_facts(),
            "epoch": said_epoch(session) if any(each.is_source for each in lock.packages) else None,
        }
    except (OSError, TooLargeError, BundleError):
        return None
    return json.dumps(said, sort_keys=True)


def _local_files(lock: Lock) -> Iterator[tuple[Path, str | None]]:
    files = [each.file for each in lock.all_packages]
    files += [each.file for each in (lock.runtime, lock.boot) if each is not None]
    for each in files:
        if each is not None and each.path is not None:
            yield Path(each.path), each.sha256
