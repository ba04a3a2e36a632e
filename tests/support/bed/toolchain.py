"""Compiling this package's C sources for Windows, with mingw-w64."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.bed import host

SOURCES = Path(__file__).parent / "src"
# No time stamps: the same sources give the same bytes.
_FLAGS = ("-O2", "-s", "-Wall", "-Werror", "-static-libgcc", "-Wl,--no-insert-timestamp")
_TRIPLETS = {"amd64": "x86_64-w64-mingw32", "win32": "i686-w64-mingw32"}


def tool(arch: str, name: str) -> str:
    """The cross tool NAME (gcc, windres, dlltool, objdump) for ARCH: `amd64` or `win32`."""
    triplet = _TRIPLETS[arch]
    host.require(f"{triplet}-gcc")
    return f"{triplet}-{name}"


def compile_exe(arch: str, output: Path, *arguments: str | Path) -> None:
    """Compile and link ARGUMENTS (sources, objects, options, libraries) to an exe or DLL."""
    with tempfile.TemporaryDirectory() as work:  # gcc leaves files there when it is given a .def
        host.run(tool(arch, "gcc"), *_FLAGS, "-o", output, *arguments, env={**host.environment(), "TMPDIR": work})


def compile_resource(arch: str, text: str, directory: Path) -> Path:
    """An object with the resources that the resource script TEXT says; work files go to DIRECTORY."""
    script = directory / "resource.rc"
    script.write_text(text, encoding="utf-8")
    output = directory / "resource.o"
    host.run(tool(arch, "windres"), "--codepage=65001", script, output)
    return output
