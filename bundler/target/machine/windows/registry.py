"""Windows' registry: values, registered Pythons, the list of installed programs."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

from ...compat import PY2, is_text, native, text_type, to_text
from ..registry import InstalledPython, Registry

if PY2:
    import _winreg as winreg
else:
    import winreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..system import System

_MACHINE = ("HKLM", "HKEY_LOCAL_MACHINE")
_OWN = "Software\\offline-bundle"
_PROGRAMS = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"


class WindowsRegistry(Registry):
    def __init__(self, system):
        # type: (System) -> None
        self._system = system

    def value(self, key, name, view):
        # type: (str, str | None, int | None) -> str | None
        # a 32-bit Windows has one registry, and may refuse to be asked for a view
        return _read(key, name, view if self._system.bits() == 64 else None)

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        found = []
        places = (
            (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_64KEY, 64),
            (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_32KEY, 32),
            (winreg.HKEY_CURRENT_USER, 0, None),  # this one is not divided into views
        )
        for root, view, bits in places:
            for tag in (minor, minor + "-32", minor + "-arm64"):
                directory = _value(root, view, "Software\\Python\\PythonCore\\%s\\InstallPath" % tag)
                if directory:
                    known = bits if bits is not None else (32 if tag.endswith("-32") else None)
                    arm64 = tag.endswith("-arm64")
                    found.append(InstalledPython(directory, known, root == winreg.HKEY_LOCAL_MACHINE, arm64))
        if self._system.bits() == 32:
            # both views are the same one there
            found = [each for each in found if each.bits != 64]
        return found

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        _write(scope, _PROGRAMS + key, values)

    def unregister(self, scope, key):
        # type: (str, str) -> None
        _delete(scope, _PROGRAMS + key)

    def listed(self, scope, key, name):
        # type: (str, str, str) -> str | None
        return _value(_root(scope), _view(scope), _PROGRAMS + key, name)

    def locations(self, beginning):
        # type: (str) -> list[str]
        found = []
        for scope in ("machine", "user"):
            for key in _keys(_root(scope), _PROGRAMS.rstrip("\\"), _view(scope)):
                place = self.listed(scope, key, "InstallLocation") if key.startswith(beginning) else None
                found += [place] if place else []
        return found

    def registered(self, key):
        # type: (str) -> str | None
        for scope in ("machine", "user"):
            try:
                winreg.OpenKey(_root(scope), _PROGRAMS + key, 0, winreg.KEY_READ | _view(scope)).Close()
            except EnvironmentError:
                continue
            return scope
        return None

    def remember(self, scope, key, text):
        # type: (str, str, str) -> None
        _write(scope, _OWN + "\\" + key, {"Data": text})

    def remembered(self, scope, key):
        # type: (str, str) -> str | None
        return _value(_root(scope), _view(scope), _OWN + "\\" + key, "Data")

    def forget(self, scope, key):
        # type: (str, str) -> None
        _delete(scope, _OWN + "\\" + key)
        try:
            _delete(scope, _OWN)
        except EnvironmentError:
            pass  # Windows deletes no key that has others below it: another installation's


def _read(key, value, view):
    # type: (str, str | None, int | None) -> str | None
    root, _, path = key.partition("\\")
    hive = winreg.HKEY_LOCAL_MACHINE if root in _MACHINE else winreg.HKEY_CURRENT_USER
    wish = {32: winreg.KEY_WOW64_32KEY, 64: winreg.KEY_WOW64_64KEY, None: 0}[view]
    try:
        with winreg.OpenKey(hive, native(path), 0, winreg.KEY_READ | wish) as opened:
            if value is None:
                return ""
            found = winreg.QueryValueEx(opened, native(value))[0]
    except EnvironmentError:
        return None
    return found if isinstance(found, text_type) else to_text(str(found))


def _write(scope, path, values):
    # type: (str, str, dict[str, str | int]) -> None
    with winreg.CreateKeyEx(_root(scope), path, 0, winreg.KEY_WRITE | _view(scope)) as opened:
        for name, value in values.items():
            kind = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_SZ
            winreg.SetValueEx(opened, name, 0, kind, value)


def _delete(scope, path):
    # type: (str, str) -> None
    """Nothing to do where it isn't there."""
    try:
        try:
            winreg.DeleteKeyEx(_root(scope), path, _view(scope), 0)
        except NotImplementedError:  # a Windows of 32 bits that is old, and has no views
            winreg.DeleteKey(_root(scope), path)
    except EnvironmentError as error:
        if getattr(error, "winerror", 0) != 2:  # it isn't there
            raise


def _root(scope):
    # type: (str) -> int
    return winreg.HKEY_LOCAL_MACHINE if scope == "machine" else winreg.HKEY_CURRENT_USER


def _view(scope):
    # type: (str) -> int
    """One line however many bits the Python has that wrote it; a 32-bit Windows has one view only and ignores this."""
    return winreg.KEY_WOW64_64KEY if scope == "machine" else 0


def _keys(root, path, view):
    # type: (int, str, int) -> list[str]
    try:
        with winreg.OpenKey(root, path, 0, winreg.KEY_READ | view) as opened:
            names = [winreg.EnumKey(opened, number) for number in range(winreg.QueryInfoKey(opened)[0])]
    except EnvironmentError:
        return []  # it isn't there
    return [to_text(each) for each in names]


def _value(root, view, path, name=""):
    # type: (Any, int, str, str) -> str | None
    try:
        with winreg.OpenKey(root, path, 0, winreg.KEY_READ | view) as key:
            value = to_text(winreg.QueryValueEx(key, native(name))[0])
    except EnvironmentError:
        return None
    return value if value and is_text(value) else None  # others' values may be lists, or half a letter
