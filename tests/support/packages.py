"""Wheels, sdists and projects made for tests: they comply by default, and one thing at a time can be broken.

The same arguments give the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Files = Mapping[str, str | bytes]

STAMP = (2024, 1, 1, 0, 0, 0)
STAMP_SECONDS = 1704067200
_BACKEND = Path(__file__).with_name("sdist_backend.py")
_C_SOURCE = """\
#include <Python.h>
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&module); }}
"""


def escaped(name: str) -> str:
    """A project's name as wheels and sdists spell it in their file names."""
    return re.sub(r"[-_.]+", "_", name).lower()


def metadata(
    name: str = "demo",
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    extra_lines: Sequence[str] = (),
    metadata_version: str = "2.1",
    body: str = "Made for tests.\n",
) -> str:
    """Core metadata; ``extras`` maps an extra's name to its requirements, ``extra_lines`` are added as they are."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}", "Summary: made for tests"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {each}" for each in requires]
    for extra, wanted in (extras or {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_only_with(extra, each)}" for each in wanted]
    return "\n".join([*lines, *extra_lines, "", body])


def _only_with(extra: str, requirement: str) -> str:
    wanted, _, marker = requirement.partition(";")
    condition = f"({marker.strip()}) and " if marker else ""
    return f'{wanted.strip()}; {condition}extra == "{extra}"'


def entry_points_text(groups: Mapping[str, Mapping[str, str]] | None) -> str:
    """``entry_points.txt`` of groups such as ``{"console_scripts": {"demo": "demo:main"}}``; empty for none."""
    sections = (
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in sorted(points.items()))
        for group, points in sorted((groups or {}).items())
    )
    return "\n".join(sections)


def make_wheel(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    build_tag: str | None = None,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    files: Files | None = None,
    data: Files | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    licenses: Files | None = None,
    metadata_extra: Sequence[str] = (),
    metadata_version: str = "2.1",
    metadata_text: str | None = None,
    purelib: bool | None = None,
    wheel_version: str = "1.0",
    record: Literal["right", "missing", "wrong", "incomplete"] = "right",
    dist_info: str | None = None,
    filename: str | None = None,
    stored: bool = False,
) -> Path:
    """Write a wheel (PEP 427) into ``folder``, made if it isn't there.

    ``files`` lie in the wheel's root (default: one module), ``data`` in ``.data`` (``scripts/run``), ``licenses`` in
    ``.dist-info/licenses`` (PEP 639). ``tag`` may be compressed (``py2.py3-none-any``). To break it: ``record``,
    ``metadata_text`` (instead of the right one), ``dist_info`` (another folder's name), ``wheel_version``, ``filename``.
    """
    stem = f"{escaped(name)}-{version}"
    info = dist_info or f"{stem}.dist-info"
    lines = [*metadata_extra, *(f"License-File: {each}" for each in sorted(licenses or {}))]
    text = metadata_text or metadata(
        name,
        version,
        requires=requires,
        requires_python=requires_python,
        extras=extras,
        extra_lines=lines,
        metadata_version=metadata_version,
    )
    contents = dict(files) if files is not None else {f"{escaped(name)}.py": f'VERSION = "{version}"\n'}
    contents |= {f"{stem}.data/{each}": content for each, content in (data or {}).items()}
    contents |= {f"{info}/licenses/{each}": content for each, content in (licenses or {}).items()}
    contents[f"{info}/METADATA"] = text
    contents[f"{info}/WHEEL"] = _wheel_text(tag, purelib=purelib, version=wheel_version, build=build_tag)
    if entry_points:
        contents[f"{info}/entry_points.txt"] = entry_points_text(entry_points)
    packed = {each: _bytes(content) for each, content in contents.items()}
    if record != "missing":
        packed[f"{info}/RECORD"] = _record(packed, f"{info}/RECORD", record)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or "-".join(filter(None, (stem, build_tag, tag))) + ".whl")
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in packed.items():
            entry = zipfile.ZipInfo(each, STAMP)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, method)
    return path


def _wheel_text(tag: str, *, purelib: bool | None, version: str, build: str | None) -> str:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    pure = platforms == ["any"] if purelib is None else purelib
    lines = [f"Wheel-Version: {version}", "Generator: tests", f"Root-Is-Purelib: {str(pure).lower()}"]
    lines += [f"Tag: {python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms]
    if build:
        lines.append(f"Build: {build}")
    return "\n".join([*lines, ""])


def _record(files: Mapping[str, bytes], own: str, kind: str) -> bytes:
    rows = [f"{name},{_digest(content)},{len(content)}" for name, content in sorted(files.items())]
    if kind == "wrong":
        first = min(files)
        rows[0] = f"{first},{_digest(b'something else')},{len(files[first])}"
    if kind == "incomplete":
        del rows[0]
    return "\n".join([*rows, f"{own},,", ""]).encode()


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


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
    text = metadata(
        name,
        version,
        requires=requires,
        requires_python=requires_python,
        extras=extras,
        extra_lines=[f"Dynamic: {each}" for each in dynamic],
        metadata_version=metadata_version,
    )
    tree = _tree(
        name,
        version,
        text=text,
        backend=backend,
        pyproject=pyproject,
        requires=requires,
        requires_python=requires_python,
        extras=extras or {},
        requires_on=requires_on or {},
        build_requires=build_requires,
        hook_requires=hook_requires,
        entry_points=entry_points,
        files=files,
        c_extension=c_extension,
        tag=tag,
        fails=fails,
    )
    if pkg_info != "":
        tree["PKG-INFO"] = _bytes(pkg_info or text)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{escaped(name)}-{version}"
    path = folder / (filename or f"{stem}.{archive}")
    named = {f"{stem}/{each}": content for each, content in sorted(tree.items())}
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
    tree = _tree(
        name,
        version,
        text=metadata(name, version, requires=requires, requires_python=requires_python),
        backend=backend,
        pyproject=True,
        requires=requires,
        requires_python=requires_python,
        extras={},
        requires_on={},
        build_requires=build_requires,
        hook_requires=(),
        entry_points=entry_points,
        files=files,
        c_extension=c_extension,
        tag="py3-none-any",
        fails="",
    )
    for each, content in tree.items():
        path = folder / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _tree(
    name: str,
    version: str,
    *,
    text: str,
    backend: str,
    pyproject: bool,
    requires: Sequence[str],
    requires_python: str | None,
    extras: Mapping[str, Sequence[str]],
    requires_on: Mapping[str, Sequence[str]],
    build_requires: Sequence[str] | None,
    hook_requires: Sequence[str],
    entry_points: Mapping[str, Mapping[str, str]] | None,
    files: Files | None,
    c_extension: bool,
    tag: str,
    fails: str,
) -> dict[str, bytes]:
    module = escaped(name)
    sources = dict(files) if files is not None else {f"{module}.py": f'VERSION = "{version}"\n'}
    tree = {each: _bytes(content) for each, content in sources.items()}
    if c_extension:
        tree[f"_{module}.c"] = _C_SOURCE.format(name=f"_{module}").encode()
    if backend == "setuptools":
        if pyproject:
            needs = ["setuptools"] if build_requires is None else list(build_requires)
            tree["pyproject.toml"] = (
                f'[build-system]\nrequires = {json.dumps(needs)}\nbuild-backend = "setuptools.build_meta"\n'
            ).encode()
        extensions = f'[Extension("_{module}", ["_{module}.c"])]' if c_extension else "[]"
        tree["setup.py"] = (
            "import sys\nfrom setuptools import Extension, setup\n"
            f"requires = {list(requires)!r}\n"
            f"for platform, more in {dict(requires_on)!r}.items():\n"
            "    if sys.platform.startswith(platform):\n        requires += more\n"
            f"setup(name={name!r}, version={version!r}, install_requires=requires, python_requires={requires_python!r},\n"
            f"      extras_require={ {extra: list(each) for extra, each in extras.items()}!r},\n"
            f"      entry_points={entry_points_text(entry_points)!r}, ext_modules={extensions},\n"
            f"      py_modules={[each[:-3] for each in sources if each.endswith('.py') and '/' not in each]!r},\n"
            f"      packages={sorted({each.rpartition('/')[0] for each in sources if '/' in each})!r})\n"
        ).encode()
        return tree
    settings = {
        "stem": f"{module}-{version}",
        "metadata": "\n".join(line for line in text.split("\n") if not line.startswith("Dynamic: ")),
        "requires_on": {platform: list(each) for platform, each in requires_on.items()},
        "hook_requires": list(hook_requires),
        "entry_points": entry_points_text(entry_points),
        "packages": sorted(sources),
        "extension": f"_{module}" if c_extension else "",
        "tag": tag,
        "fails": fails,
    }
    tree["pyproject.toml"] = (
        f"[build-system]\nrequires = {json.dumps(list(build_requires or ()))}\n"
        'build-backend = "sdist_backend"\nbackend-path = ["_build"]\n'
    ).encode()
    tree["_build/sdist_backend.py"] = _BACKEND.read_bytes()
    tree["_build/build.json"] = json.dumps(settings, indent=1, sort_keys=True).encode()
    return tree


def _tar(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), STAMP_SECONDS
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def _zip(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return raw.getvalue()
