"""Stand-ins of the Pythons that are archives: python.org's embeddable zip, and the NuGet package."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.bed.winpython import Release

_DATE = (2024, 1, 1, 0, 0, 0)
# Parts of the library that the embeddable zip leaves out.
_NOT_EMBEDDED = {"ensurepip", "venv", "tkinter", "idlelib", "turtledemo", "site-packages", "test", "turtle.py"}
_TCL = ("_tkinter", "tcl8", "tk8", "zlib1")
_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="nuspec" ContentType="application/octet-stream"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/{name}.nuspec" Id="R1"/>'
    "</Relationships>"
)
_NUSPEC = (
    '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">'
    "<metadata><id>{name}</id><version>{version}</version><title>Python</title><authors>Python Software Foundation</authors>"
    "<description>A stand-in of the Python package, for tests.</description></metadata></package>"
)


def make_embed(tree: Path, release: Release, output: Path, compile_library: Callable[[Path], None]) -> None:
    """The embeddable zip: all programs and DLLs flat, the library as compiled modules in a zip, a ._pth, nothing else.

    COMPILE_LIBRARY puts a .pyc beside every .py of a directory, for the Python of TREE.
    """
    own = f"python{release.nodot}"
    with tempfile.TemporaryDirectory() as name:
        library, inner = Path(name, "Lib"), Path(name, "inner.zip")
        shutil.copytree(tree / "Lib", library, ignore=lambda _, names: _NOT_EMBEDDED & set(names))
        compile_library(library)
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(library.rglob("*.pyc")):
                _add(archive, path.relative_to(library).as_posix(), path.read_bytes())
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            flat = [path for folder in (tree, tree / "DLLs") for path in folder.iterdir() if path.is_file()]
            for path in sorted(flat, key=lambda path: path.name):
                if not path.name.lower().startswith(_TCL):
                    _add(archive, path.name, path.read_bytes())
            _add(archive, f"{own}.zip", inner.read_bytes())
            paths = f"{own}.zip\r\n.\r\n\r\n# Uncomment to run site.main() automatically\r\n#import site\r\n"
            _add(archive, f"{own}._pth", paths.encode())


def make_nupkg(tree: Path, release: Release, output: Path) -> None:
    """The NuGet package: the whole tree below tools/."""
    name = nuget_name(release)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "[Content_Types].xml", _CONTENT_TYPES.encode())
        _add(archive, "_rels/.rels", _RELATIONSHIPS.format(name=name).encode())
        _add(archive, f"{name}.nuspec", _NUSPEC.format(name=name, version=release.version).encode())
        for path in sorted(tree.rglob("*")):
            if path.is_file():
                _add(archive, f"tools/{path.relative_to(tree).as_posix()}", path.read_bytes())


def nuget_name(release: Release) -> str:
    """The package's id in the NuGet gallery."""
    return "python" if release.arch == "amd64" else "pythonx86"


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
