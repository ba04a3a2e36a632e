"""SIDs of accounts by their names."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from .compat import native, to_text

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.LocalFree.argtypes = [ctypes.c_void_p]
_security.LookupAccountNameW.argtypes = [
    wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p, ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p,
    ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(ctypes.c_int),
]  # fmt: skip
_security.ConvertSidToStringSidW.argtypes = [ctypes.c_void_p, ctypes.POINTER(wintypes.LPWSTR)]


def account_sid(name):
    # type: (str) -> str | None
    r"""None where there is no such account; ``.\name`` is one of this machine."""
    if name[:2] == ".\\":
        name = name[2:]
    sid_size, domain_size, kind = wintypes.DWORD(), wintypes.DWORD(), ctypes.c_int()
    sizes = ctypes.byref(sid_size), ctypes.byref(domain_size)
    _security.LookupAccountNameW(None, name, None, sizes[0], None, sizes[1], ctypes.byref(kind))
    if not sid_size.value:
        return None
    sid = ctypes.create_string_buffer(sid_size.value)
    domain = ctypes.create_unicode_buffer(domain_size.value or 1)
    if not _security.LookupAccountNameW(None, name, sid, sizes[0], domain, sizes[1], ctypes.byref(kind)):
        return None
    text = wintypes.LPWSTR()
    if not _security.ConvertSidToStringSidW(sid, ctypes.byref(text)):
        return None
    try:
        return to_text(text.value or "")
    finally:
        _kernel.LocalFree(text)
