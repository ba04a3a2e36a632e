"""Handles of folders: what tells one from another, and keeping others from putting something in its place."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from ..held_folder import HeldFolder, replaced

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
_kernel.GetFileInformationByHandleEx.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]

_LIST, _READ_ATTRIBUTES = 1, 0x80
"""FILE_LIST_DIRECTORY: without a right of that kind nobody is asked what he shares."""
_SHARE_ALL, _SHARE_BUT_MOVING = 1 | 2 | 4, 1 | 2
_OPEN_EXISTING = 3
_ITSELF = 0x02000000 | 0x00200000
"""FILE_FLAG_BACKUP_SEMANTICS for folders, FILE_FLAG_OPEN_REPARSE_POINT: a link itself and not what it leads to."""
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_DIRECTORY, _REPARSE_POINT = 0x10, 0x400
_INFORMATION, _VOLUME, _INDEX = 13, 7, 11
"""BY_HANDLE_FILE_INFORMATION in words of 32 bits: attributes first; the index has two."""
_ATTRIBUTE_TAG = 9
"""FileAttributeTagInfo: attributes and the tag of a link, without the volume, which takes a question of its own."""


class WindowsHeldFolder(HeldFolder):
    """While it is held, Windows renames and removes neither it nor a folder above it. One that is empty can be made a junction where it is."""

    def __init__(self, path, identity):
        # type: (str, Any) -> None
        self._handle = _opened(path, _LIST | _READ_ATTRIBUTES, _SHARE_BUT_MOVING)
        self._was_plain = True
        try:
            words = _information(self._handle)
            if _identity(words) != identity or not words[0] & _DIRECTORY:
                raise replaced(path)
            self._was_plain = not words[0] & _REPARSE_POINT  # what a cloud's service keeps, or several volumes share
        except BaseException:
            self.close()
            raise
        self._path = path

    def must_be_same(self):
        # type: () -> None
        if self._was_plain and _attributes(self._handle) & _REPARSE_POINT:
            raise replaced(self._path)

    def close(self):
        # type: () -> None
        _kernel.CloseHandle(self._handle)


def identity_of(path):
    # type: (str) -> Any
    """Of a link its own."""
    handle = _opened(path, _READ_ATTRIBUTES, _SHARE_ALL)
    try:
        return _identity(_information(handle))
    finally:
        _kernel.CloseHandle(handle)


def _identity(words):
    # type: (list[int]) -> tuple[int, ...]
    return (words[_VOLUME],) + tuple(words[_INDEX:])


def _opened(path, rights, share):
    # type: (str, int, int) -> Any
    handle = _kernel.CreateFileW(path, rights, share, None, _OPEN_EXISTING, _ITSELF, None)
    if handle in (None, _INVALID_HANDLE):
        raise ctypes.WinError(ctypes.get_last_error())
    return handle


def _information(handle):
    # type: (Any) -> list[int]
    words = (wintypes.DWORD * _INFORMATION)()
    if not _kernel.GetFileInformationByHandle(handle, ctypes.byref(words)):
        raise ctypes.WinError(ctypes.get_last_error())
    return list(words)


def _attributes(handle):
    # type: (Any) -> int
    words = (wintypes.DWORD * 2)()
    if not _kernel.GetFileInformationByHandleEx(handle, _ATTRIBUTE_TAG, ctypes.byref(words), ctypes.sizeof(words)):
        raise ctypes.WinError(ctypes.get_last_error())
    return int(words[0])
