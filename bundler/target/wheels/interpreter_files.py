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
_STEERING = re.compile("(%s)\\Z" % "|".join(STEERING).replace(r"\d", "[0-9]"))
_OF_PYTHON = re.compile("|".join(OF_PYTHON).replace(r"\d", "[0-9]"))


def steers_python(path, programs):
    # type: (str, str) -> bool
    """Whether a file at ``path`` of an environment (with ``/``) starts or steers its Python; ``programs`` is the folder of programs."""
    parts = [each.rstrip(". ") for each in path.lower().split("/") if each not in ("", ".")]
    if _OF_PYTHON.match("/".join(parts)):
        return True
    if parts[:1] == [programs.lower()]:
        del parts[0]
    if not parts or (len(parts) > 1 and not parts[0].endswith(".local")):
        return False
    return _STEERING.match(parts[0]) is not None
