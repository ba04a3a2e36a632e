"""Legacy installers as distutils and setuptools made them: bdist_wininst and eggs; ``legacy_msi`` has bdist_msi.

Everything complies by default, and one thing at a time can be broken.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from tests.support.programs import make_program
from tests.support.wheels import zip_entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WININST_TAG = 0x1234567B
PKG_INFO = "Metadata-Version: 1.0\nName: {name}\nVersion: {version}\nSummary: A package\nLicense: UNKNOWN\n"


def extension(python: str | None = "2.7", platform: str = "win32", filler: bytes = b"") -> bytes:
    """A ``.pyd`` that imports the DLL of a Python; None: python3.dll, the stable ABI."""
    dll = f"python{python.replace('.', '')}.dll" if python else "python3.dll"
    return make_program(platform=platform, dll=True, version=None, imports=(dll, "KERNEL32.dll"), filler=filler)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A deflated zip as distutils writes it, in the order given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zip_entry(name, (2014, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def make_wininst(
    path: Path,
    files: Mapping[str, bytes],
    *,
    name: str = "Foo.Bar",
    version: str = "1.0",
    target_version: str | None = "2.7",
    platform: str = "win32",
    install_script: str | None = None,
    pre_install: bytes = b"",
    built_with: str = "2.7.2",
    tag: int = WININST_TAG,
    bitmap: bytes = b"",
    config: bytes | None = None,
    length: int | None = None,
    egg_info: str | None = None,
) -> Path:
    """A bdist_wininst; ``files`` by their names in its zip (``PURELIB/foo.py``). ``length``: what the header says of the configuration.

    ``egg_info``: where a single-file egg-info goes, such as ``PURELIB/Foo.Bar-1.0-py2.7.egg-info``.
    """
    lines = [
        "[metadata]",
        "author=J\u00f6rgen",
        "description=A package",
        f"name={name}",
        f"version={version}",
        "",
        "[Setup]",
    ]
    lines += [f"install_script={install_script}"] if install_script else []
    lines += ["info=First line\\nSecond line", "target_compile=1", "target_optimize=1"]
    lines += [f"target_version={target_version}"] if target_version else []
    lines += [f"title={name}-{version}", f"build_info=Built Sun Mar  5 20:35:24 2014 with distutils-{built_with}"]
    data = config if config is not None else "\n".join(lines).encode("cp1252") + b"\0" + pre_install + b"\0"
    if egg_info:
        files = {**files, egg_info: PKG_INFO.format(name=name, version=version).encode()}
    header = struct.pack("<III", tag, len(data) if length is None else length, len(bitmap))
    stub = make_program(platform=platform, version=None)
    path.write_bytes(stub + bitmap + data + header + zipped(files))
    return path


def make_egg(
    path: Path, files: Mapping[str, bytes], *, name: str = "Foo.Bar", version: str = "1.0", script: bytes = b""
) -> Path:
    """An egg with a PKG-INFO unless ``files`` has one; ``script``: what stands before the zip."""
    info = {"EGG-INFO/PKG-INFO": PKG_INFO.format(name=name, version=version).encode()}
    path.write_bytes(script + zipped({**info, **files}))
    return path
