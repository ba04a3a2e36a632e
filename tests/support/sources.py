"""Sdists and projects made for tests: they comply by default, and one thing at a time can be broken.

The same arguments give the same bytes.
"""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.support.wheels import STAMP, Files, entry_points_text, escaped, metadata, to_bytes, zip_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

STAMP_SECONDS = 1704067200
_BACKEND = Path(__file__).with_name("sdist_backend.py")
_C_SOURCE = """\
#include <Python.h>
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&module); }}
"""


def make_sdist(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    backend: Literal["in-tree", "setuptools"] = "in-tree",
    pyproject: bool = True,
    archive: Literal["tar.gz", "zip"] = "tar.gz",
    pkg_info: str | None = None,
    filename: str | None = None,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    dynamic: Sequence[str] = (),
    metadata_version: str = "2.2",
    requires_on: Mapping[str, Sequence[str]] | None = None,
    build_requires: Sequence[str] | None = None,
    hook_requires: Sequence[str] = (),
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    files: Files | None = None,
    c_extension: bool = False,
    tag: str = "py3-none-any",
    fails: str = "",
) -> Path:
    """Write an sdist into ``folder``; it builds with no network unless ``build_requires`` or the backend ask for something.

    ``backend``: ``in-tree`` (PEP 517's backend-path, standard library only) or ``setuptools`` (``setup.py``; ``pyproject=False``
    leaves ``pyproject.toml`` out). ``dynamic`` lists fields (``Requires-Dist``) that PKG-INFO declares dynamic (PEP 643);
    ``requires_on`` adds requirements where ``sys.platform`` begins with the key, as seen by the build hook only.
    ``hook_requires`` is what get_requires_for_build_wheel answers, ``fails`` a message that building dies with,
    ``pkg_info`` another PKG-INFO than the right one (``""``: none). ``c_extension``: a C module that a build must compile.
    """
    source = Source(
        name=name,
        version=version,
        backend=backend,
        pyproject=pyproject,
        requires=requires,
        requires_python=requires_python,
        extras=extras or {},
        dynamic=dynamic,
        metadata_version=metadata_version,
        requires_on=requires_on or {},
        build_requires=build_requires,
        hook_requires=hook_requires,
        entry_points=entry_points or {},
        files=files,
        c_extension=c_extension,
        tag=tag,
        fails=fails,
    )
    tree = source.tree()
    if pkg_info != "":
        tree["PKG-INFO"] = to_bytes(pkg_info or source.metadata())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or f"{source.stem}.{archive}")
    named = {f"{source.stem}/{each}": content for each, content in sorted(tree.items())}
    path.write_bytes(_tar(named) if archive == "tar.gz" else _zip(named))
    return path


def make_project(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    backend: Literal["in-tree", "setuptools"] = "in-tree",
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    build_requires: Sequence[str] | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    files: Files | None = None,
    c_extension: bool = False,
) -> Path:
    """Write a project's source tree into ``folder`` itself and return it; the arguments are those of make_sdist."""
    source = Source(
        name=name,
        version=version,
        backend=backend,
        requires=requires,
        requires_python=requires_python,
        build_requires=build_requires,
        entry_points=entry_points or {},
        files=files,
        c_extension=c_extension,
    )
    for each, content in source.tree().items():
        path = folder / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A source tree; the fields are what make_sdist is told."""

    name: str
    version: str
    backend: Literal["in-tree", "setuptools"] = "in-tree"
    pyproject: bool = True
    requires: Sequence[str] = ()
    requires_python: str | None = None
    extras: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    dynamic: Sequence[str] = ()
    metadata_version: str = "2.2"
    requires_on: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    build_requires: Sequence[str] | None = None
    hook_requires: Sequence[str] = ()
    entry_points: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    files: Files | None = None
    c_extension: bool = False
    tag: str = "py3-none-any"
    fails: str = ""

    @property
    def stem(self) -> str:
        return f"{escaped(self.name)}-{self.version}"

    @property
    def extension(self) -> str:
        """The C module's name, empty for none."""
        return f"_{escaped(self.name)}" if self.c_extension else ""

    def metadata(self, *, dynamic: bool = True) -> str:
        """PKG-INFO, or without ``dynamic`` what the wheel's METADATA says."""
        return metadata(
            self.name,
            self.version,
            requires=self.requires,
            requires_python=self.requires_python,
            extras=self.extras,
            extra_lines=[f"Dynamic: {each}" for each in self.dynamic] if dynamic else [],
            metadata_version=self.metadata_version,
        )

    def tree(self) -> dict[str, bytes]:
        """All files but PKG-INFO."""
        modules = (
            self.files if self.files is not None else {f"{escaped(self.name)}.py": f'VERSION = "{self.version}"\n'}
        )
        tree = {each: to_bytes(content) for each, content in modules.items()}
        added = self._setuptools(modules) if self.backend == "setuptools" else self._in_tree(modules)
        if self.extension:
            added[f"{self.extension}.c"] = _C_SOURCE.format(name=self.extension)
        return tree | {each: content.encode() for each, content in added.items()}

    def _setuptools(self, modules: Iterable[str]) -> dict[str, str]:
        extensions = f'[Extension("{self.extension}", ["{self.extension}.c"])]' if self.extension else "[]"
        extras = {extra: list(each) for extra, each in self.extras.items()}
        setup = (
            "import sys\nfrom setuptools import Extension, setup\n"
            f"requires = {list(self.requires)!r}\n"
            f"for platform, more in {dict(self.requires_on)!r}.items():\n"
            "    if sys.platform.startswith(platform):\n        requires += more\n"
            f"setup(name={self.name!r}, version={self.version!r}, python_requires={self.requires_python!r},\n"
            f"      install_requires=requires, extras_require={extras!r},\n"
            f"      entry_points={entry_points_text(self.entry_points)!r}, ext_modules={extensions},\n"
            f"      py_modules={[each[:-3] for each in modules if each.endswith('.py') and '/' not in each]!r},\n"
            f"      packages={sorted({each.rpartition('/')[0] for each in modules if '/' in each})!r})\n"
        )
        if not self.pyproject:
            return {"setup.py": setup}
        needs = ["setuptools"] if self.build_requires is None else list(self.build_requires)
        project = f'[build-system]\nrequires = {json.dumps(needs)}\nbuild-backend = "setuptools.build_meta"\n'
        return {"setup.py": setup, "pyproject.toml": project}

    def _in_tree(self, modules: Iterable[str]) -> dict[str, str]:
        settings = {
            "stem": self.stem,
            "metadata": self.metadata(dynamic=False),
            "requires_on": {platform: list(each) for platform, each in self.requires_on.items()},
            "hook_requires": list(self.hook_requires),
            "entry_points": entry_points_text(self.entry_points),
            "packages": sorted(modules),
            "extension": self.extension,
            "tag": self.tag,
            "fails": self.fails,
        }
        project = (
            f"[build-system]\nrequires = {json.dumps(list(self.build_requires or ()))}\n"
            'build-backend = "sdist_backend"\nbackend-path = ["_build"]\n'
        )
        return {
            "pyproject.toml": project,
            "_build/sdist_backend.py": _BACKEND.read_text(encoding="utf-8"),
            "_build/build.json": json.dumps(settings, indent=1, sort_keys=True),
        }


def _tar(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), STAMP_SECONDS
            archive.addfile(entry, io.BytesIO(content))
    return _gzip(raw.getvalue())


def _gzip(content: bytes) -> bytes:
    """With a header of its own: which system gzip writes there depends on Python's version, and on the system."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    ends = struct.pack("<II", zlib.crc32(content), len(content))
    return b"\x1f\x8b\x08\0" + bytes(4) + b"\x02\x03" + packer.compress(content) + packer.flush() + ends


def _zip(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zip_entry(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return raw.getvalue()
