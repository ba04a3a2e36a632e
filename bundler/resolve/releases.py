"""The versions of a project by the files that its page lists, and of each the file that suits best."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bundler.foreign import read_version, read_wheel_name, wheel_tags
from bundler.resolve.file_checks import ANY, SDISTS
from bundler.resolve.request import Accepted

if TYPE_CHECKING:
    from bundler.resolve.file_checks import FileJudge
    from bundler.resolve.simple_api import Page, ProjectFile

_WHEEL_PARTS = 4
"""Name and version (and build number), then the three of the tag."""


def build_number(filename: str) -> tuple[int, str]:
    """The build number for ordering (PEP 427); none comes first."""
    build = read_wheel_name(filename)[2]
    return (build[0], build[1]) if build else (-1, "")


class Elsewhere:
    """What a project's wheels for other machines tell of its versions, found out when somebody asks.

    ``names``: of wheels for one platform that don't fit; ``fitting``: whether any version has a wheel that fits.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.fitting = False

    @functools.cached_property
    def versions(self) -> frozenset[Version]:
        """Those that have such wheels."""
        found = set()
        for text in {each.split("-", 2)[1] for each in self.names}:
            with contextlib.suppress(InvalidVersion):
                found.add(read_version(text))
        return frozenset(found)


class Release:
    """The files of one version that may suit: wheels with a tag of the target, and sdists; each judged when it is asked for."""

    def __init__(self, version: Version, name: str, page: Page, judge: FileJudge, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self.version = version
        self.wheels: list[int] = []
        self.sdists: list[int] = []
        self._name = name
        self._page = page
        self._judge = judge
        self._found: dict[tuple[bool, bool], ProjectFile | None] = {}

    @property
    def falls_behind(self) -> bool:
        """Whether it must be compiled, as its wheels for other machines show, where other versions have wheels that fit."""
        elsewhere = self._elsewhere
        return elsewhere.fitting and not self.wheels and self.version in elsewhere.versions

    def best_wheel(self, *, yanked: bool) -> ProjectFile | None:
        """The one with the best tag, then the highest build number; ``yanked``: yanked ones too, if no other file suits (PEP 592)."""
        return self._best(self.wheels, wheel=True, yanked=yanked and self._only_yanked)

    def best_sdist(self, *, yanked: bool) -> ProjectFile | None:
        """An sdist, .tar.gz first."""
        return self._best(self.sdists, wheel=False, yanked=yanked and self._only_yanked)

    @property
    def _only_yanked(self) -> bool:
        if not self._judge.gate.takes_yanked(self._name, self.version):
            return False
        return self.best_wheel(yanked=False) is None and self.best_sdist(yanked=False) is None

    def _best(self, numbers: list[int], *, wheel: bool, yanked: bool) -> ProjectFile | None:
        key = (wheel, yanked)
        if key not in self._found:
            files = [self._page.file(number) for number in numbers]
            usable = [
                file
                for file in files
                if (yanked or file.yanked is None) and isinstance(self._judge.judge(self._name, file), Accepted)
            ]
            order = self._wheel_order if wheel else _sdist_order
            usable.sort(key=lambda file: file.filename)
            self._found[key] = max(usable, key=order, default=None)
        return self._found[key]

    def _wheel_order(self, file: ProjectFile) -> tuple[int, tuple[int, str]]:
        return -(self._judge.rank(wheel_tags(file.filename)) or 0), build_number(file.filename)


def _sdist_order(file: ProjectFile) -> tuple[int, tuple[int, str]]:
    return int(file.filename.endswith(".tar.gz")), (0, "")


def releases_of(name: str, page: Page, judge: FileJudge) -> tuple[Release, ...]:
    """The versions on ``page`` with any file that may suit, the newest first.

    Here only tags and versions are looked at, and as text: the strict reading happens when a release is asked for its file.
    """
    found: dict[str, Release | None] = {}
    elsewhere = Elsewhere()
    rank = judge.rank
    for number, filename in enumerate(page.filenames):
        wheel = filename.endswith(".whl")
        if wheel:
            parts = filename[:-4].rsplit("-", 3)
            if len(parts) < _WHEEL_PARTS:
                continue
            if rank(filename[len(parts[0]) + 1 : -4]) is None:
                if parts[3] != ANY:
                    elsewhere.names.append(filename)
                continue
            version = filename.split("-", 2)[1]
            elsewhere.fitting = True
        elif filename.endswith(SDISTS):
            version = filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]
        else:
            continue
        if version not in found:
            found[version] = _release(version, name, page, judge, elsewhere)
        release = found[version]
        if release is not None:
            (release.wheels if wheel else release.sdists).append(number)
    merged: dict[Version, Release] = {}
    for each in found.values():
        if each is not None:
            first = merged.setdefault(each.version, each)
            if first is not each:  # 1.0 and 1.0.0 are one version
                first.wheels += each.wheels
                first.sdists += each.sdists
    return tuple(sorted(merged.values(), key=lambda release: release.version, reverse=True))


def _release(version: str, name: str, page: Page, judge: FileJudge, elsewhere: Elsewhere) -> Release | None:
    try:
        return Release(read_version(version), name, page, judge, elsewhere)
    except InvalidVersion:
        return None


def version_of(wheel: str) -> Version:
    """The version in a wheel's name."""
    return read_version(wheel.split("-", 2)[1])
