"""A package index in memory: the transport that a resolution asks, and what else it needs, without a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from bundler.errors import BuildError, InputError
from bundler.formats.core_metadata import parse_metadata
from bundler.model.ports import Response, SourceMetadata
from bundler.model.target import Target
from bundler.resolve import IndexRoute, LocalProject, Request, Resolution, ResolverPorts, Wanted, resolve_advised
from bundler.resolve.file_gate import Gate
from tests.support.index_data import Published
from tests.support.index_pages import html_page, json_page
from tests.support.reporters import Remembering
from tests.support.transports import Asked, FakeTransport, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.artifact import Artifact
    from bundler.resolve.request import Sdists

ROOT = "https://index.test/simple/"


class Shelf(FakeTransport):
    """A transport over files that were added. ``asked`` are the requests as text, in any order.

    ``ranges``: byte ranges are honoured. ``digests``: pages say sha256. Several shelves can stand behind one ``Hall``.
    """

    def __init__(
        self,
        *files: Path,
        root: str = ROOT,
        format: Literal["json", "html"] = "json",  # noqa: A002 - the word that everybody knows it by
        metadata: bool = False,
        ranges: bool = True,
        digests: bool = True,
    ) -> None:
        super().__init__()
        self.root, self.format, self.metadata, self.ranges, self.digests = root, format, metadata, ranges, digests
        self.answers: dict[str, Response] = {}
        self._base = re.sub(r"simple/$", "files", root)
        self._pages: dict[str, list[Published]] = {}
        self._contents: dict[str, bytes] = {}
        self._status: dict[str, tuple[str, str]] = {}
        self._spoilt: dict[str, Mapping[str, Any]] = {}
        for each in files:
            self.add(each)

    def add(
        self,
        path: Path,
        *,
        project: str | None = None,
        yanked: str | bool = False,
        requires_python: str | None = None,
        sha256: str | None = None,
        metadata: bytes | None = None,
        upload_time: object = "2024-05-06T07:08:09Z",
    ) -> None:
        content = path.read_bytes()
        name = project or _project(path.name)
        self._contents[f"{self._base}/{path.name}"] = content
        if metadata is not None:
            self._contents[f"{self._base}/{path.name}.metadata"] = metadata
        self._pages.setdefault(canonicalize_name(name), []).append(
            Published(
                filename=path.name,
                project=name,
                content=content,
                sha256=(sha256 or hashlib.sha256(content).hexdigest()) if self.digests else None,
                size=len(content),
                requires_python=requires_python,
                yanked=yanked,
                upload_time=upload_time,
                metadata=metadata,
            )
        )

    def say(self, project: str, status: str, reason: str = "") -> None:
        self._status[project] = (status, reason)
        self._pages.setdefault(project, [])

    def spoil(self, filename: str, changes: Mapping[str, Any]) -> None:
        """Let a page in JSON say this of a file."""
        self._spoilt[filename] = changes

    def file_url(self, filename: str) -> str:
        return f"{self._base}/{filename}"

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(each.url, _range(each)) for each in self.requests]

    def answer(self, asked: Asked) -> Response:
        url = asked.url
        if url in self.answers:
            return self.answers[url]
        if url in self._contents:
            return (asked if self.ranges else Asked(url=url)).out_of(self._contents[url])
        found = re.fullmatch(re.escape(self.root) + "([^/]+)/", url)
        if found is None or found[1] not in self._pages:
            return not_found(url)
        page = json_page if self.format == "json" else html_page
        kind = "application/vnd.pypi.simple.v1+json" if self.format == "json" else "text/html"
        content = page(found[1], self._pages[found[1]], "../../files", self._status.get(found[1]))
        if self._spoilt:
            said = json.loads(content)
            for each in said["files"]:
                each.update(self._spoilt.get(each["filename"], {}))
            content = json.dumps(said).encode()
        return Response(url=url, status=200, headers={"content-type": kind}, content=content)


class Hall(FakeTransport):
    """Several shelves behind one transport."""

    def __init__(self, *shelves: Shelf) -> None:
        super().__init__()
        self._shelves = shelves

    def answer(self, asked: Asked) -> Response:
        for each in self._shelves:
            if asked.url.startswith(each.root.removesuffix("simple/")):
                return each.get(asked.url, byte_range=asked.byte_range, suffix=asked.suffix)
        return not_found(asked.url)


class MemoryCache:
    """``bundler.model.ports.Cache`` in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load(self, kind: str, key: str) -> bytes | None:
        return self.kept.get((kind, key))

    def save(self, kind: str, key: str, value: bytes) -> None:
        self.kept[kind, key] = value


def inspect(source: Path, *, name: str) -> SourceMetadata:
    """What the sdist's PKG-INFO or the folder's pyproject.toml says, taken as it stands."""
    del name
    if source.is_dir():
        if not (source / "pyproject.toml").is_file():
            raise BuildError("not-a-project", f"{source} is not a Python project")
        project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project.get("optional-dependencies", {})
        more = tuple(f'{each} ; extra == "{extra}"' for extra, wanted in extras.items() for each in wanted)
        return SourceMetadata(
            name=project["name"],
            version=project.get("version", ""),
            requires_dist=(*project.get("dependencies", ()), *more),
            requires_python=project.get("requires-python"),
            provides_extra=tuple(extras),
            build_requires=(),
            static=True,
            warnings=tuple(project.get("keywords", ())),
        )
    with tarfile.open(source) as archive:
        member = next(each for each in archive.getnames() if each.count("/") == 1 and each.endswith("/PKG-INFO"))
        stream = archive.extractfile(member)
        assert stream is not None
        told = parse_metadata(stream.read())
    return SourceMetadata(
        name=told.name,
        version=told.version,
        requires_dist=told.requires_dist,
        requires_python=told.requires_python,
        provides_extra=tuple(told.extras),
        build_requires=("setuptools",),
        static=True,
    )


class Downloads:
    """A ``fetch_source`` over a shelf: writes what was asked for into ``folder``."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf, self._folder = shelf, folder
        self.fetched: list[str] = []

    def __call__(self, artifact: Artifact) -> Path:
        self.fetched.append(artifact.filename)
        if artifact.path is not None:
            if not os.path.isfile(artifact.path):  # noqa: PTH113 - as the real one, whatever the name is
                raise InputError("file-missing", f"{artifact.path} can't be read")
            return Path(artifact.path)
        path = self._folder / artifact.filename
        path.write_bytes(self._shelf.get(artifact.url or "").content)
        return path


def answer(
    shelf: Shelf | Hall,
    *wanted: str,
    folder: Path,
    python: str = "3.11.9",
    platform: str = "win_amd64",
    markers: Mapping[str, str] | None = None,
    constraints: tuple[str, ...] = (),
    projects: tuple[LocalProject, ...] = (),
    prereleases: frozenset[str] = frozenset(),
    preferences: Mapping[str, str] | None = None,
    sdists: Sdists = "fallback",
    build: frozenset[str] = frozenset(),
    hashes: Mapping[str, frozenset[str]] | None = None,
    indexes: tuple[IndexRoute, ...] | None = None,
    gate: Gate | None = None,
    told: Remembering | None = None,
    cache: MemoryCache | None = None,
    records: bool = False,
) -> Resolution:
    """Resolve ``wanted`` for a target, all of it in memory."""
    request = Request(
        target=Target.of(python, platform, markers=markers),
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        constraints=tuple(Wanted(each, "constraints") for each in constraints),
        projects=projects,
        prereleases=prereleases,
        preferences=preferences or {},
        sdists=sdists,
        build=build,
        hashes=hashes or {},
        indexes=indexes if indexes is not None else (IndexRoute(ROOT),),
        gate=gate or Gate(),
        records=records,
    )
    return resolve_advised(request, ports_of(shelf, folder, told, cache))


def ports_of(
    shelf: Shelf | Hall, folder: Path, told: Remembering | None = None, cache: MemoryCache | None = None
) -> ResolverPorts:
    """All in memory, but for what is fetched to be inspected, which comes into ``folder``."""
    return ResolverPorts(
        transport=shelf,
        cache=cache or MemoryCache(),
        inspect=inspect,
        fetch_source=Downloads(shelf if isinstance(shelf, Shelf) else Shelf(), folder),
        reporter=told or Remembering(),
    )


def pins(resolution: Resolution) -> dict[str, str]:
    """Name -> version."""
    return {each.name: each.version for each in resolution.packages}


def _range(asked: Asked) -> str:
    if asked.byte_range:
        return f"{asked.byte_range[0]}-{asked.byte_range[1]}"
    return f"-{asked.suffix}" if asked.suffix else ""


def _project(filename: str) -> str:
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[0]
    return parse_sdist_filename(filename)[0]
