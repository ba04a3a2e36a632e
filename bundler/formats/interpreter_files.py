"""Files of an environment that start or steer its interpreter: no wheel may bring one, as a file or as an entry point.

``bundler/target`` has the same rule in Python 2.7's words; a test compares the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.formats.wheel_reader import launcher_name, placed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.formats.wheel_reader import Wheel

STEERING = (
    # interpreters, and what Windows reads beside a program before it starts it
    r"pythonw?(\d+(\.\d+)?)?t?(\.(exe|com)(\.(local|manifest|config))?)?",
    r"(lib)?python\d*(\.\d+)*t?(_d)?\.(dll|so|zip|dylib)",
    # the C runtime, and system DLLs that a program looks for in its own folder first
    r"(vcruntime|msvcp|msvcr|concrt|ucrtbase|api-ms-win-|ext-ms-)[^/]*\.dll",
    r"(version|bcrypt|bcryptprimitives|cryptbase|cryptsp|apphelp|userenv|profapi|uxtheme|winmm)\.dll",
    # where the interpreter looks for its modules
    r"pyvenv\.cfg|[^/]*\._pth|pybuilddir\.txt",
    # what people start an environment by
    r"(de)?activate(\.(bat|cmd|com|exe|ps1|csh|fish|nu|xsh)|_this\.py)?",
    # short names, by which Windows finds the files above too
    r"[^./]{1,6}~\d+(\.[^./]{0,3})?",
)
"""Names directly in the environment's folder or its folder of programs, in small letters."""
OF_PYTHON = (
    # a runtime of the release's own
    r"runtime(/|\Z)",
    # the standard library, where the environment holds a part of it
    r"lib(64)?/(python\d[^/]*/)?[^/]+\.(py|pyc|pyo|pyw|pyd|so|pth|zip)\Z",
    r"lib(64)?/(python\d[^/]*/)?(encodings|collections|importlib|ctypes|re|lib-dynload|__pycache__)/",
    r"dlls/([^/]+\.pyd|(lib(ssl|crypto|ffi)[^/]*|sqlite3|(tcl|tk)\d*t?)\.dll)\Z",
)
"""Paths in the environment, in small letters, below which its Python's own files lie."""
_LIBRARIES = ("", "purelib", "platlib")
_CUSTOMIZING = ("sitecustomize", "usercustomize")
_LONGEST_PTH = 1 << 20
_STEERING = re.compile(f"({'|'.join(STEERING)})\\Z", re.ASCII)
_OF_PYTHON = re.compile("|".join(OF_PYTHON), re.ASCII)


def steers_python(path: str, programs: str) -> bool:
    """Whether a file at ``path`` of an environment (with ``/``) starts or steers its Python; ``programs`` is the folder of programs."""
    parts = [each.rstrip(". ") for each in path.lower().split("/") if each not in ("", ".")]
    if _OF_PYTHON.match("/".join(parts)):
        return True
    if parts[:1] == [programs.lower()]:
        del parts[0]
    if not parts or (len(parts) > 1 and not parts[0].endswith(".local")):
        return False
    return _STEERING.match(parts[0]) is not None


def startup_files(wheel: Wheel) -> Iterator[str]:
    """The members whose code runs whenever Python starts: ``.pth`` files with ``import`` lines, ``sitecustomize``, ``usercustomize`` (``site``)."""
    for member in wheel.members:
        scheme, path = placed_in(member.filename)
        top, _, below = path.partition("/")
        if scheme not in _LIBRARIES:
            continue
        if (top.partition(".")[0] in _CUSTOMIZING and (not below or below == "__init__.py")) or (
            not below and top.endswith(".pth") and _holds_code(wheel.archive.open(member).read(_LONGEST_PTH))
        ):
            yield member.filename


def _holds_code(content: bytes) -> bool:
    """As ``site`` reads it; what is longer than anybody reads is taken for code."""
    lines = content.splitlines()
    return len(content) == _LONGEST_PTH or any(each.startswith((b"import ", b"import\t")) for each in lines)


def steering_files(wheel: Wheel, programs: str) -> Iterator[str]:
    """The members and entry points of a wheel that would; raises MalformedWheelError where its entry points can't be read."""
    roots = {"scripts": f"{programs}/", "data": ""}
    for member in wheel.members:
        scheme, path = placed_in(member.filename)
        if scheme in roots and steers_python(roots[scheme] + path, programs):
            yield member.filename
    for name in wheel.program_names():
        if steers_python(f"{programs}/{launcher_name(name, '.exe')}", programs):
            yield f"the entry point {name}"
