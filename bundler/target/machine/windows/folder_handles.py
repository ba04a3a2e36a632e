"""Handles of folders: what tells one from another, where a link leads, and keeping others from putting something in its place."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import struct
from ctypes import wintypes

from ...compat import native
from ..held_folder import HeldFolder, replaced
from ..links import REPARSE_POINT, leads_elsewhere
from .handles import DELETE, DIRECTORY, INDEX, ITSELF, READ_ATTRIBUTES, VOLUME, close, information, opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.GetFileInformationByHandleEx.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
_kernel.SetFileInformationByHandle.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
_kernel.DeviceIoControl.argtypes = [
    ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p,
]  # fmt: skip

_LIST = 1
"""FILE_LIST_DIRECTORY: without a right of that kind nobody is asked what he shares."""
_SHARE_BUT_MOVING = 1 | 2
_DISPOSITION, _ATTRIBUTE_TAG, _ID_BOTH_DIRECTORY = 4, 9, 10
"""FileDispositionInfo; FileAttributeTagInfo: attributes and the tag of a link, without the volume, which takes a question of its own;
FileIdBothDirectoryInfo, which Windows 7 has too.
"""
_ATTRIBUTES, _NAME = 56, 104
"""Where attributes, the length of the name and the tag of a link (as EaSize) stand in FILE_ID_BOTH_DIR_INFO, and then the name, in bytes; first
comes the distance to the next one, 0 in the last.
"""
_NAMES = 0x10000
_NO_MORE_FILES = 18
_GET_REPARSE_POINT, _LINK_DATA = 0x900A8, 16 << 10
"""FSCTL_GET_REPARSE_POINT, for which no right is asked; MAXIMUM_REPARSE_DATA_BUFFER_SIZE."""


class WindowsHeldFolder(HeldFolder):
    """While it is held, Windows renames and removes neither it nor a folder above it. One that is empty can be made a junction where it is."""

    def __init__(self, path, identity=None):
        # type: (str, Any) -> None
        self._path = path
        rights = _LIST | READ_ATTRIBUTES | (DELETE if identity is None else 0)
        self._handle = opened(path, rights, ITSELF, _SHARE_BUT_MOVING)
        try:
            attributes, tag = _attributes(self._handle)
            if not attributes & DIRECTORY or leads_elsewhere(attributes, tag):
                raise replaced(path)
            if identity is not None and _identity(self._handle) != identity:
                raise replaced(path)
        except BaseException:
            self.close()
            raise
        self._was_plain = not attributes & REPARSE_POINT  # what a cloud's service keeps, or several volumes share

    def must_be_same(self):
        # type: () -> None
        if self._was_plain and _attributes(self._handle)[0] & REPARSE_POINT:
            raise replaced(self._path)

    def names(self):
        # type: () -> list[tuple[str, bool]]
        """Asked of the handle: a folder that is held to be removed can't be opened by its path without sharing that, as some do to list it."""
        found, piece = [], ctypes.create_string_buffer(_NAMES)  # type: list[tuple[str, bool]], ctypes.Array[ctypes.c_char]
        while _kernel.GetFileInformationByHandleEx(self._handle, _ID_BOTH_DIRECTORY, piece, _NAMES):
            found += _names_in(piece)
        if ctypes.get_last_error() != _NO_MORE_FILES:
            raise ctypes.WinError(ctypes.get_last_error())
        return [each for each in found if each[0] not in (".", "..")]

    def remove(self):
        # type: () -> None
        """By its handle, which no other folder can come in the place of; it goes when it is closed."""
        is_to_go = ctypes.c_ubyte(True)
        if not _kernel.SetFileInformationByHandle(self._handle, _DISPOSITION, ctypes.byref(is_to_go), 1):
            raise ctypes.WinError(ctypes.get_last_error())

    def close(self):
        # type: () -> None
        close(self._handle)


def identity_of(path):
    # type: (str) -> Any
    """Of a link its own."""
    handle = opened(path, READ_ATTRIBUTES, ITSELF)
    try:
        return _identity(handle)
    finally:
        close(handle)


def link_data(path):
    # type: (str) -> bytes
    """What Windows keeps of a link, whoever wrote that. Raises EnvironmentError, where it is none too."""
    handle = opened(path, 0, ITSELF)
    try:
        found, size = ctypes.create_string_buffer(_LINK_DATA), wintypes.DWORD()
        if not _kernel.DeviceIoControl(
            handle, _GET_REPARSE_POINT, None, 0, found, _LINK_DATA, ctypes.byref(size), None
        ):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        close(handle)
    return found.raw[: size.value]


def _identity(handle):
    # type: (Any) -> tuple[int, ...]
    words = information(handle)
    return (words[VOLUME],) + tuple(words[INDEX:])


def _attributes(handle):
    # type: (Any) -> tuple[int, int]
    """And the tag of a link."""
    words = (wintypes.DWORD * 2)()
    if not _kernel.GetFileInformationByHandleEx(handle, _ATTRIBUTE_TAG, ctypes.byref(words), ctypes.sizeof(words)):
        raise ctypes.WinError(ctypes.get_last_error())
    return int(words[0]), int(words[1])


def _names_in(piece):
    # type: (ctypes.Array[ctypes.c_char]) -> list[tuple[str, bool]]
    found, place = [], 0  # type: list[tuple[str, bool]], int
    while True:
        (distance,) = struct.unpack_from(native("<I"), piece, place)
        attributes, length, tag = struct.unpack_from(native("<III"), piece, place + _ATTRIBUTES)
        name = ctypes.wstring_at(ctypes.addressof(piece) + place + _NAME, length // 2)
        found.append((name, bool(attributes & DIRECTORY) and not leads_elsewhere(attributes, tag)))
        if not distance:
            return found
        place += distance
