"""What an MSI holds, asked of Windows Installer itself."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from ...errors import FAILED, InstallError

_MSIDBOPEN_READONLY = ctypes.c_void_p(0)
_ERROR_MORE_DATA = 234


def features(path):
    # type: (str) -> list[str]
    """The names in the MSI's Feature table: to ask for one that isn't there fails the whole installation."""
    msi = ctypes.WinDLL(native("msi"))
    database, view = wintypes.ULONG(), wintypes.ULONG()
    names = []
    _checked(msi.MsiOpenDatabaseW(ctypes.c_wchar_p(path), _MSIDBOPEN_READONLY, ctypes.byref(database)), path)
    try:
        query = ctypes.c_wchar_p("SELECT `Feature` FROM `Feature`")
        _checked(msi.MsiDatabaseOpenViewW(database, query, ctypes.byref(view)), path)
        _checked(msi.MsiViewExecute(view, wintypes.ULONG(0)), path)
        while True:
            record = wintypes.ULONG()
            if msi.MsiViewFetch(view, ctypes.byref(record)) != 0:
                break
            size = wintypes.DWORD(256)
            name = ctypes.create_unicode_buffer(size.value)
            _checked(msi.MsiRecordGetStringW(record, 1, name, ctypes.byref(size)), path)
            msi.MsiCloseHandle(record)
            names.append(name.value)
    finally:
        msi.MsiCloseHandle(view)
        msi.MsiCloseHandle(database)
    return names


def _checked(code, path):
    # type: (int, str) -> None
    if code:
        raise InstallError(FAILED, "Windows Installer can't read %s: error %d" % (path, code))
