"""Which of a project's files the target can use: small checks, each with its reason."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import Version

from bundler.foreign import read_sdist_name, read_wheel_name, wheel_tags
from bundler.model.specifier_repairs import read_specifier
from bundler.resolve.file_gate import Gate
from bundler.resolve.request import Accepted, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.target import Target
    from bundler.resolve.request import Request, Sdists
    from bundler.resolve.simple_api import ProjectFile

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
MOST_STATED = 1_000_000
"""Characters of different ``Requires-Python`` that are read for one target, a microsecond each; the largest sets have some ten thousand."""
ANY = "any"
"""What a wheel's tag says of its platform where it is for all."""


def _of_the_usual_build(interpreter: str, abi: str, platform: str) -> bool:
    """Whether wheels with that tag hold extensions that name no ABI: they are those of the build with a global lock, and a free-threaded
    Python that takes them, as its tags allow, doesn't find their modules.
    """
    return interpreter.startswith("cp") and abi == "none" and platform != ANY


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
        self._stated: set[str] = set()
        self._unread = MOST_STATED
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
        if requires_python not in self._stated:
            if len(requires_python) > self._unread:
                return "which Python it needs isn't read: more is said of that than by any index that means well"
            self._unread -= len(requires_python)
            self._stated.add(requires_python)
        specifier, _ = read_specifier(requires_python)
        if specifier is None or specifier.contains(self._python, prereleases=True):
            return ""
        return f"it needs Python {requires_python}"


def judge_of(request: Request) -> FileJudge:
    """The one whose verdicts a resolution goes by."""
    return FileJudge(
        request.target, sdists=request.sdists, build=request.build, hashes=request.hashes, gate=request.gate
    )
