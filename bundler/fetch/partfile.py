"""A file that is coming: what is there of it, hashed as it grows, and what is left to ask for."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, BinaryIO

from bundler.errors import HostError, IntegrityError, NetworkError
from bundler.fetch.disk_errors import disk_error
from bundler.fetch.retry import TransientError
from bundler.fetch.store import BLOCK, check, size_mismatch, too_large
from bundler.fetch.urls import redact
from bundler.foreign import whole_number
from bundler.model.artifact import Checksum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests

    from bundler.fetch.store import Store
    from bundler.fetch.transport import HttpTransport
    from bundler.model.artifact import Artifact, StoredFile

_PARTIAL, _UNSATISFIABLE = 206, 416
_GONE = frozenset({404, 410})


class PartFile:
    """One artifact on its way into ``path``. ``length`` bytes are there; ``resumed``: some of them from an earlier run.

    ``most``: bytes that it may have where nobody said its size.
    """

    def __init__(self, artifact: Artifact, path: Path, file: BinaryIO, most: int) -> None:
        self.artifact, self.path = artifact, path
        self.most = most if artifact.size is None else artifact.size
        self._file = file
        self._etag: str | None = None
        self._found = Checksum.of(file)
        self.resumed = self.length > 0
        self._furthest = self.length
        if artifact.size is not None and self.length >= artifact.size and not self.sound:
            self.restart()

    @property
    def length(self) -> int:
        return self._found.size

    @property
    def sound(self) -> bool:
        """Whether what is there has the expected hash."""
        return self.artifact.sha256 in (None, self._found.sha256)

    def restart(self) -> None:
        """Forget what is there."""
        self._file.seek(0)
        self._file.truncate()
        self._found, self.resumed = Checksum(), False

    def gained(self) -> int:
        """Bytes since the furthest that any attempt came: what is sent again and again is no progress."""
        gained = max(0, self.length - self._furthest)
        self._furthest += gained
        return gained

    def append(self, block: bytes) -> None:
        size = self.artifact.size
        if size is not None and self.length + len(block) > size:
            raise size_mismatch(
                self.length + len(block), size, filename=self.artifact.filename, origin=redact(self.artifact.origin)
            )
        self._bound(self.length + len(block))
        try:
            self._file.write(block)
        except OSError as error:
            raise disk_error(error, self.path, needed=None if size is None else size - self.length) from None
        self._found.update(block)

    def _bound(self, length: int) -> None:
        """Nobody said how large it is: a server could send for ever."""
        if self.artifact.size is None and length > self.most:
            raise too_large(self.artifact.filename, self.most, origin=redact(self.artifact.origin))

    def headers(self) -> dict[str, str]:
        """What a request for the rest says (RFC 9110, 13.1.5 and 14.2)."""
        wanted = {"accept": "*/*", "accept-encoding": "identity"}
        if self.length:
            wanted["range"] = f"bytes={self.length}-"
            if self._etag:
                wanted["if-range"] = self._etag
        return wanted

    def begin(self, answer: requests.Response) -> int | None:
        """Take an answer's header; the whole file's size if it says so. Starts anew where the rest isn't what comes."""
        if answer.status_code in _GONE:
            raise NetworkError(
                "download-missing",
                f"{self.artifact.filename} is not there ({answer.status_code})",
                context=(redact(self.artifact.origin),),
                hint="check the address; if the lock has it, the file was removed since: lock again with --upgrade-package, or "
                "use a mirror that has it",
            )
        if answer.status_code == _UNSATISFIABLE:
            self.restart()
            raise TransientError("network-status", f"{self.artifact.filename} could not be resumed")
        total = whole_number(answer.headers.get("content-length"))
        if answer.status_code == _PARTIAL:
            found = re.fullmatch(r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)", answer.headers.get("content-range", ""))
            if found is None or whole_number(found[1]) != self.length:
                self.restart()
                raise TransientError("network-status", f"{self.artifact.filename} was resumed at the wrong place")
            total = whole_number(found[2])
        elif self.length:
            self.restart()
        etag = answer.headers.get("etag", "")
        self._etag = etag if etag.startswith('"') else None
        if total is not None and self.artifact.size is not None and total != self.artifact.size:
            origin = redact(self.artifact.origin)
            raise size_mismatch(total, self.artifact.size, filename=self.artifact.filename, origin=origin)
        self._bound(total or 0)
        return total

    def demand_whole(self, total: int | None) -> None:
        """Raises TransientError where an answer ended before ``total``, as a range may that is shorter than what was asked for."""
        if total is not None and self.length < total:
            raise TransientError(
                "network-status", f"{self.artifact.filename} broke off after {self.length} of {total} bytes"
            )

    def finish(self, store: Store) -> StoredFile:
        """Check the whole and move it into the store; raises IntegrityError."""
        with store.disk(self.path):
            self._file.close()
        check(
            self._found,
            sha256=self.artifact.sha256,
            size=self.artifact.size,
            filename=self.artifact.filename,
            origin=redact(self.artifact.origin),
        )
        return store.adopt(self.path, self._found)


def receive(
    part: PartFile,
    transport: HttpTransport,
    *,
    watch: Callable[[requests.Response], contextlib.AbstractContextManager[None]],
    progress: Callable[[int, int | None], None],
) -> None:
    """One attempt to get what is missing. ``watch`` surrounds the reading of an answer; ``progress`` hears of each block, with
    the length so far and the whole size if it is known. Raises TransientError, which knows how much came.
    """
    url = part.artifact.url or ""
    try:
        with (
            transport.waiting(url) as wait,
            transport.open(url, part.headers(), part.most) as (_, answer),
        ):
            total = part.begin(answer)
            progress(part.length, total)
            with watch(answer):
                while block := _next(transport, answer, url):
                    part.append(block)
                    wait.touch()
                    progress(part.length, total)
            part.demand_whole(total)
    except TransientError as error:
        error.progress = part.gained()
        raise


@contextlib.contextmanager
def part_file(artifact: Artifact, path: Path, store: Store, most: int) -> Iterator[PartFile]:
    """``path`` opened to go on with. It stays where the network failed, and is removed where it is of no use."""
    largest = most if artifact.size is None else artifact.size
    mode = "r+b" if path.exists() and path.stat().st_size <= largest else "w+b"
    try:
        with store.writing(path, mode, needed=artifact.size) as file:
            yield PartFile(artifact, path, file, most)
    except BaseException as error:
        with contextlib.suppress(OSError):
            if isinstance(error, (IntegrityError, HostError)) or _endless(error) or path.stat().st_size == 0:
                path.unlink()
        raise


def _endless(error: BaseException) -> bool:
    return isinstance(error, NetworkError) and error.reference == "network-too-large"


def _next(transport: HttpTransport, answer: requests.Response, url: str) -> bytes:
    with transport.reading(url):
        # read1: a block is what has come; a full one would be lost together with a connection that breaks
        block: bytes = answer.raw.read1(BLOCK, decode_content=False)
        return block
