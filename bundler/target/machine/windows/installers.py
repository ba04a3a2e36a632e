"""What files of Windows say of themselves: MSIs, and programs with a version resource."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from ..installers import Installers

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


class WindowsInstallers(Installers):
    def msi_features(self, path):
        # type: (str) -> list[str]
        from .msi import features

        return features(path)

    def file_version(self, path):
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
