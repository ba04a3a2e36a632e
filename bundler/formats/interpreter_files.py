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
    # by this one 2.7 knows the folder that has its library, beginning beside the program
    r"lib(64)?/(python\d[^/]*/)?os\.py[co]?",
    # what people start an environment by
    r"(de)?activate(\.(bat|cmd|com|exe|ps1|csh|fish|nu|xsh)|_this\.py)?",
    # short names, by which Windows finds the files above too
    r"[^./]{1,6}~\d+(\.[^./]{0,3})?",
)
"""Paths in the environment's folder or its folder of programs, in small letters: but for one, names directly there."""
OF_PYTHON = (
    # a runtime of the release's own
    r"runtime(/|\Z)",
    # the standard library, where the environment holds a part of it
    r"lib(64)?/python\d[^/]*/(?!(site|dist)-packages/)",
    r"(lib(64)?|dlls)/[^/]+\.(py|pyc|pyo|pyw|pyd|so|pth|zip)\Z",
    # a package goes before the module of its name, and what says where an environment of 2.7 has its library
    r"(lib(64)?|dlls)/[^/]+/__init__\.[^/]+\Z",
    r"lib(64)?/(orig-prefix|no-global-site-packages)\.txt\Z",
    r"lib(64)?/(__phello__|__pycache__|_pyrepl|asyncio|bsddb|collections|compiler|compression|concurrent|ctypes|curses|dbm)/",
    r"lib(64)?/(distutils|email|encodings|ensurepip|hotshot|html|http|idlelib|importlib|json|lib-dynload|lib-tk|lib2to3)/",
    r"lib(64)?/(logging|msilib|multiprocessing|pathlib|plat-[^/]*|pydoc_data|re|sqlite3|string|sysconfig|test|tkinter)/",
    r"lib(64)?/(tomllib|turtledemo|unittest|urllib|venv|wsgiref|xml|xmlrpc|zipfile|zoneinfo)/",
    r"dlls/(lib(ssl|crypto|ffi)[^/]*|sqlite3|(tcl|tk)\d*t?)\.dll\Z",
)
"""Paths in the environment, in small letters, below which its Python's own files lie."""
OF_RELEASE = (
    r"(\.incomplete|release\.json|spares\.zip|site\.json|additions\.json|icon\.ico)(\.new)?(/|\Z)",
    r"(current|journal|receipt\.json|leftovers\.json)(\.new)?(/|\Z)",
    r"(services|releases|uninstall|added)(/|\Z)",
)
"""Paths in the environment, in small letters, of what bootstrap.bat itself writes there or beside it, and believes."""
_LIBRARIES = ("", "purelib", "platlib")
_CUSTOMIZING = ("sitecustomize", "usercustomize")
_PATCH = "_virtualenv"  # what virtualenv puts beside the packages of its environments, with a .pth file that imports it
_SITE_PACKAGES = re.compile(r"lib(64)?/(python[0-9.]+t?/)?site-packages/", re.IGNORECASE)
_PROGRAMS = re.compile(r"scripts/", re.IGNORECASE)
_LONGEST_PTH = 1 << 20
_STEERING = re.compile(f"({'|'.join(STEERING)})\\Z", re.ASCII)
_OF_PYTHON = re.compile("|".join(OF_PYTHON), re.ASCII)
_OF_RELEASE = re.compile("|".join(OF_RELEASE), re.ASCII)


SHORT_NAME = r"(?=[^.]{3,8}(\.|\Z))[^.~]{1,6}~[0-9]+(\.[^.]{0,3})?"
"""One part of a path of the form by which Windows finds files with long names too: ``SITE-P~1`` may be ``site-packages``."""
_SHORT_NAME = re.compile(SHORT_NAME)


def is_short_name(part: str) -> bool:
    return _SHORT_NAME.fullmatch(part.rstrip(". ")) is not None


def is_of_release(path: str) -> bool:
    """Whether a file at ``path`` of a release (with ``/``) would stand for what says which release it is and what it consists of."""
    return re.match(OF_RELEASE[0], "/".join(_parts(path)), re.ASCII) is not None


def placement_fault(path: str, programs: str) -> str | None:
    """Why no wheel may bring a file at ``path`` of an environment (with ``/``), None: it may; ``programs`` is the folder of programs."""
    if steers_python(path, programs):
        return "would start or steer the environment's Python, which no package may"
    if _OF_RELEASE.match("/".join(_parts(path))):
        return "would stand for what bootstrap.bat itself writes, which no package may"
    return None


def _parts(path: str) -> list[str]:
    return [each.rstrip(". ") for each in path.lower().split("/") if each not in ("", ".")]


def steers_python(path: str, programs: str) -> bool:
    """Whether a file at ``path`` of an environment (with ``/``) starts or steers its Python; ``programs`` is the folder of programs."""
    parts = _parts(path)
    if _OF_PYTHON.match("/".join(parts)):
        return True
    if parts[:1] == [programs.lower()]:
        del parts[0]
    if parts and parts[0].endswith((".local", ".zip")):
        del parts[1:]  # as a folder it is searched too
    return _STEERING.match("/".join(parts)) is not None


def startup_files(wheel: Wheel) -> Iterator[str]:
    """The members that decide what code runs whenever Python starts: ``.pth`` files that hold any, ``sitecustomize``, ``usercustomize`` (``site``).

    They count in site-packages and in the environment's folder, which ``site`` searches on Windows, and the latter two beside the program, as
    2.7 finds them, and wherever they lie once a ``.pth`` file of the wheel leads to other places. Such a file is one of them itself: what lies
    there may be another wheel's, or in a zip.
    """
    customizing, leads = [], False
    for member in wheel.members:
        scheme, path = placed_in(member.filename)
        searched = path if scheme in _LIBRARIES else _SITE_PACKAGES.sub("", path, count=1) if scheme == "data" else None
        module = _module(path)
        if module.rpartition("/")[2] in (*_CUSTOMIZING, _PATCH):
            placed = path if scheme == "scripts" else searched
            is_searched = placed is not None and "/" not in _module(_PROGRAMS.sub("", placed, count=1))
            customizing.append((member.filename, is_searched))
        elif searched is not None and "/" not in searched and searched.endswith(".pth"):
            holds_code, leads_on = _read_pth(wheel.archive.open(member).read(_LONGEST_PTH))
            leads = leads or leads_on
            if holds_code or leads_on:
                yield member.filename
    yield from (name for name, is_searched in customizing if is_searched or leads)


def _module(path: str) -> str:
    """What a file would be imported as: ``x`` of ``x.py``, ``x.cp311-win_amd64.pyd`` and ``x/__init__.pyc``; with the folders above it."""
    above, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return above if above and stem == "__init__" else f"{above}/{stem}".lstrip("/")


def _read_pth(content: bytes) -> tuple[bool, bool]:
    """Whether it holds code, and whether it leads to other folders, as ``site`` reads it; what is longer than anybody reads does both.

    From 3.13 on ``site`` drops a mark of the byte order, and lines end where a text's do: with a form feed too.
    """
    lines = [each for each in content.decode("utf-8-sig", "replace").splitlines() if each.strip() and each[0] != "#"]
    codes = [each.startswith(("import ", "import\t")) for each in lines]
    is_long = len(content) == _LONGEST_PTH
    return is_long or any(codes), is_long or not all(codes)


def placement_faults(wheel: Wheel, programs: str) -> Iterator[tuple[str, str]]:
    """The members and entry points of a wheel that may not be where they would be, with the reason; raises MalformedWheelError where its
    entry points can't be read.
    """
    roots = {"scripts": f"{programs}/", "data": ""}
    for member in wheel.members:
        scheme, path = placed_in(member.filename)
        if "~" in member.filename and any(map(is_short_name, member.filename.split("/"))):
            yield member.filename, "has a short name, by which Windows may find another file"
        elif scheme in roots and (fault := placement_fault(roots[scheme] + path, programs)):
            yield member.filename, fault
    for name in wheel.program_names():
        if fault := placement_fault(f"{programs}/{launcher_name(name, '.exe')}", programs):
            yield f"the entry point {name}", fault
