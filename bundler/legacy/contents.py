"""What of an installer's files a wheel gets: no launchers, nothing compiled from sources that are there, no other metadata, nothing twice."""

from __future__ import annotations

import dataclasses
import filecmp
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bundler.foreign import lines_fault
from bundler.formats.malformed import damaged
from bundler.legacy.contents_by_place import Member, Place, plain_name, same_name
from bundler.legacy.old_metadata import scripts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.legacy.contents_by_place import Installer

_LARGEST_INFO = 16 << 20
_TEXTS = frozenset({"PKG-INFO", "requires.txt", "depends.txt", "entry_points.txt"})
"""Of the metadata, what is taken apart by its lines."""
_SITE = ("site", "purelib", "platlib")
_EGG_INFO = re.compile(r"(?P<name>[^/]+?)\.egg-info(?:/(?P<inside>.+))?", re.IGNORECASE)
_STUB = re.compile(rb"\b__bootstrap__\b")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """``members`` to install, ``info`` the egg's metadata by its path in EGG-INFO, ``dropped`` what isn't needed any more."""

    members: tuple[Member, ...]
    info: dict[str, Path]
    dropped: tuple[str, ...]


def sort_out(installer: Installer, members: Sequence[Member]) -> Contents:
    """Take the metadata, the launchers and the leftovers out; raises IntegrityError where one place is taken twice."""
    info, rest = _own_info(installer, members)
    if sum(each.stat().st_size for each in info.values()) > _LARGEST_INFO:
        raise damaged(installer.file, f"its metadata has more than {_LARGEST_INFO >> 20} MiB")
    for name in _TEXTS & info.keys():
        if reason := lines_fault(info[name].read_bytes()):
            raise damaged(installer.file, f"its {name} can't be read: {reason}")
    commands = scripts_of(info["entry_points.txt"].read_bytes()) if "entry_points.txt" in info else {}
    launchers = _launchers(rest, frozenset(commands))
    dropped = {each.place for found in (_leftovers(rest), launchers, _metadata(rest)) for each in found}
    kept = tuple(each for each in rest if each.place not in dropped)
    return Contents(
        members=_unique(installer, kept),
        info=info,
        dropped=tuple(sorted(f"{each.scheme}/{each.path}" for each in dropped)),
    )


def _own_info(installer: Installer, members: Sequence[Member]) -> tuple[dict[str, Path], list[Member]]:
    """The distribution's own egg-info, a single file or a folder in site-packages."""
    info = {each.place.path: each.file for each in members if each.place.scheme == "info"}
    rest = [each for each in members if each.place.scheme != "info"]
    found: dict[str, list[tuple[str | None, Member]]] = {}
    for each in rest:
        matched = _EGG_INFO.fullmatch(each.place.path) if each.place.scheme in _SITE else None
        if matched:
            found.setdefault(matched["name"], []).append((matched["inside"], each))
    own = [name for name in found if _names(name, installer.name)]
    if not own and len(found) == 1:
        own = list(found)
    if not info and own:
        taken = found[max(own, key=len)]
        info = {inside or "PKG-INFO": member.file for inside, member in taken}
        gone = {member.place for _, member in taken}
        rest = [each for each in rest if each.place not in gone]
    return info, rest


def _names(stem: str, name: str) -> bool:
    """Whether ``zope.interface-4.1.2-py2.7`` or ``zope.interface`` names the distribution."""
    return same_name(stem, name) or plain_name(stem).startswith(plain_name(name) + "-")


def _metadata(members: Iterable[Member]) -> Iterator[Member]:
    """Of another distribution, or its own once more: a wheel's file may lie in the wheel's own metadata only, and that is made anew."""
    for each in members:
        top = each.place.path.partition("/")[0].lower()
        if each.place.scheme in _SITE and top.endswith((".dist-info", ".egg-info")):
            yield each


def _leftovers(members: Iterable[Member]) -> Iterator[Member]:
    """Compiled files whose source or extension is beside them, and the loaders that eggs put beside extensions."""
    members = tuple(members)
    present = {each.place for each in members}
    folders: dict[tuple[str, str], set[str]] = {}
    for each in members:
        if each.place.path.lower().endswith((".pyd", ".dll")):
            path = PurePosixPath(each.place.path)
            folders.setdefault((each.place.scheme, str(path.parent)), set()).add(path.name.split(".")[0].lower())
    for each in members:
        path = PurePosixPath(each.place.path)
        extension = path.name.split(".")[0].lower() in folders.get((each.place.scheme, str(path.parent)), ())
        if path.parent.name == "__pycache__" or path.name.endswith("$py.class"):
            yield each
        elif path.suffix in (".pyc", ".pyo"):
            siblings = [Place(scheme=each.place.scheme, path=str(path.with_suffix(x))) for x in (".py", ".pyw")]
            if path.suffix == ".pyo":
                siblings.append(Place(scheme=each.place.scheme, path=str(path.with_suffix(".pyc"))))
            if extension or any(sibling in present for sibling in siblings):
                yield each
        elif path.suffix == ".py" and extension and each.place.scheme == "site" and _is_stub(each.file):
            yield each


def _is_stub(file: Path) -> bool:
    content = file.read_bytes() if file.stat().st_size < 4096 else b""  # noqa: PLR2004
    return bool(_STUB.search(content)) and b"pkg_resources" in content


def _launchers(members: Iterable[Member], commands: frozenset[str]) -> Iterator[Member]:
    """``foo.exe``, ``foo-script.py`` and ``foo.exe.manifest``, which pip makes anew from the entry point ``foo``.

    A launcher without an entry point goes too, its script stays: what it starts is there, under its own name.
    """
    scripts = {each.place.path.lower(): each for each in members if each.place.scheme == "scripts"}
    wanted = {each.lower() for each in commands}
    for path, member in scripts.items():
        stem, _, suffix = path.rpartition(".")
        if path.endswith(".exe.manifest"):
            stem, suffix = path.removesuffix(".exe.manifest"), "exe"
        script = stem.removesuffix("-script")
        beside = any(f"{stem}-script.{each}" in scripts for each in ("py", "pyw"))
        launcher = suffix == "exe" and (stem in wanted or beside)
        started = suffix in ("py", "pyw") and stem != script and script in wanted
        if launcher or started or path in wanted:  # without a suffix, Windows couldn't start it anyway
            yield member


def _unique(installer: Installer, members: Iterable[Member]) -> tuple[Member, ...]:
    """PURELIB and PLATLIB are one folder on Windows: what is in both must be the same."""
    kept: dict[tuple[str, str], Member] = {}
    for each in members:
        key = ("site" if each.place.scheme in _SITE else each.place.scheme, each.place.path.casefold())
        if key not in kept:
            kept[key] = each
        elif not filecmp.cmp(kept[key].file, each.file, shallow=False):
            raise damaged(installer.file, f"two different files would become {each.place.path}")
    return tuple(kept.values())
