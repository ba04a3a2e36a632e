"""Which of a project's files the target can use: small checks, each with its reason."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import InvalidVersion, Version

from bundler.foreign import read_sdist_name, read_version, read_wheel_name, wheel_tags
from bundler.model.specifier_repairs import read_specifier
from bundler.resolve.file_gate import Gate
from bundler.resolve.request import Accepted, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.target import Target
    from bundler.resolve.request import Request, Sdists
    from bundler.resolve.simple_api import Page, ProjectFile

SDISTS = (".tar.gz", ".zip")
"""PEP 625's, and the one that Windows people used before."""
FROM_SOURCE = "packages.build wants it from source"
"""Why a wheel that would fit isn't taken."""
_LEGACY = {
    ".exe": "a legacy installer",
    ".msi": "a legacy installer",
    ".egg": "an egg",
    ".rpm": "a package for an operating system",
    ".deb": "a package for an operating system",
    ".dmg": "a disk image",
    ".tar.bz2": "an sdist in a format that PEP 527 ended",
    ".tgz": "an sdist in a format that PEP 527 ended",
    ".tar.Z": "an sdist in a format that PEP 527 ended",
    ".tar.xz": "an sdist in a format that PEP 527 ended",
}
_TAG_PARTS = 3
_ANY = "any"
_WHEEL_PARTS = 4
"""Name and version (and build number), then the three of the tag."""


def _of_the_usual_build(interpreter: str, abi: str, platform: str) -> bool:
    """Whether wheels with that tag hold extensions that name no ABI: they are those of the build with a global lock, and a free-threaded
    Python that takes them, as its tags allow, doesn't find their modules.
    """
    return interpreter.startswith("cp") and abi == "none" and platform != _ANY


class FileJudge:
    """Judges files for one target. Remembers tags and specifiers, as files share them. Safe from any thread."""

    def __init__(
        self,
        target: Target,
        *,
        sdists: Sdists = "fallback",
        build: frozenset[str] = frozenset(),
        hashes: Mapping[str, frozenset[str]] | None = None,
        gate: Gate = Gate(),  # noqa: B008 - frozen
    ) -> None:
        self.gate = gate
        """What isn't taken although it would fit."""
        self._gated = gate.judges_files
        self._target = target
        self._sdists = sdists
        self._build = build
        self._hashes = hashes or {}
        self._python = Version(target.python)
        every = ((tag.interpreter, tag.abi, tag.platform) for tag in target.tag_rank())
        self._tags = tuple(each for each in every if not (target.abi.endswith("t") and _of_the_usual_build(*each)))
        self.rank = functools.lru_cache(maxsize=None)(self._rank)
        """The best place of a wheel's tags (``py2.py3-none-any``) among the target's; None: it accepts none of them."""

    @property
    def target(self) -> Target:
        """The one it judges for."""
        return self._target

    def hashed(self, name: str) -> bool:
        """Whether only files with certain hashes are taken of the package."""
        return name in self._hashes

    def _rank(self, tags: str) -> int | None:
        # the target's tags are looked up in the wheel's sets: those of a wheel's name may be many when they are multiplied
        parts = [frozenset(part.split(".")) for part in tags.lower().split("-")]
        if len(parts) != _TAG_PARTS:
            return None
        interpreters, abis, platforms = parts
        return next(
            (
                rank
                for rank, (interpreter, abi, platform) in enumerate(self._tags)
                if platform in platforms and abi in abis and interpreter in interpreters
            ),
            None,
        )

    def judge(self, name: str, file: ProjectFile) -> Accepted | Rejected:
        """Whether ``file`` of project ``name`` (normalized) can be used, apart from being yanked."""
        filename = file.filename
        if filename.endswith(".whl"):
            return self._wheel(name, file)
        if filename.endswith(SDISTS):
            return self._sdist(name, file)
        kind = next(
            (words for ending, words in _LEGACY.items() if filename.endswith(ending)), "neither a wheel nor an sdist"
        )
        return Rejected(filename=filename, reason=f"it is {kind}")

    def _wheel(self, name: str, file: ProjectFile) -> Accepted | Rejected:
        try:
            stated, version, _, _ = read_wheel_name(file.filename)
        except InvalidWheelFilename as error:
            return Rejected(filename=file.filename, reason=f"its name is not a valid wheel name: {error}")
        rank = self.rank(wheel_tags(file.filename))
        reason = self._common(name, stated, file)
        if not reason and rank is None:
            reason = f"it is for {wheel_tags(file.filename)}"
        if not reason and name in self._build:
            reason = FROM_SOURCE
        if reason:
            return Rejected(filename=file.filename, version=str(version), reason=reason)
        if self._gated and (held := self.gate.refusal(name, version, file)):
            return Rejected(filename=file.filename, version=str(version), reason=held, held=True)
        return Accepted(filename=file.filename, version=str(version), rank=rank, file=file.artifact())

    def _sdist(self, name: str, file: ProjectFile) -> Accepted | Rejected:
        try:
            stated, version = read_sdist_name(file.filename)
        except InvalidSdistFilename as error:
            return Rejected(filename=file.filename, reason=f"its name is not a valid sdist name: {error}")
        reason = self._common(name, stated, file)
        if not reason and self._sdists == "never" and name not in self._build:
            reason = "sdists aren't taken"
        if reason:
            return Rejected(filename=file.filename, version=str(version), reason=reason)
        if self._gated and (held := self.gate.refusal(name, version, file)):
            return Rejected(filename=file.filename, version=str(version), reason=held, held=True)
        return Accepted(filename=file.filename, version=str(version), rank=None, file=file.artifact())

    def _common(self, name: str, stated: str, file: ProjectFile) -> str:
        if stated != name:
            return f"its name says that it is {stated}"
        if reason := self.python_reason(file.requires_python):
            return reason
        allowed = self._hashes.get(name)
        if allowed is not None and file.sha256 not in allowed:
            return "its sha256 is not one that the requirements allow"
        return ""

    def python_reason(self, requires_python: str | None) -> str:
        """Why the target's Python isn't allowed by Requires-Python; empty when it is, or when nobody can read it."""
        if not requires_python:
            return ""
        specifier, _ = read_specifier(requires_python)
        if specifier is None or specifier.contains(self._python, prereleases=True):
            return ""
        return f"it needs Python {requires_python}"


def judge_of(request: Request) -> FileJudge:
    """The one whose verdicts a resolution goes by."""
    return FileJudge(
        request.target, sdists=request.sdists, build=request.build, hashes=request.hashes, gate=request.gate
    )


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
                if parts[3] != _ANY:
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
