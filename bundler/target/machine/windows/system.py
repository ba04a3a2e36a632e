"""Which Windows this is, and its named locks."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import hashlib
import os
from ctypes import wintypes

from ...compat import native, to_text
from ..system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.CreateMutexW.restype = wintypes.HANDLE
_kernel.CreateMutexW.argtypes = [ctypes.c_void_p, wintypes.BOOL, wintypes.LPCWSTR]
_kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
_kernel.ReleaseMutex.argtypes = [wintypes.HANDLE]
_kernel.CloseHandle.argtypes = [wintypes.HANDLE]
_kernel.SetErrorMode.argtypes = [wintypes.UINT]

_WAIT_OBJECT_0 = 0
_WAIT_ABANDONED = 0x80
_NO_BOXES = 0x0001 | 0x0002 | 0x8000
"""SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX."""


class _Version(ctypes.Structure):
    _fields_ = [
        (native("size"), wintypes.DWORD),
        (native("major"), wintypes.DWORD),
        (native("minor"), wintypes.DWORD),
        (native("build"), wintypes.DWORD),
        (native("platform"), wintypes.DWORD),
        (native("service_pack"), wintypes.WCHAR * 128),
    ]


class WindowsSystem(System):
    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        """By RtlGetVersion: GetVersionEx tells a program without a manifest that it runs on Windows 8."""
        version = _Version()
        version.size = ctypes.sizeof(version)
        ctypes.WinDLL(native("ntdll")).RtlGetVersion(ctypes.byref(version))
        return version.major, version.minor, version.build

    def bits(self):
        # type: () -> int
        wide = os.environ.get(native("PROCESSOR_ARCHITEW6432")) or os.environ.get(native("PROCESSOR_ARCHITECTURE"), "")
        return 64 if "64" in wide else 32

    def no_message_boxes(self):
        # type: () -> None
        """Programs that this one starts inherit it."""
        _kernel.SetErrorMode(_NO_BOXES)

    def lock(self, name):
        # type: (str) -> Any | None
        """A named mutex of the machine: it leaves no file behind, and the system frees it when the process dies."""
        digest = to_text(hashlib.sha256(name.lower().encode("utf-8")).hexdigest())
        handle = _kernel.CreateMutexW(None, False, "Global\\offline-bundle-" + digest[:16])
        if not handle:
            return None  # of another account, and closed to this one
        if _kernel.WaitForSingleObject(handle, 0) in (_WAIT_OBJECT_0, _WAIT_ABANDONED):
            return _Held(handle)
        _kernel.CloseHandle(handle)
        return None


class _Held(object):
    """A mutex that this process's thread has: it is freed with the object, or with the process."""

    def __init__(self, handle):
        # type: (Any) -> None
        self._handle = handle
        self._freed_by = (_kernel.ReleaseMutex, _kernel.CloseHandle)  # the module may be gone first

    def __del__(self):
        # type: () -> None
        for each in self._freed_by:
            each(self._handle)
