"""What a bundle tells of each wheel, read out of its dist-info."""

from __future__ import annotations

import dataclasses
import email.parser
import email.policy
import re
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bundler.errors import IntegrityError
from bundler.model.manifest import WheelInfo
from bundler.pack.command_programs import ENTRY_POINTS, programs_of
from bundler.pack.names import safe_name, unique

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import Message

    from bundler.model.artifact import WheelFile
    from bundler.model.target import Target

_LICENCE = re.compile(r"(licen[cs]es?|copying|notice|authors|copyright)\b.*", re.IGNORECASE)
_CLASSIFIER = "License :: "
_LONGEST_LICENCE = 100
_DATA_SCHEMES = 2  # NAME-VERSION.data/SCHEME/…


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """One licence file of a wheel: where it goes inside the bundle, and its bytes."""

    path: str
    content: bytes


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReadWheel:
    """``programs``: files, in small letters, that it gives to the environment's folder of programs."""

    info: WheelInfo
    licences: tuple[Licence, ...]
    programs: frozenset[str]

    @property
    def frozen(self) -> str:
        """``name==version`` with the normalized name."""
        return f"{canonicalize_name(self.info.name)}=={self.info.version}"


def read_wheel(wheel: WheelFile, target: Target) -> ReadWheel:
    """Read METADATA, sizes and licence files (PEP 427, 566, 639); raises IntegrityError (``wheel-malformed``)."""
    try:
        with zipfile.ZipFile(wheel.file.path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            _refuse_outside(members, wheel.filename)
            folder = _dist_info(members, wheel.filename)
            text = archive.read(f"{folder}/METADATA").decode("utf-8", "replace")
            metadata = email.parser.Parser(policy=email.policy.compat32).parsestr(text, headersonly=True)
            named = _licence_members(members, folder, metadata)
            found = [(each.filename, archive.read(each)) for each in named]
            points = f"{folder}/{ENTRY_POINTS}"
            declared = any(each.filename == points for each in members)
            programs = programs_of(members, archive.read(points).decode("utf-8", "replace") if declared else "")
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError) as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is no sound wheel: {error}") from None
    name, version = metadata.get("Name"), metadata.get("Version")
    if not name or not version:
        raise IntegrityError("wheel-malformed", f"{wheel.filename}: its METADATA has no name or no version")
    info = WheelInfo(
        name=name.strip(),
        version=_normal(version.strip()),
        file=f"wheels/{wheel.filename}",
        requested=wheel.requested,
        origin=wheel.origin,
        made_from=wheel.made_from,
        license=_licence(metadata),
        size=sum(each.file_size for each in members),
        longest_path=max((_installed_length(each.filename, target) for each in members), default=0),
    )
    return ReadWheel(info=info, licences=tuple(_place(found, folder, info)), programs=programs)


def _refuse_outside(members: Sequence[zipfile.ZipInfo], filename: str) -> None:
    """What an installer on the target would refuse, or worse, write, is better known here."""
    for each in members:
        if set("\\:\0") & set(each.filename) or {"", ".", ".."} & set(each.filename.split("/")):
            raise IntegrityError(
                "wheel-malformed",
                f"{filename} holds {each.filename!r}, which would lie outside of the environment",
                hint="it is broken or hostile: take another release",
            )


def _dist_info(members: Sequence[zipfile.ZipInfo], filename: str) -> str:
    folders = {each.filename.split("/")[0] for each in members}
    found = [each for each in folders if each.endswith(".dist-info")]
    if len(found) != 1:
        raise IntegrityError("wheel-malformed", f"{filename} has {len(found)} folders *.dist-info and should have one")
    return found[0]


def _licence_members(members: Sequence[zipfile.ZipInfo], folder: str, metadata: Message) -> Iterator[zipfile.ZipInfo]:
    """PEP 639's folder, files that METADATA names, and the names that everybody used before."""
    named = set(metadata.get_all("License-File", []))
    for each in members:
        inside = each.filename.removeprefix(f"{folder}/")
        if inside == each.filename or not each.file_size:
            continue
        if inside.startswith("licenses/") or inside in named or _LICENCE.fullmatch(inside):
            yield each


def _place(found: Sequence[tuple[str, bytes]], folder: str, info: WheelInfo) -> Iterator[Licence]:
    owner = safe_name(f"{canonicalize_name(info.name)}-{info.version}")
    taken: set[str] = set()
    for member, content in sorted(found):
        inside = member.removeprefix(f"{folder}/").removeprefix("licenses/")
        flat = safe_name(inside.replace("/", "-"))
        yield Licence(path=unique(f"licenses/{owner}/{flat}", taken), content=content)


def _licence(metadata: Message) -> str:
    """License-Expression (PEP 639), else the classifiers, else the first line of License; empty: not stated."""
    expression = metadata.get("License-Expression")
    if expression:
        return _one_line(expression)
    classifiers = [
        each.removeprefix(_CLASSIFIER).removeprefix("OSI Approved :: ").strip()
        for each in metadata.get_all("Classifier", [])
        if each.startswith(_CLASSIFIER) and each.strip() != "License :: OSI Approved"
    ]
    if classifiers:
        return " AND ".join(dict.fromkeys(classifiers))
    free = _one_line(metadata.get("License", "").strip().partition("\n")[0])
    return "" if free.upper() == "UNKNOWN" else free[:_LONGEST_LICENCE]


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _normal(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def _installed_length(member: str, target: Target) -> int:
    """Characters that the member takes below site-packages, with the longer name of its compiled file; an upper bound for ``.data``."""
    path = PurePosixPath(member)
    if path.parts[0].endswith(".data") and len(path.parts) > _DATA_SCHEMES:
        path = PurePosixPath(*path.parts[_DATA_SCHEMES:])
    if path.suffix == ".py":
        tag = "cpython-{}{}".format(*target.version_info[:2])
        return len(str(path.with_name("__pycache__") / f"{path.stem}.{tag}.pyc"))
    return len(str(path))
