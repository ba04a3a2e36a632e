"""What indexes and files say, fetched ahead of the solver by many threads, and once only.

A project's page leads to its newest fitting file, that file's metadata to its dependencies, and those to their pages, without waiting
for the solver, which nearly always takes the same way. What was fetched ahead changes no answer: it is only there earlier.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from packaging.utils import canonicalize_name

from bundler.errors import BundleError, IntegrityError, NetworkError
from bundler.formats.core_metadata import (
    CoreMetadata,
    MalformedMetadataError,
    parse_metadata,
    reduced,
    same_version,
)
from bundler.formats.wheel_limits import LARGEST_TEXT
from bundler.model.secret_queries import has_secrets
from bundler.resolve.dependencies import Dependency, active
from bundler.resolve.growing_pool import GrowingPool
from bundler.resolve.markers import MarkerEvaluator, UnstatedMarkerError
from bundler.resolve.page_bounds import PagesTaken
from bundler.resolve.project_versions import Project
from bundler.resolve.releases import releases_of, version_of
from bundler.resolve.remote_wheel import RemoteFile, read_metadata
from bundler.resolve.request import ALL
from bundler.resolve.routes import load_page
from bundler.resolve.solver_bounds import MOST_AHEAD, MOST_EXTRAS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from types import TracebackType

    from bundler.model.ports import Cache, Transport
    from bundler.resolve.file_checks import FileJudge
    from bundler.resolve.request import Request
    from bundler.resolve.simple_api import ProjectFile

_KIND = "metadata-2"
_MOST_DEPENDENCIES = 10_000
"""Of one wheel; those with the most, bundles of stubs for whole clouds, have some hundreds."""
_T = TypeVar("_T")


class Library:
    """Pages and wheels' metadata for one request. A context manager: leaving it ends the threads."""

    def __init__(
        self, request: Request, judge: FileJudge, evaluator: MarkerEvaluator, transport: Transport, cache: Cache
    ) -> None:
        self._request = request
        self._judge = judge
        self._evaluator = evaluator
        self._transport = transport
        self._cache = cache
        self._pool = GrowingPool()
        self._pages = PagesTaken()
        self._lock = threading.Lock()
        self._projects: dict[str, Future[Project]] = {}
        self._metadata: dict[tuple[str, ...], Future[CoreMetadata]] = {}
        self._expected: set[tuple[str, str, tuple[str, ...]]] = set()
        self._asked: set[str] = set()
        self.own: set[str] = set()
        """Names (normalized) that come from no index: none is asked for them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def project(self, name: str) -> Project:
        """The project ``name`` (normalized); raises NetworkError."""
        self._asked.add(name)
        return self._page_future(name).result()

    def metadata(self, name: str, file: ProjectFile) -> CoreMetadata:
        """The metadata of a wheel; raises MalformedMetadataError, IntegrityError, NetworkError."""
        return self._metadata_future(name, file).result()

    def expect(self, dependencies: Iterable[Dependency]) -> None:
        """Begin to fetch what these will probably need. Never raises: the solver will ask again and learn of errors."""
        for each in dependencies:
            key = (each.name, str(each.specifier), each.extras)
            with self._lock:
                if each.url is not None or each.name in self.own or key in self._expected:
                    continue
                if each.name not in self._projects and len(self._projects) >= len(self._asked) + MOST_AHEAD:
                    continue  # where the solver comes here, it asks by itself
                self._expected.add(key)
            self._page_future(each.name).add_done_callback(partial(self._ahead, self._follow_page, each))

    def expect_metadata(self, name: str, files: Iterable[ProjectFile]) -> None:
        """Begin to fetch the metadata of these wheels. Never raises."""
        for file in files:
            self._metadata_future(name, file)

    def _ahead(self, follow: Callable[[_T, Dependency], None], dependency: Dependency, future: Future[_T]) -> None:
        if future.cancelled():
            return
        # a pool that is shutting down takes nothing more: then nobody needs it either
        with contextlib.suppress(BundleError, MalformedMetadataError, UnstatedMarkerError, RuntimeError):
            follow(future.result(), dependency)

    def _follow_page(self, project: Project, dependency: Dependency) -> None:
        prereleases = bool({ALL, project.name} & self._request.prereleases)
        preferred = self._request.preferences.get(project.name)
        for _, file in project.choices(dependency.specifier, prereleases=prereleases, preferred=preferred):
            if file.filename.endswith(".whl"):
                future = self._metadata_future(project.name, file)
                future.add_done_callback(partial(self._ahead, self._follow_metadata, dependency))
            return

    def _follow_metadata(self, metadata: CoreMetadata, dependency: Dependency) -> None:
        for extra in ("", *dependency.extras[:MOST_EXTRAS]):
            self.expect(active(metadata.requires_dist, extra, self._evaluator))

    def _page_future(self, name: str) -> Future[Project]:
        with self._lock:
            future = self._projects.get(name)
            if future is None:
                future = self._projects[name] = self._pool.submit(self._load_project, name)
        return future

    def _metadata_future(self, name: str, file: ProjectFile) -> Future[CoreMetadata]:
        # two pages may name one address and say different things of it
        key = (name, file.filename, _origin(file))
        with self._lock:
            future = self._metadata.get(key)
            if future is None:
                future = self._metadata[key] = self._pool.submit(self._load_metadata, name, file)
        return future

    def _load_project(self, name: str) -> Project:
        found = load_page(name, self._request.indexes, self._transport, self._pages)
        if found is None:
            return Project(name=name)
        page, index = found
        return Project(
            name=name,
            page=page,
            index=index,
            releases=releases_of(name, page, self._judge),
            sdists_first=self._request.sdists == "prefer",
            refused=self._judge.gate.project_refusal(name, page),
        )

    def _load_metadata(self, name: str, file: ProjectFile) -> CoreMetadata:
        return load_metadata(name, file, self._transport, self._cache)


def load_metadata(name: str, file: ProjectFile, transport: Transport, cache: Cache) -> CoreMetadata:
    """A wheel's metadata: kept from before, its metadata file (PEP 658), or METADATA out of the wheel itself.

    Raises MalformedMetadataError when there is none that belongs to ``name`` and the version in the file's name,
    IntegrityError (``metadata-hash``) when the metadata file isn't what the index says, NetworkError.
    """
    # what a page says of a file's hash is that page's word: only the address that answered can answer again
    key = _origin(file)
    kept = cache.load(_KIND, key) if file.sha256 else None
    if kept is not None:
        with contextlib.suppress(MalformedMetadataError):
            return _checked(name, file, parse_metadata(kept))
    content = _metadata_file(file, transport) if file.metadata else None
    if content is None:
        with RemoteFile(transport, file.url, file.size) as remote:
            content = read_metadata(remote, file.filename)
            if remote.whole is not None and file.sha256 and hashlib.sha256(remote.whole).hexdigest() != file.sha256:
                raise MalformedMetadataError("its bytes aren't those that the index says (sha256)")
    if len(content) > LARGEST_TEXT:
        raise MalformedMetadataError(f"its METADATA is {len(content)} bytes long")
    metadata = _checked(name, file, parse_metadata(content))
    if file.sha256:
        cache.save(_KIND, key, reduced(metadata))
    return metadata


def _origin(file: ProjectFile) -> str:
    """All that a page says of where a wheel's metadata comes from, and of what it is."""
    return f"{file.url}\n{file.sha256}\n{file.metadata}\n{file.metadata_sha256 or ''}"


def _metadata_file(file: ProjectFile, transport: Transport) -> bytes | None:
    if has_secrets(file.url):  # a signature of the wheel's address is none of the other's
        return None
    path, question, query = file.url.partition("?")
    url = f"{path}.metadata{question}{query}"
    try:
        response = transport.get(url, most=LARGEST_TEXT)
    except NetworkError as error:
        if error.reference != "network-too-large":
            raise
        raise MalformedMetadataError(f"its METADATA has more than {LARGEST_TEXT} bytes") from None
    if response.status != 200:  # noqa: PLR2004
        return None
    if file.metadata_sha256 and hashlib.sha256(response.content).hexdigest() != file.metadata_sha256:
        raise IntegrityError(
            "metadata-hash",
            f"the metadata of {file.filename} isn't what its index says: another sha256",
            context=(url,),
            hint="the index, or something between it and this host, is broken; nothing was taken from it",
        )
    return response.content


def _checked(name: str, file: ProjectFile, metadata: CoreMetadata) -> CoreMetadata:
    if len(metadata.requires_dist) > _MOST_DEPENDENCIES:
        raise MalformedMetadataError(f"its METADATA has {len(metadata.requires_dist)} dependencies")
    if canonicalize_name(metadata.name) != name:
        raise MalformedMetadataError(f"its METADATA says that it is {metadata.name}")
    if not same_version(metadata.version, version_of(file.filename)):
        raise MalformedMetadataError(f"its METADATA says that it is version {metadata.version}")
    return metadata
