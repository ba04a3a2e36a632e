"""An installer into a wheel: read, unpack, sort out, decide the tag, write. None of its code runs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bundler.atomic import BESIDE, move, scratch_folder
from bundler.build.machine_code_gate import Making
from bundler.build.wheel_gate import check_converted
from bundler.errors import BuildError, InputError
from bundler.foreign import read_version
from bundler.formats.archives.guard import Limits
from bundler.formats.archives.unpacking import walk
from bundler.formats.core_metadata import CoreMetadata
from bundler.formats.malformed import damaged
from bundler.formats.wheel_writer import WheelEntry, write_wheel
from bundler.legacy.bdist_msi import read_msi
from bundler.legacy.contents import sort_out
from bundler.legacy.contents_by_place import Member, same_name
from bundler.legacy.dist_info import Identity, dist_info, entry_of
from bundler.legacy.egg import read_egg
from bundler.legacy.identify import identify
from bundler.legacy.kinds import Kind, not_convertible
from bundler.legacy.old_metadata import classifier_majors, read_pkg_info
from bundler.legacy.tags import Override, decide
from bundler.legacy.wininst import read_wininst
from bundler.plain_file import open_plain
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.formats.archives.streams import Sink
    from bundler.legacy.contents import Contents
    from bundler.legacy.contents_by_place import Installer
    from bundler.legacy.tags import Decision

_READERS = {Kind.WININST: read_wininst, Kind.BDIST_MSI: read_msi, Kind.EGG: read_egg}
_SILENT = Reporter()
_SHEBANG = re.compile(rb"#!.*python(w?)[\d.]*(?:\.exe)?\b", re.IGNORECASE)
_LONGEST_LINE = 1024
_LIMITS = Limits(entries=50_000, size=2 << 30)
_FOLDER_LIMITS = dataclasses.replace(_LIMITS, small=_LIMITS.size)  # nothing in it is packed
_PROGRAMS = (".exe", ".dll", ".com", ".bat", ".cmd")
_LARGEST_SCRIPT = 16 << 20
_LONGEST_NAME = 128  # name and version are in the file's name, twice in the paths of what lies inside


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Converted:
    """A wheel made of an installer.

    ``tag`` as in its name and ``why`` in words; ``post_install``: the script that the installer would have run, which
    is in the wheel's scripts and was not run; ``files``: how many in each scheme; ``dropped``: what a wheel doesn't need.
    """

    wheel: Path
    kind: Kind
    name: str
    version: str
    tag: str
    why: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]
    post_install: str | None
    warnings: tuple[str, ...]


def convert_installer(
    file: Path,
    *,
    folder: Path,
    python: str | None = None,
    platform: str | None = None,
    epoch: int,
    reporter: Reporter = _SILENT,
) -> Converted:
    """Make the wheel of a bdist_wininst, bdist_msi or egg ``file`` in ``folder``; the same bytes on any host. An egg may be a folder.

    ``python`` (``2.7``) and ``platform`` (``win32``, ``win_amd64``) decide where its own sources disagree or say nothing.
    ``epoch``: the time that all files get, seconds since 1970. Raises InputError, IntegrityError or BuildError.
    """
    _check_override(python, platform)
    kind = identify(file)
    if not kind.convertible:
        raise not_convertible(file, kind)
    installer = _READERS[kind](file)
    with scratch_folder("bundle-legacy-") as scratch:
        members = _unpacked(installer, scratch)
        contents = sort_out(installer, members)
        info = _core_info(installer, contents)
        decision = decide(
            installer,
            contents.members,
            compiled=members,
            majors=classifier_majors(info),
            override=Override(python=python, platform=platform),
        )
        folder.mkdir(parents=True, exist_ok=True)
        # the wheel gets its place, and perhaps that of an earlier one, when it is whole and has passed
        with scratch_folder(BESIDE, folder) as beside:
            made = _passed(_write(installer, contents, info, decision, folder=beside, epoch=epoch), members)
            converted = dataclasses.replace(made, wheel=folder / made.wheel.name)
            move(made.wheel, converted.wheel)
    for each in converted.warnings:
        reporter.warn("legacy-installer", each)
    if converted.post_install:
        reporter.warn(
            "legacy-post-install",
            f"{file.name} would have run {converted.post_install} -install after copying its files; that was not done: "
            f"the script is in the wheel, and a recipe can have it run: [[post-install]] with command = "
            f'["{converted.post_install}", "-install"]',
        )
    return converted


def _passed(converted: Converted, members: Sequence[Member]) -> Converted:
    """The wheel with what the gate says of it; raises BuildError (``wheel-broken``)."""
    extensions = [each.place.path for each in members if each.place.path.lower().endswith(".pyd")]
    making = Making(carried=None, files=dict.fromkeys(extensions, "the installer holds it"))
    wheel = check_converted(converted.wheel, name=converted.name, version=converted.version, making=making)
    return dataclasses.replace(converted, warnings=(*converted.warnings, *wheel.warnings))


def _check_override(python: str | None, platform: str | None) -> None:
    if python is not None and not re.fullmatch(r"[23]\.\d{1,2}", python):
        raise InputError(
            "arguments-wrong", f"{python!r} is not a valid Python version", hint="write two numbers, such as 2.7"
        )
    if platform is not None and platform not in ("win32", "win_amd64", "win_arm64"):
        raise InputError("arguments-wrong", f"{platform!r} is not a Windows platform", hint="write win32 or win_amd64")


def _unpacked(installer: Installer, scratch: Path) -> list[Member]:
    members: list[Member] = []

    def visit(path: str) -> Sink | None:
        place = installer.place(path)
        if place is None:
            return None
        target = scratch / str(len(members))
        members.append(Member(place=place, file=target))
        return target.open("xb")

    limits = _FOLDER_LIMITS if installer.file.is_dir() else _LIMITS
    walk(installer.file, visit, reader=installer.reader, limits=limits)
    return members


def _write(
    installer: Installer, contents: Contents, info: CoreMetadata, decision: Decision, *, folder: Path, epoch: int
) -> Converted:
    warnings: list[str] = [*decision.overruled]
    name, version = _identity(installer, info, warnings)
    # as PEP 427 had it then, with capitals and dots: that is what the pip of such a Python shows (`pip freeze`)
    stem = f"{re.sub('[^A-Za-z0-9.]+', '_', name)}-{version}"
    entries = [_entry(each, stem, decision, installer) for each in contents.members]
    identity = Identity(name=name, version=str(version), folder=f"{stem}.dist-info")
    files, repairs = dist_info(installer, contents, info, decision, identity)
    entries += files
    warnings += repairs
    post_install = _post_install(installer, contents, warnings)
    if contents.members and all(each.place.path.lower().endswith(_PROGRAMS) for each in contents.members):
        warnings.append(f"{installer.file.name} holds only programs: nothing of the wheel can be imported")
    if installer.pre_install:
        warnings.append(
            f"{installer.file.name} would have run a script before copying its files; that was not done: "
            f"it is {stem}.dist-info/pre_install.py in the wheel"
        )
    wheel = write_wheel(folder / f"{stem}-{decision.tag}.whl", f"{stem}.dist-info", entries, epoch=epoch)
    counted: dict[str, int] = {}
    for each in contents.members:
        counted[_scheme(each, decision)] = counted.get(_scheme(each, decision), 0) + 1
    return Converted(
        wheel=wheel,
        kind=installer.kind,
        name=name,
        version=str(version),
        tag=decision.tag,
        why=decision.why,
        files=tuple(sorted(counted.items())),
        dropped=contents.dropped,
        post_install=post_install,
        warnings=tuple(warnings),
    )


def _core_info(installer: Installer, contents: Contents) -> CoreMetadata:
    if "PKG-INFO" in contents.info:
        return read_pkg_info(contents.info["PKG-INFO"].read_bytes())
    known = (("Name", installer.name), ("Version", installer.version), *installer.fields)
    return CoreMetadata.of((key, value) for key, value in known if value and value != "UNKNOWN")


def _identity(installer: Installer, info: CoreMetadata, warnings: list[str]) -> tuple[str, Version]:
    """Name and version, from the metadata inside; the installer's own words are compared with them."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", info.name or installer.name).strip("-._")
    text = info.version or installer.version
    if not name or not text:
        raise damaged(installer.file, "neither its metadata nor its configuration says a name and a version")
    if len(name) + len(text) > _LONGEST_NAME:
        raise damaged(installer.file, f"its name and version have {len(name) + len(text)} characters")
    version = _version(text.replace(" ", ""))
    if version is None:
        raise BuildError(
            "legacy-version",
            f"{installer.file.name} has the version {text!r}, which no wheel can have (PEP 440)",
            hint="take another release of it, or an sdist, whose version can be changed",
        )
    if installer.name and not same_name(name, installer.name):
        warnings.append(f"the installer calls itself {installer.name}, its metadata {name}: the metadata counts")
    said = _version(installer.version.replace(" ", ""))
    if said is not None and said != version:
        warnings.append(f"the installer says version {installer.version}, its metadata {text}: the metadata counts")
    return name, version


def _version(text: str) -> Version | None:
    try:
        return read_version(text)
    except InvalidVersion:
        return None


def _scheme(member: Member, decision: Decision) -> str:
    """The scheme as a wheel has it; ``site`` goes where the wheel's root is."""
    root = "purelib" if decision.pure else "platlib"
    return root if member.place.scheme == "site" else member.place.scheme


def _entry(member: Member, stem: str, decision: Decision, installer: Installer) -> WheelEntry:
    scheme, path = _scheme(member, decision), member.place.path
    top = path.partition("/")[0].lower()
    root = "purelib" if decision.pure else "platlib"
    if scheme == "platlib" and root == "purelib":
        raise damaged(installer.file, f"it holds {path} for one platform and is pure")
    # a folder that reads like a .data would be taken for a part of the wheel
    inside = scheme == root and not top.endswith(".data")
    name = path if inside else f"{stem}.data/{scheme}/{path}"
    if scheme == "scripts" and (better := _rewritable(member.file)) is not None:
        return entry_of(name, better)
    return WheelEntry(name=name, size=member.file.stat().st_size, open=lambda: open_plain(member.file))


def _rewritable(file: Path) -> bytes | None:
    """A script with ``#!python``, which whoever installs the wheel replaces; None: it isn't started by a Python."""
    if file.stat().st_size > _LARGEST_SCRIPT:
        return None
    with open_plain(file) as stream:
        line = stream.readline(_LONGEST_LINE)
        found = _SHEBANG.match(line)
        if found is None:
            return None
        ending = b"\r\n" if line.endswith(b"\r\n") else b"\n"
        return b"#!python" + found[1].lower() + ending + stream.read()


def _post_install(installer: Installer, contents: Contents, warnings: list[str]) -> str | None:
    wanted = installer.post_install
    if wanted and not any(
        each.place.scheme == "scripts" and each.place.path.lower() == wanted.lower() for each in contents.members
    ):
        warnings.append(f"{installer.file.name} names {wanted} as its post-install script, and doesn't hold it")
        return None
    return wanted
