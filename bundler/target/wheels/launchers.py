"""The programs that stand for entry points, byte for byte as the pip of the bundle would make them.

On Windows: a stub (out of pip's own wheel), a ``#!`` line with the Python to start, and a zip with ``__main__.py``; elsewhere a script.

Or, where a bundle wants it so, two files: a program that is the same for all, ours (``shims/shim.c``), and beside it the zip as ``NAME.pyz``, which it has
the Python beside it run. Nothing is written into such a program, so that its signature, and a rule for its hash, hold on every machine.
"""

from __future__ import absolute_import, unicode_literals

import io
import re
import zipfile

from ..archives import DAMAGED, opened, read_whole
from ..errors import FAILED, InstallError
from .wheel_file import malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wheel_file import Wheel

_POINT = re.compile(r"(?P<module>\w+(?:\.\w+)*)\s*:\s*(?P<function>\w+(?:\.\w+)*)\s*(?:\[[^\]]*\])?\Z", re.UNICODE)

_OLD = """\
# -*- coding: utf-8 -*-
import re
import sys
from {module} import {name}
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit({function}())
"""
_WITHOUT_RE = """\
import sys
from {module} import {name}
if __name__ == '__main__':
    if sys.argv[0].endswith('.exe'):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit({function}())
"""
_REMOVESUFFIX = """\
import sys
from {module} import {name}
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit({function}())
"""
_BODIES = (((26, 0), _REMOVESUFFIX), ((25, 2), _WITHOUT_RE), ((0,), _OLD))
"""The first version of pip that writes each; of the older ones, those that ever were the last for some Python."""
_TWO_ENDS_UNTIL = (24, 3)
"""Before this version of pip, the ``#!`` line of a launcher is followed by a line end of the system's."""
ARCHIVE = ".pyz"
"""What a zip of its own ends with (PEP 441)."""
_SHEBANG_LIMIT = 127  # bytes; the kernel cuts longer ones


class Launchers(object):
    """Makes programs for one environment.

    ``executable``: its Python; ``pip``: version and path of the bundle's pip wheel; ``stub``: what a stub's name ends with
    (``64``, ``32``, ``64-arm``), None where scripts are executed as they are; ``moment``: year to second, the time inside the zip; ``own``: the programs that are the same for
    all, for consoles and for windows, None: each has its zip in itself.
    """

    def __init__(self, executable, pip, python, stub, moment, own=None):
        # type: (str, tuple[str, str], str, str | None, tuple[int, int, int, int, int, int], tuple[bytes, bytes] | None) -> None
        self._executable = executable
        self._pip, self._pip_wheel = _numbers(pip[0]), pip[1]
        self._python = python.split(".")
        self._stub = stub
        self._moment = moment
        self._own = own if stub is not None else None
        self.endings = (".exe", "-script.py", ".pya") + ((ARCHIVE,) if self._own is not None else ())
        """Of names of scripts in whose place launchers come."""
        self._stubs = {}  # type: dict[str, bytes]

    def programs(self, wheel):
        # type: (Wheel) -> list[tuple[str, tuple[str, str, bool]]]
        """The programs of a wheel: file name (it may hold slashes), and what `make` takes: module, function, whether it has a window.

        Raises InstallError (1603) for malformed entry points.
        """
        programs = []
        for points, window in ((self._versioned(wheel.console), False), (wheel.gui, True)):
            for name, value in points.items():
                match = _POINT.match(value)
                if match is None or not name or name[0] == "[" or re.search(r"\s", name):
                    raise malformed(
                        wheel.path, "it declares the program %s = %s, which is not a valid function" % (name, value)
                    )
                programs.append((self._file_name(name), (match.group("module"), match.group("function"), window)))
        return programs

    def make(self, program):
        # type: (tuple[str, str, bool]) -> bytes
        """The content of one of a wheel's `programs`."""
        module, function, window = program
        if self._own is not None:
            return self._own[1 if window else 0]
        body = self._body(module, function)
        if self._stub is None:
            return self._posix_line() + body
        return self._stub_of("w" if window else "t") + self._windows_line(window) + self._zipped(body)

    def beside(self, name, program):
        # type: (str, tuple[str, str, bool]) -> tuple[str, bytes] | None
        """Name and content of what lies beside one of a wheel's `programs`, whose file is called ``name``; None: nothing does."""
        beside = self.beside_name(name)
        if beside is None:
            return None
        module, function, _ = program
        return beside, self._zipped(self._body(module, function, ARCHIVE))

    def beside_name(self, name):
        # type: (str) -> str | None
        """Its name alone, or its path, if ``name`` is one."""
        return name[: -len(".exe")] + ARCHIVE if self._own is not None else None

    def _zipped(self, body):
        # type: (bytes) -> bytes
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            entry = zipfile.ZipInfo(str("__main__.py"), self._moment)
            entry.external_attr = 0o600 << 16  # 2.7 would leave it empty
            entry.create_system = 0  # Windows: a stub starts nowhere else
            archive.writestr(entry, body)
        return content.getvalue()

    def script_line(self):
        # type: () -> str
        """What a wheel's own script gets in place of its ``#!python`` line; of another form than what launchers have."""
        return "#!%s%s" % (self._executable, "\r\n" if self._stub else "\n")

    def _versioned(self, points):
        # type: (dict[str, str]) -> dict[str, str]
        """Pip and easy_install are named after the Python that they are in, and not after the one that their wheel was made by."""
        points = dict(points)
        minor = ".".join(self._python[:2])
        for name, names, pattern in (
            ("pip", ("pip", "pip" + self._python[0], "pip" + minor), r"pip(\d+(\.\d+)?)?$"),
            ("easy_install", ("easy_install", "easy_install-" + minor), r"easy_install(-\d+\.\d+)?$"),
        ):
            value = points.pop(name, None)
            if value:
                for each in [each for each in points if re.match(pattern, each)]:
                    del points[each]
                points.update(dict.fromkeys(names, value))
        return points

    def _body(self, module, function, ending=".exe"):
        # type: (str, str, str) -> bytes
        """``ending``: of the file that Python is given, which programs aren't to see in the name that they go by."""
        body = next(text for first, text in _BODIES if self._pip >= first).replace(".exe", ending)
        return body.format(module=module, name=function.partition(".")[0], function=function).encode("utf-8")

    def _file_name(self, name):
        # type: (str) -> str
        if self._stub is None:
            return name
        stem, _, suffix = name.rpartition(".")
        return (stem if stem and suffix.startswith("py") else name) + ".exe"

    def _windows_line(self, window):
        # type: (bool) -> bytes
        executable = self._executable
        if window:
            folder, slash, name = executable.rpartition("\\")
            executable = folder + slash + name.replace("python", "pythonw")
        if " " in executable:
            executable = '"%s"' % executable
        return ("#!%s\n%s" % (executable, "\r\n" if self._pip < _TWO_ENDS_UNTIL else "")).encode("utf-8")

    def _posix_line(self):
        # type: () -> bytes
        executable = self._executable.encode("utf-8")
        if b" " not in executable and len(executable) + len(b"#!\n") <= _SHEBANG_LIMIT:
            return b"#!" + executable + b"\n"
        if b" " in executable:
            executable = b'"' + executable + b'"'
        # for the shell it is a command, for Python a string
        return b"#!/bin/sh\n'''exec' " + executable + b" \"$0\" \"$@\"\n' '''\n"

    def _stub_of(self, kind):
        # type: (str) -> bytes
        if kind not in self._stubs:
            name = "pip/_vendor/distlib/%s%s.exe" % (kind, self._stub)
            try:
                with opened(self._pip_wheel) as archive:
                    self._stubs[kind] = read_whole(archive, name)
            except DAMAGED:
                raise InstallError(FAILED, "The bundle's pip has no %s, which programs are made of" % name)
        return self._stubs[kind]


def _numbers(version):
    # type: (str) -> tuple[int, ...]
    return tuple(int(each) for each in re.match(r"[0-9.]*[0-9]", version).group(0).split("."))  # type: ignore[union-attr]
