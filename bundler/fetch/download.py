"""Many files at once into the store: the largest first, resumed where they were cut, every byte hashed."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BundleError, InputError, reason_of
from bundler.fetch.disk_errors import disk_error, disk_full, free_bytes
from bundler.fetch.partfile import part_file, receive
from bundler.fetch.retry import TransientError
from bundler.fetch.urls import file_path, redact
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import requests

    from bundler.fetch.partfile import PartFile
    from bundler.fetch.store import Store
    from bundler.fetch.transport import HttpTransport
    from bundler.model.artifact import Artifact, StoredFile
    from bundler.report import Reporter, Track

PARALLEL = 8
_TOLD_AFTER = 100
"""Tenths of a second that another run is waited for."""
_LEAVE_SECONDS = 3.0
"""How long the others may take to end once one failed; they are daemons, and nothing waits for them longer."""


class Downloads:
    """``bundler.model.ports.Fetcher``. ``free`` says the room on a folder's disk in bytes, None if it can't."""

    def __init__(
        self,
        transport: HttpTransport,
        store: Store,
        *,
        parallel: int = PARALLEL,
        free: Callable[[Path], int | None] = free_bytes,
    ) -> None:
        self._transport = transport
        self._store = store
        self._parallel = parallel
        self._free = free

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        """See ``bundler.model.ports.Fetcher.fetch``. What broke off is resumed by the next call, also in another run.

        Raises IntegrityError, NetworkError, HostError (``disk-full``), InputError (``file-missing``); KeyboardInterrupt ends it promptly.
        """
        if not artifacts:
            return {}
        self._store.sweep()
        self._check_room(artifacts)
        groups: dict[tuple[str | None, ...], list[Artifact]] = {}
        for each in artifacts:
            same = (each.sha256, str(each.size)) if each.sha256 else (each.url, each.path)
            groups.setdefault(same, []).append(each)
        todo = sorted((group[0] for group in groups.values()), key=lambda each: -(each.size or 1 << 62))
        with reporter.track(
            f"{len(todo)} file{'s' * (len(todo) != 1)}", sum(each.size or 0 for each in todo) or None
        ) as overall:
            run = _Run(self._transport, self._store, reporter, overall, todo)
            run.work(min(self._parallel, len(todo)))
        return {each: run.found[group[0]] for group in groups.values() for each in group}

    def _check_room(self, artifacts: Sequence[Artifact]) -> None:
        missing = {
            each.sha256 or each.origin: each.size or 0
            for each in artifacts
            if each.sha256 is None or not self._store.path_of(each.sha256).exists()
        }
        needed, free = sum(missing.values()), self._free(self._store.root)
        if free is not None and needed > free:
            raise disk_full(self._store.root, needed=needed, free=free)


class _EndedError(Exception):
    """Another file failed, or the user interrupted: this one is of no interest any more."""


def _wake(answer: requests.Response) -> None:
    """Let the thread that waits for more of ``answer`` have an error or its end."""
    answer.raw.shutdown()
    if sys.platform == "win32" and (reading := answer.raw.connection.sock):
        # Windows refuses what is read from then on, and lets it wait that waits already: until the socket is closed
        socket.close(reading.detach())


class _Run:
    """The state of one call of ``fetch``."""

    def __init__(
        self, transport: HttpTransport, store: Store, reporter: Reporter, overall: Track, todo: list[Artifact]
    ) -> None:
        self._transport, self._store, self._reporter, self._overall = transport, store, reporter, overall
        self._waiting = list(reversed(todo))
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._reading: set[requests.Response] = set()
        self._error: BaseException | None = None
        self.found: dict[Artifact, StoredFile] = {}

    def work(self, threads: int) -> None:
        """Do it all, with so many threads; raises the first error."""
        workers = [threading.Thread(target=self._worker, daemon=True) for _ in range(threads)]
        try:
            for each in workers:
                each.start()
            for each in workers:
                while each.is_alive():  # in slices: on Windows an unlimited wait can't be interrupted
                    each.join(0.2)
                    if self._ended.is_set():
                        break
        except BaseException:
            self._end()
            raise
        finally:
            for each in workers:
                each.join(_LEAVE_SECONDS / threads if self._ended.is_set() else None)
        if self._error is not None:
            raise self._error

    def _end(self) -> None:
        """Wake whoever waits or reads."""
        self._ended.set()
        with self._lock:
            for each in self._reading:
                with contextlib.suppress(Exception):  # it may just have come to its end by itself
                    _wake(each)

    def _worker(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                if not self._waiting:
                    return
                artifact = self._waiting.pop()
            try:
                self.found[artifact] = self._obtain(artifact)
            except _EndedError:
                return
            except BaseException as error:  # noqa: BLE001 - the calling thread raises it
                with self._lock:
                    if not self._ended.is_set():
                        self._error = error
                        self._ended.set()
                self._end()
                return

    def _obtain(self, artifact: Artifact) -> StoredFile:
        if artifact.sha256 is not None and (stored := self._store.get(artifact.sha256, artifact.size)):
            self._overall.advance(artifact.size or 0)
            return stored
        local = artifact.path or file_path(artifact.url or "")
        if local is not None:
            return self._copied(artifact, Path(local))
        if artifact.sha256 is None:
            with self._store.temporary() as path:
                return self._downloaded(artifact, path)
        return self._shared(artifact, artifact.sha256)

    def _copied(self, artifact: Artifact, path: Path) -> StoredFile:
        try:
            with open_plain(path) as stream:
                stored = self._store.add(
                    stream,
                    sha256=artifact.sha256,
                    size=artifact.size,
                    origin=str(path),
                    most=self._transport.settings.max_download,
                )
        except OSError as error:
            raise InputError(
                "file-missing",
                f"{path} can't be read: {reason_of(error)}",
                hint="put the file there, or change the recipe and lock again",
            ) from None
        self._overall.advance(artifact.size or 0)
        return stored

    def _shared(self, artifact: Artifact, sha256: str) -> StoredFile:
        """Download into the part file that all runs share; only one of them at a time writes to it."""
        from filelock import FileLock, Timeout

        with self._store.disk(self._store.partial):
            self._store.partial.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._store.partial / f"{sha256}.lock")
        turns = itertools.count()
        while True:
            try:
                with lock.acquire(timeout=0):
                    # who held it until now may have brought the file, and let go just before we asked for the first time
                    stored = self._store.get(sha256, artifact.size)
                    if stored is None:
                        stored = self._downloaded(artifact, self._store.partial / f"{sha256}.part")
                    else:
                        self._overall.advance(artifact.size or 0)
                break
            except OSError as error:
                if not isinstance(error, Timeout):  # a kind of OSError
                    raise disk_error(error, Path(lock.lock_file)) from None
                if next(turns) == _TOLD_AFTER:  # it may be stopped, or its network
                    self._reporter.note(f"another run fetches {artifact.filename} into this store: waiting for it")
                if self._ended.wait(0.1):
                    raise _EndedError from None
        with contextlib.suppress(OSError):  # the file is in the store: whoever waits for the lock looks there first
            Path(lock.lock_file).unlink()
        return stored

    def _downloaded(self, artifact: Artifact, path: Path) -> StoredFile:
        with (
            part_file(artifact, path, self._store, self._transport.settings.max_download) as part,
            self._reporter.track(artifact.filename, artifact.size) as track,
        ):
            shown = _Shown(track, self._overall)
            retry = dataclasses.replace(self._transport.retry, sleep=self._pause)
            resumed = part.resumed
            if not (resumed and part.sound):
                retry.run(lambda: self._attempt(part, shown), url=redact(artifact.origin))
            if resumed and not part.sound:
                # what an earlier run left may have been damaged since: only the whole from the server counts
                part.restart()
                retry.run(lambda: self._attempt(part, shown), url=redact(artifact.origin))
            shown.up_to(part.length, part.length)
            return part.finish(self._store)

    def _attempt(self, part: PartFile, shown: _Shown) -> None:
        if self._ended.is_set():
            raise _EndedError
        try:
            receive(part, self._transport, watch=self._watched, progress=shown.up_to)
        except (BundleError, TransientError):
            if self._ended.is_set():
                raise _EndedError from None
            raise

    @contextlib.contextmanager
    def _watched(self, answer: requests.Response) -> Iterator[None]:
        with self._lock:
            if self._ended.is_set():
                raise _EndedError
            self._reading.add(answer)
        try:
            yield
        finally:
            with self._lock:
                self._reading.discard(answer)

    def _pause(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise _EndedError


class _Shown:
    """What the bars show: never backwards, although a download that begins anew does go back."""

    def __init__(self, track: Track, overall: Track) -> None:
        self._tracks = (track, overall)
        self._track = track
        self._length = 0
        self._sized = False

    def up_to(self, length: int, total: int | None) -> None:
        if total is not None and not self._sized:
            self._track.resize(total)
            self._sized = True
        if length > self._length:
            for each in self._tracks:
                each.advance(length - self._length)
            self._length = length
