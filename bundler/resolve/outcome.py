"""What the solver chose, as locked packages, and what the user should know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from bundler.model.artifact import Artifact
from bundler.model.lock import LockedPackage
from bundler.model.specifier_repairs import read_specifier
from bundler.plain_file import hash_of
from bundler.resolve.accepted_files import tell_acceptance
from bundler.resolve.candidate import demanded
from bundler.resolve.project_versions import pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.resolve.candidate import Candidate, Need
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.request import Rejected


def newest_failed(rejected: Iterable[Rejected]) -> Rejected | None:
    """Of those whose source couldn't be unpacked or asked, the one with the newest version."""
    failed = [each for each in rejected if each.failed]
    return max(failed, key=lambda each: Version(str(each.version)), default=None)


def passed_over(rejected: Mapping[str, Mapping[str, Rejected]], pins: Mapping[str, Candidate]) -> Iterator[str]:
    """What is to be said of packages that are older because the source of a newer version couldn't be used; sorted by name."""
    for name, chosen in sorted((each.name, each) for each in pins.values() if not each.extra and each.file is not None):
        newest = newest_failed(rejected.get(name, {}).values())
        if newest is not None and Version(str(newest.version)) > chosen.version:
            yield f"{name} {chosen.version} is taken although {newest.version} is newer: {newest.reason}"


class Outcome:
    """Turns pins into packages."""

    def __init__(self, context: ResolutionContext, fetch_source: Callable[[Artifact], Path]) -> None:
        self._context = context
        self._fetch_source = fetch_source

    def packages(
        self,
        pins: Mapping[str, Candidate],
        needs: Callable[[Candidate], Iterable[Need]],
        requested: frozenset[str],
    ) -> tuple[LockedPackage, ...]:
        """One package for each pin, extras merged into theirs; sorted by name."""
        names: dict[str, set[str]] = {}
        for candidate in pins.values():
            names.setdefault(candidate.name, set()).update(need.name for need in needs(candidate))
            repaired = {
                f"{need.written!r}, which is read as {need.text!r}" for need in needs(candidate) if need.written
            }
            for each in sorted(repaired):
                self._context.reporter.note(f"{candidate} needs {each}")
        chosen = sorted((each for each in pins.values() if not each.extra), key=lambda each: each.name)
        for one in chosen:
            if one.file is not None and one.file.yanked is not None:
                self._tell_yanked(one, one.file.yanked, [who for who in pins.values() if _pins(needs(who), one)])
        tell_acceptance(self._context, chosen)
        return tuple(
            self._package(each, tuple(sorted(names[each.name] - {each.name})), requested=each.name in requested)
            for each in chosen
        )

    def _package(self, candidate: Candidate, dependencies: tuple[str, ...], *, requested: bool) -> LockedPackage:
        metadata = self._context.sources.metadata(candidate)
        artifact = candidate.artifact
        if candidate.file is not None:
            artifact = self._with_hash(candidate.file.artifact())
            self._tell(candidate)
        self._tell_python(candidate, metadata)
        return LockedPackage(
            name=candidate.name,
            version=str(candidate.version),
            kind=candidate.kind,
            file=artifact,
            directory=candidate.directory,
            index=candidate.index,
            requires_python=self._requires_python(candidate, metadata),
            dependencies=dependencies,
            requested=requested,
            upload_time=candidate.file.upload_time if candidate.file else None,
            vcs=candidate.vcs,
        )

    def _with_hash(self, artifact: Artifact) -> Artifact:
        """An index that gives no hash: the file is fetched now, so that the lock can pin what it is."""
        if artifact.sha256 is not None:
            return artifact
        path = self._fetch_source(artifact)
        return Artifact(filename=artifact.filename, url=artifact.url, size=path.stat().st_size, sha256=hash_of(path))

    def _tell(self, candidate: Candidate) -> None:
        who = f"{candidate.name} {candidate.version}"
        if candidate.kind == "sdist" and demanded(candidate, self._context.request):
            self._context.reporter.note(f"{who}: its sdist is taken, as the recipe wants it")
        elif candidate.kind == "sdist":
            self._context.reporter.warn(
                "sdist-chosen",
                f"{who} has no wheel for {self._context.request.target}: its sdist is taken and must be built",
            )
        project = self._context.library.project(candidate.name)
        newer = [
            each for each in project.releases if each.version > candidate.version and not each.version.is_prerelease
        ]
        if candidate.kind == "wheel" and newer and all(each.best_wheel(yanked=False) is None for each in newer):
            source = next((each for each in newer if each.best_sdist(yanked=False) is not None), None)
            if source is not None:
                self._context.reporter.note(
                    f"{who} is taken although {source.version} is newer: that has no wheel for the target"
                )

    def _tell_yanked(self, candidate: Candidate, reason: str, pinned_by: list[Candidate]) -> None:
        who = f"{candidate.name} {candidate.version}"
        said = f" ({reason})" if reason else ""
        names = " and ".join(sorted({f"{each.name} {each.version}" for each in pinned_by}))
        because = f"{names} {'pin' if ' and ' in names else 'pins'} it" if names else "it is pinned"
        self._context.reporter.warn("yanked", f"{who} was yanked by its makers{said}; it is taken because {because}")

    def _requires_python(self, candidate: Candidate, metadata: CoreMetadata) -> str | None:
        stated = metadata.requires_python or (candidate.file.requires_python if candidate.file else None)
        if not stated:
            return None
        specifier, repaired = read_specifier(stated)
        return None if specifier is None else (repaired or stated)

    def _tell_python(self, candidate: Candidate, metadata: CoreMetadata) -> None:
        who = f"{candidate.name} {candidate.version}"
        stated = metadata.requires_python or (candidate.file.requires_python if candidate.file else None)
        if not stated:
            return
        specifier, repaired = read_specifier(stated)
        if specifier is None:
            self._context.reporter.warn(
                "specifier-unreadable", f"{who} needs Python {stated!r}, which can't be read: taken as any"
            )
        elif repaired:
            self._context.reporter.note(f"{who} needs Python {stated!r}, which is read as {repaired!r}")


def _pins(needs: Iterable[Need], candidate: Candidate) -> bool:
    return any(need.name == candidate.name and pinned(need.specifier) for need in needs)
