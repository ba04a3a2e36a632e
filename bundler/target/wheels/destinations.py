"""Where the files of a wheel go: the folders of an environment, and which names can't be written there."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..names import is_device
from .interpreter_files import is_short_name, placement_fault
from .wheel_file import malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wheel_file import Wheel

_FORBIDDEN = re.compile('[\0-\x1f<>:"|?*]')


class Scheme(object):
    """The folders that pip would use: ``library`` is site-packages, ``data`` the environment itself.

    ``windows`` says by whose rules names are judged and which letters tell files apart.
    """

    def __init__(self, library, scripts, include, data, windows):
        # type: (str, str, str, str, bool) -> None
        self.library = library
        self.windows = windows
        self._include = include
        self._roots = {"purelib": library, "platlib": library, "scripts": scripts, "data": data}
        self._programs = {data: "", scripts: os.path.relpath(scripts, data).replace(os.sep, "/")}
        self._scripts = self._programs[scripts]
        self._data = data
        self._above_library = [self.key(each) for each in os.path.relpath(library, data).split(os.sep)]
        self._relative = {}  # type: dict[str, str]
        self._sound = set()  # type: set[str]

    def place(self, wheel, name):
        # type: (Wheel, str) -> tuple[str, str, str]
        """Of a member: its folder, its name there, and the path that RECORD has it by. Raises InstallError (1603) for one
        that would lie outside, that the system can't have, or that starts or steers the interpreter.
        """
        parts = self._parts(wheel, name)
        if not parts[0].endswith(".data"):
            return self._own(wheel, name, self._within(self.library, parts))
        if len(parts) < 3:
            raise malformed(wheel.path, "%s lies directly in its data folder" % name)
        if parts[1] == "headers":
            root = self._include + os.sep + wheel.name
        elif parts[1] in self._roots:
            root = self._roots[parts[1]]
        else:
            raise malformed(wheel.path, "%s is for an unknown place, %s" % (name, parts[1]))
        self._refuse_placement(wheel, name, root, parts[2:])
        return self._own(wheel, name, self._within(root, parts[2:]))

    def _own(self, wheel, name, place):
        # type: (Wheel, str, tuple[str, str, str]) -> tuple[str, str, str]
        """The ``place`` itself. By its metadata a package is checked: no other one may say what it needs, and that it is whole."""
        folder = self.key(place[2].partition("/")[0])
        if folder.endswith((".dist-info", ".egg-info")) and folder != self.key(wheel.info):
            raise malformed(wheel.path, "%s would lie in the metadata of another package" % name)
        return place

    def program(self, wheel, name):
        # type: (Wheel, str) -> tuple[str, str, str]
        """The same for a program that is made for an entry point."""
        root, parts = self._roots["scripts"], self._parts(wheel, name)
        self._refuse_placement(wheel, name, root, parts)
        return self._within(root, parts)

    def _refuse_placement(self, wheel, name, root, parts):
        # type: (Wheel, str, str, list[str]) -> None
        below = self._programs.get(root)
        fault = placement_fault("/".join([below] + parts), self._scripts) if below is not None else None
        if fault is not None:
            raise malformed(wheel.path, "%s %s" % (name, fault))

    def key(self, path):
        # type: (str) -> str
        """Equal for paths that mean the same file."""
        if not self.windows:
            return path
        # Windows compares capitals, and both small sigmas have one; Python makes the final one of it or the other, by what follows
        return path.lower().replace("\u03c2", "\u03c3")

    def _within(self, root, parts):
        # type: (str, list[str]) -> tuple[str, str, str]
        above = self._above_library
        if root == self._data and len(parts) > len(above) and [self.key(each) for each in parts[: len(above)]] == above:
            root, parts = self.library, parts[len(above) :]  # by the name that all others have for it
        relative = self._relative.get(root)
        if relative is None:
            relative = os.path.relpath(root, self.library).replace(os.sep, "/")
            relative = self._relative[root] = "" if relative == "." else relative + "/"
        return os.sep.join([root] + parts[:-1]), parts[-1], relative + "/".join(parts)

    def _parts(self, wheel, name):
        # type: (Wheel, str) -> list[str]
        text = name.replace("\\", "/") if self.windows else name
        parts = [each for each in text.split("/") if each not in ("", ".")]
        fault = "leads outside" if not parts or text.startswith("/") or ".." in parts else None
        for part in parts:
            if fault is None and part not in self._sound:
                fault = self._fault(part)
                self._sound.update([part] if fault is None else [])
        if fault is not None:
            raise malformed(wheel.path, "%s %s" % (name, fault))
        return parts

    def _fault(self, part):
        # type: (str) -> str | None
        if "\0" in part:
            return "has a letter that no file name has"
        if not self.windows:
            return None
        if _FORBIDDEN.search(part) or part[-1] in ". ":
            return "has a name that Windows can't have"
        if is_device(part):
            return "has the name of a device"
        return "has a short name, by which Windows may find another file" if is_short_name(part) else None
