"""What a bundle tells of each wheel, read out of its dist-info."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.errors import IntegrityError
from bundler.foreign import read_version, read_wheel_name, wheel_tags
from bundler.formats.core_metadata import CoreMetadata, MalformedMetadataError
from bundler.formats.interpreter_files import placement_faults, startup_files
from bundler.formats.wheel_reader import is_even, open_wheel, placed_in
from bundler.model.manifest import WheelInfo
from bundler.model.platforms import demand_platform
from bundler.model.secret_queries import without_secrets
from bundler.pack.command_programs import programs_of
from bundler.pack.environment_files import InstalledFile, installed_files
from bundler.pack.names import licence_folder, safe_name, unique

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.model.artifact import WheelFile
    from bundler.model.target import Target

_LICENCE = re.compile(r"(licen[cs]es?|copying|notice|authors|copyright)\b.*", re.IGNORECASE)
_SEPARATING = frozenset("\\:\0")
_LONGEST_LICENCE = 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """One licence file of a wheel: where it goes inside the bundle, and its bytes."""

    path: str
    content: bytes


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelContent:
    """All that is taken out of a wheel's bytes, for one system and one minor version of Python: nothing else decides it.

    ``licences``: members below ``folder``, which is the ``.dist-info``, with their bytes; ``programs`` and ``files`` as of ``ReadWheel``;
    ``startup`` and ``longest_path`` as of ``WheelInfo``; ``size`` in bytes once unpacked.
    """

    metadata: CoreMetadata
    folder: str
    licences: tuple[tuple[str, bytes], ...]
    programs: frozenset[str]
    files: tuple[tuple[InstalledFile, ...], tuple[str, ...]]
    startup: tuple[str, ...]
    size: int
    longest_path: int


ContentReader = Callable[["WheelFile", "Target"], WheelContent]
"""Reads a wheel, or remembers what was read of the same bytes; raises as ``wheel_content`` does."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReadWheel:
    """``programs``: files, in small letters, that it gives to the environment's folder of programs; ``files``: what it becomes there, and
    why some of it can't be written.
    """

    info: WheelInfo
    metadata: CoreMetadata
    licences: tuple[Licence, ...]
    programs: frozenset[str]
    files: tuple[tuple[InstalledFile, ...], tuple[str, ...]]

    @property
    def frozen(self) -> str:
        """``name==version`` with the normalized name."""
        return f"{canonicalize_name(self.info.name)}=={self.info.version}"


def wheel_content(wheel: WheelFile, target: Target) -> WheelContent:
    """Read METADATA, sizes and licence files (PEP 427, 566, 639); raises IntegrityError (``wheel-malformed``)."""
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            members = opened.members
            _refuse_outside(members, wheel.filename)
            folder = opened.dist_info
            metadata = opened.metadata()
            named = tuple(_licence_members(members, folder, metadata))
            licences = tuple(zip((each.filename for each in named), opened.contents(named), strict=True))
            platform = demand_platform(target.platform)
            rules = platform.programs
            programs = programs_of(opened, rules)
            files = installed_files(opened, platform)
            startup = tuple(sorted(startup_files(opened)))
            misplaced = sorted(placement_faults(opened, rules.folder))
    except MalformedMetadataError as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is not a valid wheel: {error}") from None
    if misplaced:
        raise IntegrityError(
            "wheel-malformed",
            f"{wheel.filename} holds {misplaced[0][0]!r}, which {misplaced[0][1]}",
            context=tuple(f"{name} {fault}" for name, fault in misplaced[1:20]),
            hint="no package may: it is broken or hostile, take another release",
        )
    return WheelContent(
        metadata=metadata,
        folder=folder,
        licences=licences,
        programs=programs,
        files=files,
        startup=startup,
        size=sum(each.file_size for each in members),
        longest_path=_longest_path(members, target),
    )


def read_wheels(wheels: Iterable[WheelFile], target: Target, content: ContentReader = wheel_content) -> list[ReadWheel]:
    """Read all of them; raises IntegrityError (``wheel-malformed``) with all that is wrong with any."""
    found: list[ReadWheel] = []
    refused: list[IntegrityError] = []
    for wheel in wheels:
        try:
            found.append(read_wheel(wheel, target, content))
        except IntegrityError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise IntegrityError(
            "wheel-malformed",
            f"{len(refused)} packages can't be put into a bundle",
            context=tuple(line for each in refused for line in (each.message, *each.context)),
            hint=refused[0].hint,
        )
    return found


def read_wheel(wheel: WheelFile, target: Target, content: ContentReader = wheel_content) -> ReadWheel:
    """What the bundle tells of a wheel; raises IntegrityError (``wheel-malformed``, ``wheel-unfit``)."""
    if read_wheel_name(wheel.filename)[3].isdisjoint(target.tag_rank()):
        raise IntegrityError(
            "wheel-unfit",
            f"{wheel.filename} is for {wheel_tags(wheel.filename)}, and {target} takes no such wheel",
            hint="run `bundle lock RECIPE --refresh`, or take another release of the package",
        )
    found = content(wheel, target)
    info = WheelInfo(
        name=found.metadata.name,
        version=_normal(found.metadata.version),
        file=f"wheels/{wheel.filename}",
        requested=wheel.requested,
        origin=without_secrets(wheel.origin),
        made_from=wheel.made_from,
        license=_licence(found.metadata),
        size=found.size,
        longest_path=found.longest_path,
        startup=found.startup,
    )
    return ReadWheel(
        info=info,
        metadata=found.metadata,
        licences=tuple(_place(found.licences, found.folder, info)),
        programs=found.programs,
        files=found.files,
    )


def _refuse_outside(members: Sequence[zipfile.ZipInfo], filename: str) -> None:
    """What an installer on the target would refuse, or worse, write, is better known here."""
    for each in members:
        name = each.orig_filename  # on Windows zipfile makes slashes of backslashes
        if not _SEPARATING.isdisjoint(name) or (not is_even(name) and {"", ".", ".."} & set(name.split("/"))):
            raise IntegrityError(
                "wheel-malformed",
                f"{filename} holds {name!r}, which would lie outside of the environment",
                hint="it is broken or hostile: take another release",
            )


def _licence_members(
    members: Sequence[zipfile.ZipInfo], folder: str, metadata: CoreMetadata
) -> Iterator[zipfile.ZipInfo]:
    """PEP 639's folder, files that METADATA names, and the names that everybody used before."""
    named = set(metadata.every("License-File"))
    for each in members:
        inside = each.filename.removeprefix(f"{folder}/")
        if inside == each.filename or not each.file_size:
            continue
        if inside.startswith("licenses/") or inside in named or _LICENCE.fullmatch(inside):
            yield each


def _place(found: Sequence[tuple[str, bytes]], folder: str, info: WheelInfo) -> Iterator[Licence]:
    place = licence_folder(info.name, info.version)
    taken: dict[str, int] = {}
    for member, content in sorted(found):
        inside = member.removeprefix(f"{folder}/").removeprefix("licenses/")
        flat = safe_name(inside.replace("/", "-"))
        yield Licence(path=unique(f"{place}{flat}", taken), content=content)


def _licence(metadata: CoreMetadata) -> str:
    """License-Expression (PEP 639), else the classifiers, else the first line of License; empty: not stated."""
    expression = metadata.first("License-Expression")
    if expression:
        return _one_line(expression)
    if metadata.licence_classifiers:
        return " AND ".join(dict.fromkeys(metadata.licence_classifiers))
    free = _one_line(metadata.first("License").partition("\n")[0])
    return "" if free.upper() == "UNKNOWN" else free[:_LONGEST_LICENCE]


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _normal(version: str) -> str:
    try:
        return str(read_version(version))
    except InvalidVersion:
        return version


def _longest_path(members: Iterable[zipfile.ZipInfo], target: Target) -> int:
    """Characters that a member takes below site-packages at the most, with the longer name of its compiled file; an upper bound for ``.data``.

    Its folder's count too: the limit for folders is lower than that for files.
    """
    room = demand_platform(target.platform).paths.folder_room
    compiled = len(".cpython-{}{}.pyc".format(*target.version_info[:2])) - len(".py")
    longest = 0
    for each in members:
        path = placed_in(each.filename)[1]
        folder, slash, name = path.rpartition("/")
        above, length = len(folder) if slash else len("."), len(path)
        if name.endswith(".py") and name != ".py":
            above = len(folder) + len(slash) + len("__pycache__")
            length = above + len("/") + len(name) + compiled
        longest = max(longest, length, above + room)
    return longest
