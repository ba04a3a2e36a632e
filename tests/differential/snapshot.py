"""What an index said once: every project's list of files, and the resolving headers of the wheels that somebody asked for.

The same for our resolver (as a ``Transport``) and for the opinions (``serving`` puts it on a port), so that all of them look at one moment
of the index. No addresses, hashes or sizes are kept: what the pages say of them is made up, and nothing is downloaded.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import lzma
import re
import threading
from typing import TYPE_CHECKING, Any, Protocol

from bundler.errors import NetworkError
from bundler.model.ports import Response
from tests.differential.cases import ROOT
from tests.support.transports import FakeTransport, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.support.transports import Asked

JSON = "application/vnd.pypi.simple.v1+json"
_FILES = re.sub(r"simple/$", "files/", ROOT)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One file of a project's page."""

    filename: str
    requires_python: str | None
    yanked: bool


class Origin(Protocol):
    """Where a snapshot that is being made gets what it doesn't have."""

    def listing(self, project: str) -> tuple[Listed, ...] | None:
        """The files of ``project``; None: the index has no such project."""

    def metadata(self, project: str, filename: str) -> str | None:
        """The resolving headers of a wheel; None: it has none that can be read."""


class Snapshot(FakeTransport):
    """A transport. Without an ``origin`` it is only replayed: what wasn't recorded is an error."""

    def __init__(self, origin: Origin | None = None) -> None:
        super().__init__()
        self._origin = origin
        self._listings: dict[str, tuple[Listed, ...] | None] = {}
        self._metadata: dict[str, str | None] = {}
        self._pages: dict[str, bytes] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def page(self, project: str) -> bytes | None:
        """The page of the Simple API (PEP 691), addresses relative to it; None: no such project."""
        listing = self._listing(project)
        if listing is None:
            return None
        if project not in self._pages:
            self._pages[project] = _page(project, listing)
        return self._pages[project]

    def metadata(self, filename: str) -> str | None:
        """What a wheel's metadata file (PEP 658) says; None: it has none."""
        with self._guard(filename):
            if filename not in self._metadata:
                if self._origin is None:
                    raise _missing(f"the metadata of {filename}")
                project = re.sub(r"[-_.]+", "-", filename.partition("-")[0]).lower()
                self._metadata[filename] = self._origin.metadata(project, filename)
            return self._metadata[filename]

    def _listing(self, project: str) -> tuple[Listed, ...] | None:
        with self._guard(project):
            if project not in self._listings:
                if self._origin is None:
                    raise _missing(f"the page of {project}")
                self._listings[project] = self._origin.listing(project)
            return self._listings[project]

    def _guard(self, key: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def answer(self, asked: Asked) -> Response:
        url = asked.url
        if url.startswith(_FILES) and url.endswith(".whl.metadata"):
            text = self.metadata(url.removeprefix(_FILES).removesuffix(".metadata"))
            content = None if text is None else text.encode()
            kind = "text/plain"
        elif found := re.fullmatch(re.escape(ROOT) + "([^/]+)/", url):
            content, kind = self.page(found[1]), JSON
        else:
            raise _missing(url)
        if content is None:
            return not_found(url)
        return Response(url=url, status=200, headers={"content-type": kind}, content=content)

    def save(self, path: Path) -> None:
        """Write one JSON value a line, sorted, compressed; the same content always gives the same bytes."""
        lines: list[object] = [
            [name, None if listing is None else [_shortened(each) for each in listing]]
            for name, listing in sorted(self._listings.items())
        ]
        lines += [{"wheel": name, "says": text} for name, text in sorted(self._metadata.items())]
        text = "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in lines)
        path.write_bytes(lzma.compress(text.encode(), preset=6))

    def load(self, path: Path) -> None:
        """Add what ``save`` wrote."""
        for line in lzma.decompress(path.read_bytes()).decode().splitlines():
            value = json.loads(line)
            if isinstance(value, dict):
                self._metadata[value["wheel"]] = value["says"]
            else:
                name, files = value
                self._listings[name] = None if files is None else tuple(map(_lengthened, files))


def _shortened(file: Listed) -> str | list[str | bool | None]:
    if file.yanked:
        return [file.filename, file.requires_python, True]
    return [file.filename, file.requires_python] if file.requires_python else file.filename


def _lengthened(said: Any) -> Listed:
    filename, requires_python, yanked = (*([said] if isinstance(said, str) else said), None, None)[:3]
    return Listed(filename=filename, requires_python=requires_python, yanked=yanked is not None)


def _page(project: str, listing: Sequence[Listed]) -> bytes:
    page = {"meta": {"api-version": "1.1"}, "name": project, "versions": [], "files": [_file(each) for each in listing]}
    return json.dumps(page).encode()


def _file(listed: Listed) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "filename": listed.filename,
        "url": f"../../files/{listed.filename}",
        # nobody ever reads the file; without a hash our resolver would, to learn it
        "hashes": {"sha256": hashlib.sha256(listed.filename.encode()).hexdigest()},
        "yanked": listed.yanked,
    }
    if listed.requires_python is not None:
        entry["requires-python"] = listed.requires_python
    if listed.filename.endswith(".whl"):
        entry["core-metadata"] = True
    return entry


def _missing(what: str) -> NetworkError:
    return NetworkError(
        "not-recorded",
        f"{what} isn't among the recorded answers",
        hint="`python -m tests.differential.record` asks the index for what is missing",
    )
