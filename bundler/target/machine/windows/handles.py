"""Handles of files and folders, opened by Windows' own function: what Python opens says neither who they are nor lets folders be asked."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.CreateFileW.restype = ctypes.c_void_p
_kernel.CreateFileW.argtypes = [
    wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p,
]  # fmt: skip
_kernel.CloseHandle.argtypes = [ctypes.c_void_p]
_kernel.GetFileInformationByHandle.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

READ_ATTRIBUTES, DELETE, GENERIC_WRITE = 0x80, 0x10000, 0x40000000
"""FILE_READ_ATTRIBUTES, DELETE, GENERIC_WRITE."""
SHARE_ALL = 1 | 2 | 4
FOLDER = 0x02000000
"""FILE_FLAG_BACKUP_SEMANTICS, without which no folder is opened."""
ITSELF = FOLDER | 0x00200000
"""And FILE_FLAG_OPEN_REPARSE_POINT: a link itself and not what it leads to."""
DIRECTORY = 0x10
_CREATE_NEW, _OPEN_EXISTING = 1, 3
INVALID_HANDLE = ctypes.c_void_p(-1).value
_INFORMATION = 13
"""BY_HANDLE_FILE_INFORMATION in words of 32 bits."""
ATTRIBUTES, VOLUME, LINKS, INDEX = 0, 7, 10, 11
"""Where they stand in there; the index has two. LINKS: the number of names."""


def opened(path, rights, flags=0, share=SHARE_ALL):
    # type: (str, int, int, int) -> Any
    """What is there. Raises EnvironmentError."""
    return _handle(_kernel.CreateFileW(path, rights, share, None, _OPEN_EXISTING, flags, None))


def made(path, rights, security):
    # type: (str, int, Any) -> Any
    """A new file that nobody else can open meanwhile, with ``security`` from its first moment on. Raises EnvironmentError."""
    return _handle(_kernel.CreateFileW(path, rights, 0, security, _CREATE_NEW, 0, None))


def close(handle):
    # type: (Any) -> None
    _kernel.CloseHandle(handle)


def information(handle):
    # type: (Any) -> list[int]
    """Words of 32 bits. Raises EnvironmentError."""
    words = (wintypes.DWORD * _INFORMATION)()
    if not _kernel.GetFileInformationByHandle(handle, ctypes.byref(words)):
        raise ctypes.WinError(ctypes.get_last_error())
    return list(words)


def _handle(found):
    # type: (Any) -> Any
    if found in (None, INVALID_HANDLE):
        raise ctypes.WinError(ctypes.get_last_error())
    return found
