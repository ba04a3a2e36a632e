"""Folders and files that have their rights from their first moment on: later, anybody could have put something into them, or opened them for later."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import msvcrt
import os
from ctypes import wintypes

from ...compat import native
from .handles import GENERIC_WRITE, made
from .rights import own_sid

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)
_kernel.CreateDirectoryW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p]
_kernel.LocalFree.argtypes = [ctypes.c_void_p]
_security.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = [
    wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p,
]  # fmt: skip

_GUARDED = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
"""What ``rights.guarded`` gives: all rights to SYSTEM and administrators, others may read; for all that comes below, too."""
_PRIVATE_FOLDER = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;%s)"
_PRIVATE = "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;%s)"


class _SecurityAttributes(ctypes.Structure):
    _fields_ = [
        (native("length"), wintypes.DWORD),
        (native("descriptor"), ctypes.c_void_p),
        (native("inherit"), wintypes.BOOL),
    ]


def make_guarded_folder(path):
    # type: (str) -> None
    _make_folder(path, _GUARDED)


def make_private_folder(path):
    # type: (str) -> None
    _make_folder(path, _PRIVATE_FOLDER % own_sid())


def _make_folder(path, rights):
    # type: (str, str) -> None
    descriptor = _descriptor(rights)
    try:
        attributes = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, False)
        if not _kernel.CreateDirectoryW(path, ctypes.byref(attributes)):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        _kernel.LocalFree(descriptor)


def new_private_file(path):
    # type: (str) -> int
    """The number of the open file."""
    descriptor = _descriptor(_PRIVATE % own_sid())
    try:
        attributes = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, False)
        handle = made(path, GENERIC_WRITE, ctypes.byref(attributes))
        return msvcrt.open_osfhandle(handle, os.O_WRONLY | os.O_BINARY)
    finally:
        _kernel.LocalFree(descriptor)


def _descriptor(rights):
    # type: (str) -> ctypes.c_void_p
    """Of rights in SDDL; to be freed."""
    descriptor = ctypes.c_void_p()
    if not _security.ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, 1, ctypes.byref(descriptor), None):
        raise ctypes.WinError(ctypes.get_last_error())
    return descriptor
