"""Files of an environment that start or steer its interpreter: no wheel may bring one, as a file or as an entry point."""

from __future__ import absolute_import, unicode_literals

import re

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
SHORT_NAME = r"(?=[^.]{3,8}(\.|\Z))[^.~]{1,6}~[0-9]+(\.[^.]{0,3})?"
"""One part of a path of the form by which Windows finds files with long names too: ``SITE-P~1`` may be ``site-packages``."""
_SHORT_NAME = re.compile("(%s)\\Z" % SHORT_NAME)
_STEERING = re.compile("(%s)\\Z" % "|".join(STEERING).replace(r"\d", "[0-9]"))
_OF_PYTHON = re.compile("|".join(OF_PYTHON).replace(r"\d", "[0-9]"))
_OF_RELEASE = re.compile("|".join(OF_RELEASE))


def is_short_name(part):
    # type: (str) -> bool
    return _SHORT_NAME.match(part.rstrip(". ")) is not None


def placement_fault(path, programs):
    # type: (str, str) -> str | None
    """Why no wheel may bring a file at ``path`` of an environment (with ``/``), None: it may; ``programs`` is the folder of programs."""
    if steers_python(path, programs):
        return "would start or steer the environment's Python, which no package may"
    if _OF_RELEASE.match("/".join(_parts(path))):
        return "would stand for what bootstrap.bat itself writes, which no package may"
    return None


def _parts(path):
    # type: (str) -> list[str]
    return [each.rstrip(". ") for each in path.lower().split("/") if each not in ("", ".")]


def steers_python(path, programs):
    # type: (str, str) -> bool
    """Whether a file at ``path`` of an environment (with ``/``) starts or steers its Python; ``programs`` is the folder of programs."""
    parts = _parts(path)
    if _OF_PYTHON.match("/".join(parts)):
        return True
    if parts[:1] == [programs.lower()]:
        del parts[0]
    if parts and parts[0].endswith((".local", ".zip")):
        del parts[1:]  # as a folder it is searched too
    return _STEERING.match("/".join(parts)) is not None
