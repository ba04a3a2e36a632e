"""Compiled files, as ``compileall`` writes them: beside their sources, valid as long as the source has its time and size."""

from __future__ import absolute_import, unicode_literals

import marshal
import os
import struct
import sys
import time

PY2 = sys.version_info[0] == 2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def compiled(magic, path, source):
    # type: (bytes, str, bytes) -> bytes
    """The compiled form of a source that lies at ``path`` with this content; raises whatever the compiler raises.

    The source gets the time that the compiled form says. On Windows, to ask for a file's time takes several times as long as to set it.
    """
    code = compile(source, _code_path(path), "exec", 0, True)
    now = int(time.time()) // 2 * 2  # FAT has even seconds only
    os.utime(path, (now, now))
    return header(magic, now, len(source)) + marshal.dumps(code)


def cache_tag():
    # type: () -> str | None
    """``cpython-311``; None under 2.7, where compiled files lie beside their sources."""
    if PY2:
        return None
    return sys.implementation.cache_tag


def compiled_path(folder, name, tag):
    # type: (str, str, str | None) -> str
    if tag is None:
        return folder + os.sep + name + "c"
    return os.sep.join((folder, "__pycache__", "%s.%s.pyc" % (name[: -len(".py")], tag)))


def source_of(path):
    # type: (str) -> str | None
    """The module that a compiled file is of, both with slashes; None: it isn't a compiled one."""
    above, _, name = path.rpartition("/")
    if not name.lower().endswith((".pyc", ".pyo")):
        return None
    if above.rpartition("/")[2].lower() != "__pycache__":
        return path[:-1]
    return above[: -len("__pycache__")] + name.partition(".")[0] + ".py"


def magic_number():
    # type: () -> bytes
    if sys.version_info[0] == 2:
        import imp

        return imp.get_magic()
    else:
        import importlib.util

        return importlib.util.MAGIC_NUMBER


def header(magic, mtime, size):
    # type: (bytes, int, int) -> bytes
    """The first bytes of a compiled file that is valid as long as its source has this time and size (PEP 3147, PEP 552)."""
    words = [mtime & 0xFFFFFFFF]
    if not PY2:
        words.append(size & 0xFFFFFFFF)
    if sys.version_info >= (3, 7):
        words.insert(0, 0)
    return magic + struct.pack(str("<%dL") % len(words), *words)


def _code_path(path):
    # type: (str) -> Any
    # 2.7 keeps a file's name as bytes in the code; one that the code page lacks raises, and the module stays uncompiled
    return path.encode("mbcs" if sys.platform == "win32" else sys.getfilesystemencoding()) if PY2 else path
