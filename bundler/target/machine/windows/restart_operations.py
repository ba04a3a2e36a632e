"""The registry's list of what the next restart does to files, as its bytes: Pythons before 3.8 end a list at the first empty text in it."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import PY2, native

if PY2:
    import _winreg as winreg
else:
    import winreg

_registry = ctypes.WinDLL(native("advapi32"))
_registry.RegQueryValueExW.restype = wintypes.LONG
_registry.RegQueryValueExW.argtypes = [
    ctypes.c_void_p, wintypes.LPCWSTR, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip

_KEY = "SYSTEM\\CurrentControlSet\\Control\\Session Manager"
_NAMES = ("PendingFileRenameOperations", "PendingFileRenameOperations2")
"""The second is carried out after the first."""
_SOME = 0x10000
_MORE_DATA = 234


def restart_operations():
    # type: () -> list[bytes]
    """Every account may read them; empty where there are none."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, native(_KEY), 0, winreg.KEY_QUERY_VALUE) as opened:
            return [_value(opened.handle, each) for each in _NAMES]
    except EnvironmentError:
        return []


def _value(key, name):
    # type: (int, str) -> bytes
    size, fault = wintypes.DWORD(_SOME), _MORE_DATA
    while fault == _MORE_DATA:  # somebody may add to it meanwhile
        content = ctypes.create_string_buffer(size.value)
        fault = _registry.RegQueryValueExW(key, name, None, None, content, ctypes.byref(size))
    return b"" if fault else content.raw[: size.value]
