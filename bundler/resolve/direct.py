"""Candidates that come from no index: direct addresses (PEP 508) and local projects, and everything's metadata."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name
from packaging.version import InvalidVersion

from bundler.errors import BuildError, BundleError, IntegrityError, NetworkError, ResolutionError
from bundler.foreign import read_version, read_wheel_name
from bundler.formats.core_metadata import CoreMetadata, MalformedMetadataError, same_version
from bundler.formats.wheel_reader import open_wheel
from bundler.model.artifact import Artifact
from bundler.model.vcs import VcsOrigin, is_vcs
from bundler.plain_file import hash_of
from bundler.resolve.candidate import Candidate
from bundler.resolve.direct_addresses import archive_at, unusable
from bundler.resolve.index_addresses import shown_url
from bundler.resolve.request import Rejected
from bundler.resolve.simple_api import ProjectFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from bundler.model.ports import SourceInspector, SourceMetadata
    from bundler.report import Reporter
    from bundler.resolve.dependencies import Dependency
    from bundler.resolve.file_checks import FileJudge
    from bundler.resolve.prefetch import Library
    from bundler.resolve.request import LocalProject

PinRepository = Callable[[str, str], tuple[Artifact, VcsOrigin]]
"""A package's name and an address in version control -> a file of the commit that it means; raises ValueError where it can't be one."""


def no_repositories(name: str, url: str) -> tuple[Artifact, VcsOrigin]:
    """Of a resolution that takes none."""
    raise ValueError(f"{name} comes from {shown_url(url)}, and nothing may come from a repository here")


class Sources:
    """Learns about what lies outside of indexes; asks the ``library`` for wheels that lie on one."""

    def __init__(
        self,
        library: Library,
        judge: FileJudge,
        inspect: SourceInspector,
        fetch_source: Callable[[Artifact], Path],
        reporter: Reporter,
        *,
        pin_repository: PinRepository = no_repositories,
    ) -> None:
        self._pin_repository = pin_repository
        self._library = library
        self._judge = judge
        self._inspect = inspect
        self._fetch_source = fetch_source
        self._reporter = reporter
        # by all that was said of a file: two pages may name one address, and two requirements one archive
        self._known: dict[tuple[str | None, ...], SourceMetadata] = {}
        self._direct: dict[tuple[str, str], tuple[Candidate, CoreMetadata]] = {}
        self.projects: dict[str, Candidate] = {}

    def add_projects(self, projects: Iterable[LocalProject]) -> None:
        """Learn the local projects; raises BuildError of the inspector, ResolutionError (``project-twice``, ``requirement-unusable``)."""
        for each in projects:
            path = str(each.path)
            stated = self._inspected((path,), each.path, "")  # its folder may be named otherwise
            name = canonicalize_name(stated.name)
            version = _direct_version(stated, path)
            if name in self.projects and self.projects[name].directory != path:
                raise ResolutionError(
                    "project-twice",
                    f"two local projects call themselves {name}",
                    context=(str(self.projects[name].directory), path),
                )
            self.projects[name] = Candidate(name=name, extra="", version=version, kind="directory", directory=path)

    def metadata(self, candidate: Candidate) -> CoreMetadata:
        """What ``candidate`` says of itself; raises MalformedMetadataError where it can't be used, BundleErrors."""
        file = candidate.file
        if file is None:
            if candidate.url is not None:
                return self._direct[candidate.name, candidate.url][1]
            return _metadata(
                self._inspected((str(candidate.directory),), Path(str(candidate.directory)), candidate.name)
            )
        if candidate.kind == "wheel":
            return self._library.metadata(candidate.name, file)
        key = (candidate.name, file.filename, file.url, file.sha256)
        stated = self._known.get(key)
        if stated is None:
            stated = self._unpacked(key, self._fetch_source(file.artifact()), candidate.name)
        metadata = _metadata(stated)
        if canonicalize_name(metadata.name) != candidate.name:
            raise MalformedMetadataError(f"it says of itself that it is {metadata.name}")
        if not same_version(metadata.version, candidate.version):
            raise MalformedMetadataError(f"it says of itself that it is version {metadata.version}")
        return metadata

    def direct(self, name: str, url: str) -> Candidate:
        """The candidate behind a direct address of ``name``; raises ResolutionError (``requirement-unusable``), BundleErrors."""
        if (name, url) not in self._direct:
            self._direct[name, url] = self._read_direct(name, url)
        return self._direct[name, url][0]

    def expect_repositories(self, wanted: Iterable[tuple[Dependency, str]]) -> None:
        """Fetch all of the user's own; raises ResolutionError (``requirement-unusable``) with all that can't be had, if there are several."""
        errors: list[tuple[str, BundleError]] = []
        for dependency, origin in wanted:
            if dependency.url is not None and is_vcs(dependency.url):
                try:
                    self.direct(dependency.name, dependency.url)
                except (BuildError, NetworkError, ResolutionError) as error:
                    errors.append((origin, error))
        if len(errors) == 1:
            raise errors[0][1]
        if errors:
            raise ResolutionError(
                "requirement-unusable",
                "requirements can't be taken from their repositories",
                context=tuple(
                    f"{origin}: {'; '.join((error.message, *error.context[-2:]))}" for origin, error in errors
                ),
                hint="; ".join(dict.fromkeys(error.hint for _, error in errors if error.hint)),
            )

    def _read_repository(self, name: str, url: str) -> tuple[Candidate, CoreMetadata]:
        try:
            artifact, origin = self._pin_repository(name, url)
        except ValueError as error:
            raise unusable(name, url, str(error)) from None
        if self._judge.hashed(name):
            raise unusable(name, url, "a repository has no --hash: its commit says what it is")
        stated = self._inspected((name, url), self._fetch_source(artifact), name)
        version = _direct_version(stated, url)
        candidate = Candidate(name=name, extra="", version=version, kind="vcs", artifact=artifact, url=url, vcs=origin)
        return _same_name(candidate, _metadata(stated), url)

    def _read_direct(self, name: str, url: str) -> tuple[Candidate, CoreMetadata]:
        if is_vcs(url):
            return self._read_repository(name, url)
        artifact = archive_at(name, url)
        if artifact.path is not None and os.path.isdir(artifact.path):  # noqa: PTH112 - a name that no disk can have is no folder
            stated = self._inspected((name, url), Path(artifact.path), name)
            candidate = Candidate(
                name=name,
                extra="",
                version=_direct_version(stated, url),
                kind="directory",
                directory=artifact.path,
                url=url,
            )
            return _same_name(candidate, _metadata(stated), url)
        path = self._fetch_source(artifact)
        artifact = Artifact(
            filename=artifact.filename,
            url=artifact.url,
            path=artifact.path,
            size=path.stat().st_size,
            sha256=hash_of(path),
        )
        file = ProjectFile(filename=artifact.filename, url=artifact.origin, sha256=artifact.sha256)
        verdict = self._judge.judge(name, file)
        if isinstance(verdict, Rejected):
            raise ResolutionError(
                "requirement-unusable",
                f"{name} can't be taken from {shown_url(url)}: {verdict.reason}",
                context=(name, f"the target is {self._judge.target}"),
            )
        if artifact.filename.endswith(".whl"):
            metadata = _wheel_metadata(artifact.filename, path, url)
        else:
            metadata = _metadata(self._inspected((name, url), path, name))
        version = _direct_version(metadata, url)
        candidate = Candidate(name=name, extra="", version=version, kind="archive", artifact=artifact, url=url)
        return _same_name(candidate, metadata, url)

    def _unpacked(self, key: tuple[str | None, ...], path: Path, name: str) -> SourceMetadata:
        """Of an index's sdist: one that can't be unpacked safely is a candidate that can't be used, and not the end."""
        try:
            return self._inspected(key, path, name)
        except IntegrityError as error:
            if not error.reference.startswith("archive-"):
                raise
            raise BuildError(error.reference, error.message, context=error.context, hint=error.hint) from error

    def _inspected(self, key: tuple[str | None, ...], path: Path, name: str) -> SourceMetadata:
        if key not in self._known:
            stated = self._inspect(path, name=name)
            for warning in stated.warnings:
                self._reporter.warn("source-metadata", f"{stated.name}: {warning}")
            self._known[key] = stated
        return self._known[key]


def _wheel_metadata(filename: str, path: Path, url: str) -> CoreMetadata:
    """METADATA of a wheel on this disk."""
    try:
        read_wheel_name(filename)
        with open_wheel(path, filename) as wheel:
            return wheel.metadata()
    except (InvalidWheelFilename, MalformedMetadataError, OSError) as error:
        raise ResolutionError("requirement-unusable", f"{shown_url(url)} is not a usable wheel: {error}") from None


def _same_name(candidate: Candidate, metadata: CoreMetadata, url: str) -> tuple[Candidate, CoreMetadata]:
    if canonicalize_name(metadata.name) != candidate.name:
        raise ResolutionError(
            "requirement-unusable",
            f"{shown_url(url)} was asked for as {candidate.name} and says of itself that it is {metadata.name}",
        )
    return candidate, metadata


def _metadata(stated: SourceMetadata) -> CoreMetadata:
    return CoreMetadata(
        name=stated.name,
        version=stated.version,
        requires_python=stated.requires_python,
        requires_dist=stated.requires_dist,
        provides_extra=stated.provides_extra,
    )


def _direct_version(stated: SourceMetadata | CoreMetadata, origin: str) -> Version:
    """The version of what the user named: there is no other to fall back to."""
    try:
        return read_version(stated.version)
    except InvalidVersion:
        raise ResolutionError(
            "requirement-unusable",
            f"{stated.name} from {shown_url(origin)} says of itself that it is version {stated.version!r}, which is not a valid version (PEP 440)",
        ) from None
