"""Eggs: a zip of what belongs on ``sys.path``, with its metadata in EGG-INFO (setuptools' "The Internal Structure of Python Eggs")."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.formats.archives.streams import copy_to, walk_zip
from bundler.formats.bounded_zip import open_zip
from bundler.formats.malformed import damaged
from bundler.formats.wheel_reader import looks_like_wheel
from bundler.legacy.contents_by_place import Installer, Place
from bundler.legacy.kinds import Kind
from bundler.plain_file import open_plain, walk

if TYPE_CHECKING:
    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Visit

_NAME = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)-py\d\.\d+")


def read_egg(file: Path) -> Installer:
    """Read what the egg's name says; its Python and platform are claims of the name, its metadata lies inside."""
    found = _NAME.match(file.name)
    return Installer(
        kind=Kind.EGG,
        file=file,
        name=found["name"] if found else "",
        version=found["version"].replace("_", "-") if found else "",
        claims=(),
        place=lambda path: _place(file, path),
        reader=_walk_folder if file.is_dir() else walk_zip,
    )


def is_unpacked_egg(folder: Path) -> bool:
    """Whether it is a folder that holds what an egg does, as ``easy_install --always-unzip`` left it."""
    return (folder / "EGG-INFO" / "PKG-INFO").is_file()


def _walk_folder(archive: Path, guard: Guard, visit: Visit) -> None:
    """As a zip of the folder would be read; a link in it may lead anywhere, and is refused."""
    for folder, folders, files in walk(archive):
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            inside = path.relative_to(archive).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                guard.enter(inside, folder=True)
                continue
            if not stat.S_ISREG(mode):
                raise guard.fault("archive-unsafe", f"holds {inside!r}, which is a link or a device")
            guard.grow(path.stat().st_size)
            if sink := visit(guard.enter(inside, folder=False)):
                with open_plain(path) as source:
                    copy_to(source, sink)
        folders.sort()


def egg_kind(file: Path) -> Kind:
    """What a file that begins like a zip is; raises nothing."""
    try:
        with open_zip(file) as archive:
            names = [each.replace("\\", "/") for each in archive.namelist()]
    except Exception:  # noqa: BLE001 - hostile bytes make decoders fail in every way there is
        return Kind.DAMAGED
    if "EGG-INFO/PKG-INFO" in names:
        return Kind.EGG
    if looks_like_wheel(names):
        return Kind.WHEEL
    if any(re.fullmatch(r"[^/]+/(setup\.py|pyproject\.toml|PKG-INFO)", each) for each in names):
        return Kind.SDIST
    return Kind.ZIP


def _place(file: Path, path: str) -> Place:
    top, _, rest = path.partition("/")
    if top != "EGG-INFO":
        return Place(scheme="site", path=path)
    if not rest:
        raise damaged(file, "its EGG-INFO is a file")
    inside, _, script = rest.partition("/")
    if inside == "scripts" and script:
        return Place(scheme="scripts", path=script)
    return Place(scheme="info", path=rest)
