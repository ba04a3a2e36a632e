"""Where things lie in a Python, and in an environment made of one."""

from __future__ import absolute_import, unicode_literals

import io
import os


class Paths(object):
    """``scripts``: the folder of programs in an environment; ``exe``: what a program's name ends with; ``venv_options``: for ``python -m venv``."""

    scripts = "bin"
    exe = ""
    path_limit = 4096
    """The longest path, in characters, that every program here can open."""
    folder_room = 0
    """So many characters a folder's path must be shorter."""
    has_build_landmark = False
    """Whether a Python here looks above its own folder for the tree that it was built in: see ``state/build_landmark``."""
    venv_options = ()  # type: tuple[str, ...]

    def script(self, environment, name):
        # type: (str, str) -> str
        return os.path.join(environment, self.scripts, name + self.exe)

    def runtime_python(self, runtime):
        # type: (str) -> str
        raise NotImplementedError

    def site_packages(self, environment, python):
        # type: (str, str) -> str
        """``python`` is the version, x.y.z."""
        raise NotImplementedError

    def launchers(self, environment):
        # type: (str) -> list[str]
        """The file names in the environment's scripts folder that get a shim."""
        raise NotImplementedError

    def has_window(self, program):
        # type: (str) -> bool
        """Whether a program is made for the desktop and gets no console (subsystem 2 in its PE header)."""
        with io.open(program, "rb") as stream:
            head = stream.read(0x40)
            if len(head) < 0x40 or head[:2] != b"MZ":
                return False
            stream.seek(_little(head[0x3C:0x40]))
            header = stream.read(24 + 70)
        return header[:4] == b"PE\0\0" and _little(header[24 + 68 : 24 + 70]) == 2


def _little(content):
    # type: (bytes) -> int
    number = 0
    for byte in reversed(bytearray(content)):
        number = number * 256 + byte
    return number
