"""A project on its index, and the order in which its versions are tried."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion

from bundler.foreign import read_version
from bundler.resolve.releases import Release
from bundler.resolve.simple_api import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from bundler.resolve.simple_api import ProjectFile


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """``releases``: the newest first; ``index``: its root, no credentials. No ``page``: no index has the project.
    ``sdists_first``: a version that has an sdist is taken as that. ``refused``: why nothing of it is taken.
    """

    name: str
    page: Page | None = None
    index: str | None = None
    releases: tuple[Release, ...] = ()
    sdists_first: bool = False
    refused: str = ""

    def choices(
        self,
        specifier: SpecifierSet,
        *,
        prereleases: bool,
        preferred: str | None = None,
        look: Callable[[], object] = int,
    ) -> Iterator[tuple[Release, ProjectFile]]:
        """The versions that ``specifier`` allows with the one file to take, the best choice first.

        Wheels first: every version with a wheel for the target, newest first, then those with an sdist only. With ``sdists_first``
        a version is as good as any other of its age, and its sdist is taken if it has one. Prereleases
        (PEP 440) when they are asked for by ``prereleases``, when the specifier names one, or when there is nothing else. Yanked files
        (PEP 592) only when one version is pinned. The ``preferred`` version comes before all if it is among them.
        ``look`` is called for each version that is compared with the specifier.
        """
        if self.refused:
            return
        if prereleases or specifier.prereleases:
            yield from self._ordered(specifier, look, final=False, preferred=preferred)
            return
        some = False
        for choice in self._ordered(specifier, look, final=True, preferred=preferred):
            some = True
            yield choice
        if not some:
            yield from self._ordered(specifier, look, final=False, preferred=preferred)

    def _ordered(
        self, specifier: SpecifierSet, look: Callable[[], object], *, final: bool, preferred: str | None
    ) -> Iterator[tuple[Release, ProjectFile]]:
        yanked = pinned(specifier)

        def allows(version: Version) -> bool:
            look()
            return specifier.contains(version, prereleases=True)

        # lazily: the solver nearly always takes the first, and a popular project has hundreds
        allowed = (
            release
            for release in self.releases
            if not (final and release.version.is_prerelease) and allows(release.version)
        )
        first = self._preferred(specifier, preferred, final=final, yanked=yanked)
        if first is not None:
            yield first
        without: list[Release] = []
        for release in allowed:
            file = self._best(release, yanked=yanked) if self.sdists_first else release.best_wheel(yanked=yanked)
            if file is None:
                without.append(release)
            elif first is None or release is not first[0]:
                yield release, file
        for release in without:
            file = release.best_sdist(yanked=yanked)
            if file is not None and (first is None or release is not first[0]):
                yield release, file

    def _preferred(
        self, specifier: SpecifierSet, preferred: str | None, *, final: bool, yanked: bool
    ) -> tuple[Release, ProjectFile] | None:
        if preferred is None:
            return None
        try:
            version = read_version(preferred)
        except InvalidVersion:
            return None
        if (final and version.is_prerelease) or not specifier.contains(version, prereleases=True):
            return None
        for release in self.releases:
            if release.version == version:
                file = self._best(release, yanked=yanked)
                return (release, file) if file is not None else None
        return None

    def _best(self, release: Release, *, yanked: bool) -> ProjectFile | None:
        """The file that stands for a release, whichever it has."""
        wheel, sdist = release.best_wheel, release.best_sdist
        first, second = (sdist, wheel) if self.sdists_first else (wheel, sdist)
        return first(yanked=yanked) or second(yanked=yanked)


def pinned(specifier: SpecifierSet) -> bool:
    """Whether it allows one version only: ``==1.0`` or ``===1.0``, no wildcard (PEP 592)."""
    return any(
        each.operator == "===" or (each.operator == "==" and not each.version.endswith(".*")) for each in specifier
    )
