"""What the stages ask of the outside world; ``fetch`` and ``convert`` answer, and ``pipeline`` passes the answers in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.model.artifact import Artifact, StoredFile
    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """An answer over HTTP (or of a ``file:`` address): ``url`` after redirects, ``headers`` with lower-case names, the whole body."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport(Protocol):
    """Gets small things: index pages, metadata. Retries, authenticates, follows redirects, checks TLS. Safe from any thread."""

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        byte_range: tuple[int, int] | None = None,
        suffix: int | None = None,
        cache: bool = False,
        most: int | None = None,
    ) -> Response:
        """Fetch ``url``; 200, 206, 404, 410 and 416 are returned, whatever else is wrong raises NetworkError.

        ``byte_range`` asks for bytes first to last, inclusive, ``suffix`` for the last so many bytes (RFC 9110, 14); a server
        may ignore either and send all (200). ``cache``: an answer kept from an earlier run may serve as long as its
        Cache-Control allows. ``most``: bytes that the answer may have, unpacked (NetworkError ``network-too-large``).
        """


class Cache(Protocol):
    """Remembers derived data that is for ever right, such as the METADATA of a wheel with a given hash.

    A key holds all that the data was derived from: what a stranger may claim (a hash) beside who claimed it (an address).
    """

    def load(self, kind: str, key: str) -> bytes | None: ...

    def save(self, kind: str, key: str, value: bytes) -> None: ...


class Shelf(Protocol):
    """Keeps files by their content; what it hands out was hashed just now."""

    def get(self, sha256: str, size: int | None = None) -> StoredFile | None:
        """The file of that hash; None: it isn't here."""

    def add(self, source: BinaryIO) -> StoredFile:
        """Keep what a stream gives; raises HostError where the disk refuses."""


class Fetcher(Protocol):
    """Gets files into the store and hands out paths of checked ones."""

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        """All ``artifacts``, in parallel; one without a sha256 is taken as it comes and its hash is in the answer.

        Raises IntegrityError when bytes don't fit, NetworkError when they can't be had.
        """


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SourceMetadata:
    """What an sdist or a local project says of itself for a target: core metadata (PEP 643) after its hook ran.

    ``requires_dist`` as in METADATA; ``build_requires`` what its build needs on the build host (PEP 518 and the dynamic ones);
    ``static`` when nothing was run to learn it; ``warnings`` are for people.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...]
    requires_python: str | None
    provides_extra: tuple[str, ...]
    build_requires: tuple[str, ...]
    static: bool
    warnings: tuple[str, ...] = ()


class SourceInspector(Protocol):
    """Learns an sdist's or a project's metadata, running its build hook where it must. ``convert`` has one."""

    def __call__(self, source: Path, *, name: str) -> SourceMetadata:
        """``source`` is an sdist's file or a project's folder; raises BuildError when it can't be learned."""
