"""What of a chosen package's project wasn't taken, and why: newer versions, and the other files of the chosen one. For the lock, so bounded."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion

from bundler.errors import NetworkError
from bundler.foreign import one_line, read_version, wheel_tags
from bundler.model.lock import Rejection
from bundler.resolve.candidate import Candidate, demanded
from bundler.resolve.explain import Explainer
from bundler.resolve.file_checks import SDISTS
from bundler.resolve.request import ALL, Accepted, Rejected
from bundler.resolve.verdicts import verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from bundler.model.lock import LockedPackage
    from bundler.resolve.candidate import Need
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.project_versions import Project
    from bundler.resolve.provider import Provider
    from bundler.resolve.simple_api import Page

OTHER_TAGS = "their tags don't suit the target"
_PRERELEASE = "prereleases weren't asked for"
_NO_WHEEL = "it has no wheel for the target, and older versions have"
_KEPT = "the lock had another version, which still fits"
_OTHERWISE = "the rest was found without it"
_UNSAID = "for other reasons"
_MOST_VERSIONS, _MOST_OPENED = 500, 50
"""Newer versions of one package that are compared with who wants it, the newest first, and of those, whose files are looked at."""
_MOST_JUDGED = 40
"""Files of one version that are looked at."""
_MOST_CLAUSES = 100_000
"""Clauses of specifiers that versions are compared with in one resolution: hundreds do in real ones, and a stranger's may have thousands each."""
_MOST_REASONS, _MOST_FILES = 6, 12
"""Of one package: reasons for versions, and names of files of one reason."""


class NotTaken:
    """Looks at one solved resolution: ``pins`` by key, as the provider has them."""

    def __init__(self, context: ResolutionContext, provider: Provider, pins: Mapping[str, Candidate]) -> None:
        self._context, self._provider, self._pins = context, provider, pins
        self._words = Explainer(context, provider)
        self._clauses = _MOST_CLAUSES
        self._wanted: dict[str, list[tuple[Need, str]]] = {}
        for need in provider.own_needs():
            self._wanted.setdefault(need.name, []).append((need, need.origin or "the recipe"))
        for _, pin in sorted(pins.items()):
            for need in provider.get_dependencies(pin):
                if need.bound is None:
                    self._wanted.setdefault(need.name, []).append((need, str(pin)))

    def of(self, package: LockedPackage) -> tuple[Rejection, ...]:
        """What of a package's project wasn't taken; nothing for what comes from no index."""
        chosen = self._pins.get(package.name)
        if chosen is None or chosen.file is None:
            return ()
        project = self._context.library.project(chosen.name)
        if project.page is None:
            return ()
        versions = _by_version(project.page)
        newer = sorted((each for each in versions if each > chosen.version), reverse=True)
        return (
            *self._newer(chosen, project, {each: versions[each] for each in newer}),
            *self._beside(chosen, project.page, versions.get(chosen.version, [])),
        )

    # -- newer versions

    def _newer(
        self, chosen: Candidate, project: Project, newer: Mapping[Version, Sequence[int]]
    ) -> Iterator[Rejection]:
        releases = {each.version: each for each in project.releases}
        found: dict[str, list[Version]] = {}
        rest: list[Version] = list(newer)[_MOST_VERSIONS:]
        opened = 0
        for version in itertools.islice(newer, _MOST_VERSIONS):
            reason = self._forbidden(chosen, version)
            opened += not reason
            if opened > _MOST_OPENED and not reason:
                rest.append(version)
                continue
            if not reason and (release := releases.get(version)) is not None:
                wheel, sdist = (best(yanked=False) for best in (release.best_wheel, release.best_sdist))
                file = wheel or sdist
                if file is not None:
                    reason = self._left(
                        Candidate(
                            name=chosen.name,
                            extra="",
                            version=version,
                            kind="wheel" if wheel is not None else "sdist",
                            file=file,
                            index=project.index,
                        ),
                        chosen,
                    )
            found.setdefault(reason or self._unfit(chosen.name, project.page, newer[version]), []).append(version)
        for reason, versions in itertools.islice(found.items(), _MOST_REASONS):
            yield Rejection(
                reason=one_line(reason), newest=str(versions[0]), oldest=str(versions[-1]), versions=len(versions)
            )
        for _, versions in itertools.islice(found.items(), _MOST_REASONS, None):
            rest += versions
        if rest:
            yield Rejection(reason=_UNSAID, newest=str(max(rest)), oldest=str(min(rest)), versions=len(rest))

    def _forbidden(self, chosen: Candidate, version: Version) -> str:
        """Who doesn't allow a version, whatever files it has."""
        wanted = self._wanted.get(chosen.name, ())
        limits = [(each.specifier, f"{each.text} holds") for each in self._context.limits(chosen.name)]
        for specifier, words in itertools.chain(
            ((need.specifier, f"{who} wants {need.text}") for need, who in wanted), limits
        ):
            self._clauses -= 1 + len(specifier)
            if self._clauses < 0:
                return _UNSAID
            if not specifier.contains(version, prereleases=True):
                return words
        asked = {ALL, chosen.name} & self._context.request.prereleases
        if version.is_prerelease and not (asked or any(need.specifier.prereleases for need, _ in wanted)):
            return _PRERELEASE
        return ""

    def _left(self, newer: Candidate, chosen: Candidate) -> str:
        """Why a version that is allowed and has a file wasn't taken."""
        provider, request = self._provider, self._context.request
        rejected = provider.rejected.get(newer.name, {})
        if newer.file is not None and newer.file.filename in rejected:
            return rejected[newer.file.filename].reason
        extras = sorted({each.extra for each in self._pins.values() if each.name == newer.name})
        for extra in extras:
            fatal = provider.incompatible.fatal(
                Candidate(name=newer.name, extra=extra, version=newer.version, kind=newer.kind, file=newer.file)
            )
            if fatal is not None:
                return f"it needs {fatal.text}, which nothing gives"
        for need in provider.known_needs(newer):
            pin = self._pins.get(need.key)
            if pin is not None and not need.reason and not provider.is_satisfied_by(need, pin):
                return f"it needs {need.text}, and {pin} is taken"
        if request.preferences.get(newer.name) == str(chosen.version):
            return _KEPT
        return _NO_WHEEL if newer.kind == "sdist" and chosen.kind == "wheel" else _OTHERWISE

    def _unfit(self, name: str, page: Page | None, numbers: Sequence[int]) -> str:
        """Why no file of a version suits."""
        if page is None:
            return ""
        verdicts = [self._verdict(name, page, number) for number in numbers[:_MOST_JUDGED]]
        return self._words.reasons(name, verdicts) or "it has no file that can be used"

    # -- other files of the version

    def _beside(self, chosen: Candidate, page: Page, numbers: Iterable[int]) -> Iterator[Rejection]:
        taken = chosen.file.filename if chosen.file is not None else ""
        found: dict[str, list[str]] = {}
        judged = 0
        for number in numbers:
            filename = page.filenames[number]
            if filename == taken:
                continue
            if filename.endswith(".whl") and self._context.judge.rank(wheel_tags(filename)) is None:
                found.setdefault(OTHER_TAGS, []).append(filename)
            elif judged < _MOST_JUDGED:
                judged += 1
                verdict = self._verdict(chosen.name, page, number)
                reason = verdict.reason if isinstance(verdict, Rejected) else self._worse(chosen, filename)
                found.setdefault(one_line(reason), []).append(filename)
        version = str(chosen.version)
        for reason in sorted(found, key=lambda each: (each == OTHER_TAGS, each))[:_MOST_REASONS]:
            files = sorted(found[reason], key=lambda each: (not self._words.fits_platform(each), each))
            yield Rejection(
                reason=reason,
                newest=version,
                oldest=version,
                files=tuple(one_line(each) for each in files[:_MOST_FILES]),
                more=len(files[_MOST_FILES:]),
            )

    def _worse(self, chosen: Candidate, filename: str) -> str:
        later = self._provider.rejected.get(chosen.name, {}).get(filename)
        if later is not None:
            return later.reason
        if chosen.kind == "wheel" and filename.endswith(SDISTS):
            return "there is a wheel that suits"
        if chosen.kind == "sdist" and filename.endswith(".whl"):
            source = demanded(chosen, self._context.request)
            return "the recipe wants it from source" if source else "its sdist was taken"
        return "the file that was taken suits better"

    def _verdict(self, name: str, page: Page, number: int) -> Accepted | Rejected:
        """Of a file that nothing else may ever have looked at: what can't be read is its reason, and no error."""
        try:
            return verdict_of(name, page.file(number), self._context.judge)
        except NetworkError as error:
            return Rejected(filename=page.filenames[number], reason=error.message)


def _by_version(page: Page) -> dict[Version, list[int]]:
    """The wheels and sdists on a page by the version in their names, as text first: most names share theirs with others."""
    texts: dict[str, list[int]] = {}
    for number, filename in enumerate(page.filenames):
        if filename.endswith(".whl"):
            text = filename.split("-", 2)[1] if "-" in filename else ""
        elif filename.endswith(SDISTS):
            text = filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]
        else:
            continue
        texts.setdefault(text, []).append(number)
    found: dict[Version, list[int]] = {}
    for text, numbers in texts.items():
        try:
            found.setdefault(read_version(text), []).extend(numbers)
        except InvalidVersion:
            continue
    return found
