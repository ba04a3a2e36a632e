"""Named streams of NTFS: content that lies beside a file's own, which no unpacker and no sum sees."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK_OF_THE_WEB = "Zone.Identifier"
"""The stream by which Windows knows that a file came from elsewhere; Explorer gives it to all that it unpacks."""

_OWN = "::$DATA"
_TYPE = ":$DATA"
_LONGEST = 260 + 36  # of a stream's name (WIN32_FIND_STREAM_DATA)
_NO_MORE, _NO_STREAMS = (
    38,
    (1, 87),
)  # ERROR_HANDLE_EOF; ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER: this file system has none


def named_streams(path: Path) -> tuple[str, ...]:
    """The names of a file's or a folder's streams but for its own content; none on other systems. Raises OSError."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        class Found(ctypes.Structure):
            _fields_ = (("size", wintypes.LARGE_INTEGER), ("name", wintypes.WCHAR * _LONGEST))

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        first, following, close = kernel.FindFirstStreamW, kernel.FindNextStreamW, kernel.FindClose
        first.argtypes = (wintypes.LPCWSTR, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
        first.restype = wintypes.HANDLE
        following.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
        close.argtypes = (wintypes.HANDLE,)
        found, names = Found(), []
        handle = first(str(path), 0, ctypes.byref(found), 0)
        if handle in (None, wintypes.HANDLE(-1).value):
            error = ctypes.get_last_error()
            if error in (0, _NO_MORE, *_NO_STREAMS):
                return ()
            raise ctypes.WinError(error)
        try:
            while True:
                if found.name != _OWN:
                    names.append(found.name.removeprefix(":").removesuffix(_TYPE))
                if not following(handle, ctypes.byref(found)):
                    break
        finally:
            close(handle)
        return tuple(names)
    return ()
