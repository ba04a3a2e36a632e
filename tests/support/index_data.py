"""What the local index knows of its files, its faults and the requests it got."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """One file as the index's page tells of it; ``sha256`` and ``size`` may be wrong on purpose, None leaves them out, and so it is with ``upload_time``; ``query``: of its address, which is asked for;
    ``provenance``: what the index says of who published it (PEP 740).
    """

    filename: str
    project: str
    content: bytes
    sha256: str | None
    size: int | None
    requires_python: str | None
    yanked: str | bool
    upload_time: object
    metadata: bytes | None
    query: str = ""
    provenance: bytes | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that goes wrong for the next ``times`` requests of a path (None: for all).

    ``status``: this answer (with ``headers``) and nothing else. ``cut``: the connection breaks after so many bytes of the
    body. ``stall``: after ``cut`` bytes (0: before the header) nothing comes, until the client gives up.
    ``truncate``: a complete answer of only so many bytes. ``flip``: the right length with one byte wrong.
    ``redirect``: 302 to there. ``pause``: so many seconds between blocks of 64 KiB.
    """

    times: int | None = 1
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    stall: bool = False
    truncate: int | None = None
    flip: bool = False
    redirect: str | None = None
    pause: float = 0


@dataclasses.dataclass(kw_only=True, slots=True)
class Request:
    """One request as it came, header names in lower case; ``status`` and ``sent`` (bytes of the body) of the answer."""

    method: str
    path: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0
