"""Starting a program with an administrator's rights: Windows asks whoever sits before the screen."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native

_shell = ctypes.WinDLL(native("shell32"), use_last_error=True)
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
_kernel.GetExitCodeProcess.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
_kernel.CloseHandle.argtypes = [wintypes.HANDLE]

_KEEP_PROCESS, _WAIT_FOR_SHELL, _NO_BOXES = 0x40, 0x100, 0x400
"""SEE_MASK_NOCLOSEPROCESS, SEE_MASK_NOASYNC, SEE_MASK_FLAG_NO_UI: of errors; Windows asks all the same."""
_SHOW = 1
_STILL_RUNS = 0x102
_LOOK = 200
"""Milliseconds: so soon Ctrl-C is heard."""


class _Execution(ctypes.Structure):
    """SHELLEXECUTEINFOW."""

    _fields_ = [
        (native("size"), wintypes.DWORD),
        (native("mask"), ctypes.c_ulong),
        (native("window"), wintypes.HWND),
        (native("verb"), wintypes.LPCWSTR),
        (native("file"), wintypes.LPCWSTR),
        (native("parameters"), wintypes.LPCWSTR),
        (native("directory"), wintypes.LPCWSTR),
        (native("show"), ctypes.c_int),
        (native("instance"), wintypes.HINSTANCE),
        (native("list"), ctypes.c_void_p),
        (native("class_name"), wintypes.LPCWSTR),
        (native("class_key"), wintypes.HKEY),
        (native("hot_key"), wintypes.DWORD),
        (native("icon"), wintypes.HANDLE),
        (native("process"), wintypes.HANDLE),
    ]


_shell.ShellExecuteExW.argtypes = [ctypes.POINTER(_Execution)]
_shell.ShellExecuteExW.restype = wintypes.BOOL


def run_elevated(program, parameters, directory):
    # type: (str, str, str) -> int | None
    """Its exit code, once it has ended; None: whoever was asked declined, or it couldn't be started."""
    found = _Execution(size=ctypes.sizeof(_Execution), mask=_KEEP_PROCESS | _WAIT_FOR_SHELL | _NO_BOXES, show=_SHOW)
    found.verb, found.file, found.parameters, found.directory = "runas", program, parameters, directory
    if not _shell.ShellExecuteExW(ctypes.byref(found)) or not found.process:
        return None
    try:
        while _kernel.WaitForSingleObject(found.process, _LOOK) == _STILL_RUNS:
            pass
        code = wintypes.DWORD()
        known = _kernel.GetExitCodeProcess(found.process, ctypes.byref(code))
        return code.value if known else None
    finally:
        _kernel.CloseHandle(found.process)
