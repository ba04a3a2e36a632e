"""Compilers that refuse: a build that wants one leaves a trace, whether it then fails, goes on without, or hides it.

A setuptools extension may be optional, and a build without a compiler then ends well with a wheel that lacks it: so the
trace counts and not the exit code.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.build.hook_answers import unsafe_output
from bundler.isolation.leavings import UnsafeLeavingError, read_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_C = (
    "cc",
    "gcc",
    "clang",
    "c++",
    "g++",
    "clang++",
    "cpp",
    "cl",
    "clang-cl",
    "x86_64-linux-gnu-gcc",
    "x86_64-linux-gnu-g++",
)
_LINKERS = ("ld", "lld", "link", "gfortran", "nvcc", "swig")
_BUILDERS = ("cargo", "rustc", "maturin", "cmake", "ninja", "make", "gmake", "meson", "go", "zig")
_VARIABLES = {
    "CC": "cc",
    "CXX": "c++",
    "LD": "ld",
    "FC": "gfortran",
    "CARGO": "cargo",
    "RUSTC": "rustc",
    "CMAKE": "cmake",
}
_SOURCE = re.compile(r"\.(c|cc|cpp|cxx|m|mm|f|f90|rs|s|o|obj)\b", re.IGNORECASE)
_PROBE = re.compile(r"--?(version|help|dump\w+|print-[\w-]+|V|v|vV)\b|-Wl,-t\b")

_LARGEST_TRACE = 16 * 2**20
_MOST_ATTEMPTS = 1000
"""Of which an error shows a few: the trace is the build's to write, and has room for millions."""
REFUSED = "no compiler runs in this build"
"""What each of them says before it fails."""
_SHELL = """\
#!/bin/sh
printf '%s\\n' "{name} $*" >> '{trace}'
echo "{name}: {words}" >&2
exit 1
"""
# Windows starts `cl` from PATH only where it is an .exe: batch files would stand aside for a real one further on
_PROGRAM = """\
import pathlib, sys

name = pathlib.Path(sys.argv[0]).stem
with open({trace!r}, "a", encoding="utf-8") as stream:
    print(name, *sys.argv[1:], file=stream)
sys.exit(name + ": {words}")
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The folder with refusing programs, and the file that each one writes its command line to."""

    folder: Path
    trace: Path

    def variables(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """``inherited`` changed so that a build finds these compilers first."""
        suffix = ".exe" if os.name == "nt" else ""
        named = {variable: str(self.folder / (program + suffix)) for variable, program in _VARIABLES.items()}
        # without it setuptools would find Visual Studio by the registry; with it, it takes cl.exe from PATH, where there is none
        sdk = {"DISTUTILS_USE_SDK": "1", "MSSdk": "1"} if os.name == "nt" else {}
        shared = {"LDSHARED": f"{named['CC']} -shared", "LDCXXSHARED": f"{named['CXX']} -shared"} if not sdk else {}
        path = os.pathsep.join(filter(None, (str(self.folder), inherited.get("PATH", ""))))
        return {**inherited, **named, **sdk, **shared, "PATH": path}

    def attempts(self) -> tuple[str, ...]:
        """The command lines that wanted something compiled, the first of them; asking a compiler for its version is no attempt.

        Raises BuildError (``build-output-unsafe``).
        """
        try:
            said = read_plain(self.folder, self.trace.name, largest=_LARGEST_TRACE)
        except FileNotFoundError:
            return ()
        except UnsafeLeavingError as error:
            raise unsafe_output(self.folder.parent.name, str(error)) from None
        # an argument may have ends of lines in it, and empty lines
        lines = (line.decode("utf-8", "replace").strip() for line in io.BytesIO(said))
        wanted = (line for line in lines if line and (_SOURCE.search(line) or not _PROBE.search(line)))
        return tuple(itertools.islice(wanted, _MOST_ATTEMPTS))


def refuse_compilers(folder: Path) -> Refusal:
    """Write the refusing programs into ``folder``, made if it isn't there."""
    folder.mkdir(parents=True, exist_ok=True)
    trace = folder / "attempts.txt"
    trace.write_bytes(b"")
    names = (*_C, *_LINKERS, *_BUILDERS)
    (_write_programs if os.name == "nt" else _write_scripts)(folder, names, trace)
    return Refusal(folder=folder, trace=trace)


def _write_scripts(folder: Path, names: Iterable[str], trace: Path) -> None:
    quoted = str(trace).replace("'", "'\\''")
    for name in names:
        program = folder / name
        program.write_text(_SHELL.format(name=name, trace=quoted, words=REFUSED), encoding="utf-8")
        program.chmod(0o755)


def _write_programs(folder: Path, names: Iterable[str], trace: Path) -> None:
    """Launchers as pip makes them for console scripts: each runs what is packed into it, and knows its own name."""
    from distlib.scripts import ScriptMaker, enquote_executable

    maker = ScriptMaker(None, str(folder), add_launchers=True)
    maker.variants = {""}
    maker.executable = enquote_executable(sys.executable)
    maker.script_template = _PROGRAM.format(trace=str(trace), words=REFUSED).replace("%", "%%")
    (made,) = maker.make("refused = refused:main", {"interpreter_args": ["-I", "-S"]})
    for name in names:
        shutil.copyfile(made, folder / f"{name}.exe")
