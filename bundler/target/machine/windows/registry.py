"""What Windows says of a registry key and of a file's version."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import PY2, native, text_type, to_text

if PY2:
    import _winreg as winreg
else:
    import winreg

_MACHINE = ("HKLM", "HKEY_LOCAL_MACHINE")
_version = ctypes.WinDLL(native("version"), use_last_error=True)

_version.GetFileVersionInfoSizeW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p]
_version.GetFileVersionInfoSizeW.restype = wintypes.DWORD
_version.GetFileVersionInfoW.argtypes = [wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p]
_version.VerQueryValueW.argtypes = [
    ctypes.c_void_p, wintypes.LPCWSTR, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(wintypes.UINT),
]  # fmt: skip


class _Fixed(ctypes.Structure):
    """The beginning of VS_FIXEDFILEINFO."""

    _fields_ = [(native(name), wintypes.DWORD) for name in ("signature", "structure", "high", "low")]


def registry_value(key, value, view):
    # type: (str, str | None, int | None) -> str | None
    """As ``Host.registry_value`` says; ``view`` None on a 32-bit Windows, which has one registry and may refuse to be asked for a view."""
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


def file_version(path):
    # type: (str) -> str | None
    size = _version.GetFileVersionInfoSizeW(path, None)
    content = ctypes.create_string_buffer(size or 1)
    if not size or not _version.GetFileVersionInfoW(path, 0, size, content):
        return None
    place, length = ctypes.c_void_p(), wintypes.UINT()
    if not _version.VerQueryValueW(content, "\\", ctypes.byref(place), ctypes.byref(length)) or not place.value:
        return None
    fixed = _Fixed.from_address(place.value)
    return "%d.%d.%d.%d" % (fixed.high >> 16, fixed.high & 0xFFFF, fixed.low >> 16, fixed.low & 0xFFFF)
