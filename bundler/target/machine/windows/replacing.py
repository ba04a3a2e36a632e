"""Replacing a file that others have open, where the system can: POSIX semantics, since Windows 10 1709, on NTFS."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from .handles import DELETE, close, opened

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.SetFileInformationByHandle.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]

_SYNCHRONIZE = 0x100000
_WRITE_THROUGH = 0x80000000
_RENAME_INFO_EX = 22
_REPLACE_IF_EXISTS = 1
_POSIX_SEMANTICS = 2


def replace_open(source, destination):
    # type: (str, str) -> bool
    """Whoever has the old file open and lets it be deleted goes on reading that. False: the system can't, or they don't let it."""
    try:
        handle = opened(source, DELETE | _SYNCHRONIZE, _WRITE_THROUGH)
    except EnvironmentError:
        return False
    try:
        information = _rename_information(destination)
        done = _kernel.SetFileInformationByHandle(
            handle, _RENAME_INFO_EX, ctypes.byref(information), ctypes.sizeof(information)
        )
        return bool(done)
    finally:
        close(handle)


def _rename_information(destination):
    # type: (str) -> ctypes.Structure
    """FILE_RENAME_INFO; the length is in bytes, without the zero at the end."""

    class RenameInformation(ctypes.Structure):
        _fields_ = [
            (native("flags"), wintypes.DWORD),
            (native("root"), ctypes.c_void_p),
            (native("length"), wintypes.DWORD),
            (native("name"), ctypes.c_wchar * (len(destination) + 1)),
        ]

    return RenameInformation(_REPLACE_IF_EXISTS | _POSIX_SEMANTICS, None, 2 * len(destination), destination)
