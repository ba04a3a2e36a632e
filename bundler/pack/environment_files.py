"""What wheels become on the target, judged here by the target's own rules: names that its system can't have, files that would be one."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.foreign import LONGEST, one_line
from bundler.formats.wheel_reader import MalformedWheelError, launcher_name, placed_in
from bundler.model.manifest import SharedFiles
from bundler.pack.wheel_bytes import Opened, same_bytes
from bundler.report import some_lines

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bundler.formats.wheel_reader import EntryPoint, Wheel
    from bundler.model.artifact import WheelFile
    from bundler.model.platforms.target_platform import Platform

_FOLDERS = {
    "": "site-packages",
    "purelib": "site-packages",
    "platlib": "site-packages",
    "data": "",
    "headers": "include",
}
_DATA = ".data"
_LIBRARY = re.compile(r"\Alib/(?:python[^/]*/)?site-packages/", re.IGNORECASE)
_POINT = re.compile(r"\w+(?:\.\w+)*\s*:\s*\w+(?:\.\w+)*\s*(?:\[[^\]]*\])?")
"""As the target takes it (wheels/launchers.py), and pip."""
_NAMESPACE = re.compile(rb"declare_namespace|extend_path")
_LARGEST_INIT = 1 << 20
"""Bytes of a module that may say that its package is a namespace."""
_SHOWN = 20
_METADATA = ".dist-info/"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstalledFile:
    """``path`` below the environment, as it is written; ``key``: equal for paths that mean one file; ``content``: equal for files with the
    same bytes, and for others that somebody made to look so; ``member`` is empty for a program that is made for an entry point.
    """

    path: str
    key: str
    content: tuple[object, ...]
    member: str = ""


def installed_files(wheel: Wheel, platform: Platform) -> tuple[tuple[InstalledFile, ...], tuple[str, ...]]:
    """Where a wheel's members and programs go, and why some can't go there; raises MalformedWheelError."""
    faults: list[str] = []
    version = wheel.fields().version
    if version.partition(".")[0] != "1":
        faults.append(f"its Wheel-Version is {version or 'missing'}, and installers know 1")
    programs = {
        each: f"{platform.programs.folder}/{launcher_name(each, platform.programs.launcher)}"
        for each in wheel.program_names()
    }
    found: dict[str, InstalledFile] = {}
    infos: dict[str, zipfile.ZipInfo] = {}
    for info, each in _members(wheel, platform, programs.keys(), faults):
        other = found.setdefault(each.key, each)
        if other is each:
            infos[each.key] = info
        elif other.content != each.content or not same_bytes((wheel.archive, infos[each.key]), (wheel.archive, info)):
            # the later one stays, as with pip; of metadata it would be another than the one that counts here
            if other.path != each.path or _METADATA in each.key:
                faults.append(f"{other.member} and {each.member} would be one file")
            found[each.key], infos[each.key] = each, info
    points = {each.name: each.value for each in wheel.entry_points()}
    faults += _invalid_programs(wheel.program_points())
    for name, path in programs.items():
        if reason := _fault(path, platform):
            faults.append(f"the program {name} {reason}")
            continue
        key = installed_key(path, platform)
        found[key] = InstalledFile(path=path, key=key, content=(points[name],))
    faults += (f"{found[each].path} is a file and a folder" for each in _both(found.keys()))
    return tuple(found.values()), tuple(faults)


def _invalid_programs(points: Iterable[EntryPoint]) -> Iterator[str]:
    for each in {(point.group, point.name): point for point in points}.values():  # of two, the later one counts
        if len(each.value) > LONGEST:  # of 16 million characters the pattern would take a gigabyte
            yield f"it declares the program {one_line(each.name)}, whose function has more than {LONGEST} characters"
        elif not each.name or each.name[0] == "[" or re.search(r"\s", each.name) or not _POINT.fullmatch(each.value):
            yield f"it declares the program {each.name} = {each.value}, which is not a valid function"


def _members(
    wheel: Wheel, platform: Platform, programs: Iterable[str], faults: list[str]
) -> Iterator[tuple[zipfile.ZipInfo, InstalledFile]]:
    """In the order in which they are written."""
    replaced = {name + ending for name in programs for ending in ("", ".exe", "-script.py", ".pya")}
    for each in sorted(wheel.members, key=_rank):
        name = each.filename
        if reason := _fault(name, platform):
            faults.append(f"{name} {reason}")
            continue
        scheme, path = placed_in(name)
        if not scheme and name.partition("/")[0].endswith(_DATA):
            faults.append(f"{name} lies directly in its data folder")
            continue
        if scheme and (written := name.split("/")[1]) != scheme:  # installers, pip too, know small letters only
            faults.append(f"{name} is for an unknown place, {written}")
            continue
        if scheme == "scripts":
            if path in replaced:  # what old setuptools made for an entry point
                continue
            place = f"{platform.programs.folder}/{path}"
        elif scheme in _FOLDERS:
            folder = _FOLDERS[scheme] + (f"/{wheel.dist_info}" if scheme == "headers" else "")
            place = f"{folder}/{path}".lstrip("/")
        else:
            faults.append(f"{name} is for an unknown place, {scheme}")
            continue
        key = installed_key(place, platform)
        above, _, inside = key.partition("/")
        folder = inside.partition("/")[0]
        own = platform.paths.folded(wheel.dist_info)
        if above == _FOLDERS[""] and folder.endswith((".dist-info", ".egg-info")) and folder != own:
            faults.append(f"{name} would lie in the metadata of another package")
            continue
        yield each, InstalledFile(path=place, key=key, content=(each.CRC, each.file_size), member=name)


def _rank(member: zipfile.ZipInfo) -> int:
    """As pip and the target write: what lies at the root, then data, then scripts."""
    top, _, rest = member.filename.partition("/")
    if not top.endswith(_DATA):
        return 0
    return 2 if rest.startswith("scripts/") else 1


def _fault(name: str, platform: Platform) -> str | None:
    return next(platform.paths.file_faults(f"{{release}}/{name}"), None)


def installed_key(path: str, platform: Platform) -> str:
    """Of a path below the environment: equal for paths that mean one file; site-packages may also be reached by way of the environment's own folder."""
    return platform.paths.folded(_LIBRARY.sub("site-packages/", path)).replace("\\", "/")


def _both(keys: Collection[str]) -> Iterator[str]:
    """Those that are a file and a folder. All folders above a path are far longer than it, and a name in a wheel may have 16 million characters."""
    ordered = sorted(keys, key=lambda each: each.replace("/", "\0"))  # what lies in a folder comes next to it
    return (each for each, after in itertools.pairwise(ordered) if after.startswith(f"{each}/"))


def check_installed(
    wheels: Sequence[WheelFile], files: Mapping[str, tuple[Sequence[InstalledFile], Sequence[str]]], platform: Platform
) -> tuple[SharedFiles, ...]:
    """What the wheels bring with different contents; ``files``: of each wheel by its filename. Raises IntegrityError (``wheel-unfit``) with what
    the target would refuse of any of them, (``wheel-malformed``).
    """
    named = sorted((each.package, each) for each in wheels)
    unfit = [f"{name}: {fault}" for name, wheel in named for fault in files[wheel.filename][1]]
    owners: dict[str, tuple[str, InstalledFile]] = {}
    met: dict[tuple[str, str], list[tuple[InstalledFile, InstalledFile]]] = {}
    folders: dict[str, tuple[str, str]] = {}
    spelled: list[SharedFiles] = []
    for name, wheel in named:
        for folder in sorted({one for each in files[wheel.filename][0] for one in _modules(each.path)}):
            owner, other = folders.setdefault(platform.paths.folded(folder), (name, folder))
            if owner != name and other != folder:
                spelled.append(SharedFiles(winner=owner, loser=name, paths=(f"{folder}/",)))
        for each in files[wheel.filename][0]:
            owner, theirs = owners.setdefault(each.key, (name, each))
            if owner != name:
                met.setdefault((owner, name), []).append((theirs, each))
    for name, wheel in named:
        compiled: dict[str, list[str]] = {}
        for each in files[wheel.filename][0]:
            source = owners.get(_source_of(each.key))
            if source is not None and source[0] != name:
                compiled.setdefault(source[0], []).append(each.path)
        spelled += (SharedFiles(winner=one, loser=name, paths=tuple(paths)) for one, paths in sorted(compiled.items()))
    if not unfit:
        both = (owners[each] for each in _both(owners.keys()))
        unfit = [f"{name}: {each.path} is a folder of another package" for name, each in both]
    if unfit:
        raise IntegrityError(
            "wheel-unfit",
            f"wheels hold what {platform.name} can't have",
            context=some_lines(unfit, _SHOWN),
            hint="take another release of the package (packages.constraints), or leave it out of the recipe",
        )
    return (*_shared(dict(named), met), *spelled)


def _source_of(key: str) -> str:
    """The module that a compiled file is of, by the installed key; empty: it isn't a compiled one. The target has the same (wheels/compiling.py)."""
    above, _, name = key.rpartition("/")
    if not name.lower().endswith((".pyc", ".pyo")):
        return ""
    if above.rpartition("/")[2].lower() != "__pycache__":
        return key[:-1]
    return above.removesuffix(above.rpartition("/")[2]) + name.partition(".")[0] + ".py"


def _shared(
    wheels: Mapping[str, WheelFile], met: Mapping[tuple[str, str], Sequence[tuple[InstalledFile, InstalledFile]]]
) -> Iterator[SharedFiles]:
    """Each wheel is opened once for those that it meets, and not for each file. Raises IntegrityError (``wheel-malformed``)."""
    for winner, pairs in itertools.groupby(sorted(met.items(), key=lambda each: each[0]), lambda each: each[0][0]):
        with Opened(wheels[winner]) as theirs:
            for (_, loser), files in pairs:
                try:
                    with Opened(wheels[loser]) as own:
                        paths = sorted(
                            each.path
                            for other, each in files
                            if not _same(theirs, other, own, each) and not _namespace(theirs, other, own, each)
                        )
                except MalformedWheelError as error:
                    both = f"{wheels[winner].filename} or {wheels[loser].filename}"
                    raise IntegrityError("wheel-malformed", f"{both} is not a valid wheel: {error}") from None
                if paths:
                    yield SharedFiles(winner=winner, loser=loser, paths=tuple(paths))


def _same(theirs: Opened, other: InstalledFile, own: Opened, each: InstalledFile) -> bool:
    if other.content != each.content or not (other.member and each.member):
        return other.content == each.content
    return same_bytes(theirs.member(other.member), own.member(each.member))


def _modules(path: str) -> Iterator[str]:
    """The folder of site-packages that a file lies in, if it can be imported."""
    folder, _, inside = _LIBRARY.sub(f"{_FOLDERS['']}/", path).partition("/")
    name, below, _ = inside.partition("/")
    if folder == _FOLDERS[""] and below and name.isidentifier():
        yield name


def _namespace(theirs: Opened, other: InstalledFile, own: Opened, each: InstalledFile) -> bool:
    """Whether each is the ``__init__.py`` of a package that several distributions share by pkgutil or pkg_resources, or says nothing."""
    contents = []
    for opened, file in ((theirs, other), (own, each)):
        if not file.member.endswith("__init__.py"):
            return False
        _, info = opened.member(file.member)
        if info.file_size > _LARGEST_INIT:
            return False
        contents += opened.wheel.contents([info])
    return all(map(_NAMESPACE.search, contents)) or not any(map(_code, contents))


def _code(content: bytes) -> bool:
    return any(line.strip() and not line.strip().startswith(b"#") for line in content.splitlines())
