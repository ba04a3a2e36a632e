"""The environment of a process on Windows."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
from ctypes import wintypes

from ...compat import native
from ..environment import Environment

_shell = ctypes.WinDLL(native("shell32"))
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.GetSystemWindowsDirectoryW.argtypes = [wintypes.LPWSTR, wintypes.UINT]
_kernel.GetSystemWindowsDirectoryW.restype = wintypes.UINT
_shell.SHGetFolderPathW.argtypes = [
    ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, wintypes.LPWSTR,
]  # fmt: skip

_COMMON_APPDATA, _LOCAL_APPDATA, _WINDOWS, _PROGRAM_FILES = 0x23, 0x1C, 0x24, 0x26
_LONGEST = 260


class WindowsEnvironment(Environment):
    null = "nul"
    temporary_names = ("TEMP", "TMP")

    def temporary_of_machine(self):
        # type: () -> str
        return os.path.join(_windows(), "Temp")

    def system_programs(self):
        # type: () -> str
        return os.path.join(_windows(), "System32")

    def ssh_keygens(self):
        # type: () -> list[str]
        """That of the project's own package, which is newer, before the one of Windows; a 32-bit program sees the latter by another name."""
        windows, programs = _folder(_WINDOWS), _folder(_PROGRAM_FILES)
        native_name = "Sysnative" if os.path.isdir(os.path.join(windows, "Sysnative")) else "System32"
        folders = [
            os.path.join(programs, "OpenSSH"),
            os.path.join(windows, native_name, "OpenSSH"),
            os.path.join(programs, "Git", "usr", "bin"),
        ]
        return [os.path.join(each, "ssh-keygen.exe") for each in folders]

    def lasting(self, everybody):
        # type: (bool) -> str
        return _folder(_COMMON_APPDATA if everybody else _LOCAL_APPDATA)


def _windows():
    # type: () -> str
    """Asked of Windows itself: an account may set ``SystemRoot``. Raises EnvironmentError."""
    found = ctypes.create_unicode_buffer(_LONGEST)
    if not 0 < _kernel.GetSystemWindowsDirectoryW(found, _LONGEST) < _LONGEST:
        raise ctypes.WinError(ctypes.get_last_error())
    return found.value


def _folder(number):
    # type: (int) -> str
    """Asked of Windows itself: an account may set ``ProgramData`` for its own elevated programs. Raises EnvironmentError."""
    found = ctypes.create_unicode_buffer(_LONGEST)
    failed = _shell.SHGetFolderPathW(None, number, None, 0, found)
    if failed:
        raise ctypes.WinError(failed & 0xFFFF)
    return found.value
