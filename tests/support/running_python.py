"""The Python that runs the tests as a runtime that a bundle brings, and what is installed beside it as wheels: for Windows itself."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "{}.{}.{}".format(*sys.version_info)
PLATFORM = sysconfig.get_platform().replace("-", "_")
_OWN = "python{}{}".format(*sys.version_info)
_NEEDLESS = frozenset({"site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "__pycache__"})
_OF_TCL = ("tcl", "tk", "_tkinter")


def make_archive_runtime(path: Path) -> Path:
    """A zip of ``sys.base_prefix``: programs, DLLs and library, as python.org's installer lays them; nothing that was installed later."""
    base = Path(sys.base_prefix)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each in _binaries():
            archive.write(each, each.relative_to(base).as_posix())
        for each in _library():
            archive.write(each, each.relative_to(base).as_posix())
    return path


def make_embed_runtime(path: Path) -> Path:
    """The same as python.org's embeddable zip is laid out: everything flat, the library in a zip of its own, a ``._pth``."""
    library = path.with_name("library.zip")
    with zipfile.PyZipFile(str(library), "w", zipfile.ZIP_STORED) as archive:
        for each in _library():
            archive.write(each, each.relative_to(Path(sys.base_prefix) / "Lib").as_posix())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each in _binaries():
            archive.write(each, each.name)
        archive.write(library, f"{_OWN}.zip")
        archive.writestr(f"{_OWN}._pth", f"{_OWN}.zip\r\n.\r\n#import site\r\n")
    return path


def installed_wheel(folder: Path, name: str) -> Path:
    """A wheel of a distribution that is installed here, its own files and metadata."""
    distribution = importlib.metadata.distribution(name)
    files = {
        each.as_posix(): Path(str(each.locate())).read_bytes()
        for each in distribution.files or ()
        if not re.search(r"(^|/)\.\./|\.dist-info/|__pycache__/", each.as_posix())
    }
    points: dict[str, dict[str, str]] = {}
    for point in distribution.entry_points:
        points.setdefault(point.group, {})[point.name] = point.value
    return make_wheel(
        folder,
        name,
        distribution.version,
        requires=[each for each in distribution.requires or () if "extra ==" not in each],
        requires_python=distribution.metadata["Requires-Python"],
        files=files,
        entry_points=points,
    )


def with_requirements(*names: str) -> set[str]:
    """The distributions ``names``, and all that they need here, as their metadata calls them."""
    found: set[str] = set()
    wanted = [Requirement(each) for each in names]
    while wanted:
        requirement = wanted.pop()
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        wanted += map(Requirement, importlib.metadata.distribution(requirement.name).requires or ())
    return found


def _binaries() -> Iterator[Path]:
    base = Path(sys.base_prefix)
    for folder in (base, base / "DLLs"):
        for each in sorted(folder.iterdir()):
            if each.suffix.lower() in {".exe", ".dll", ".pyd"} and not each.name.lower().startswith(_OF_TCL):
                yield each


def _library() -> Iterator[Path]:
    library = Path(sys.base_prefix) / "Lib"
    for each in sorted(library.rglob("*")):
        if each.is_file() and not _NEEDLESS & set(each.relative_to(library).parts):
            yield each
