"""What Windows' functions say of the entries of an access control list."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native, to_text
from ..rights import EVERYBODY, Allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.LocalFree.argtypes = [ctypes.c_void_p]
_security.ConvertSidToStringSidW.argtypes = [ctypes.c_void_p, ctypes.POINTER(wintypes.LPWSTR)]
_security.GetAclInformation.argtypes = [ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, ctypes.c_int]
_security.GetAce.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p)]

_SIZE_INFORMATION = 2
_ALLOWED = (0, 9)
"""ACCESS_ALLOWED_ACE_TYPE, and the one with a condition: it may be met."""
_ALLOWED_OBJECT = (5, 11)
"""Those with GUIDs before the SID: files have none, and one that has is taken for everybody's."""
_INHERIT_ONLY = 8


class _SizeInformation(ctypes.Structure):
    _fields_ = [(native(each), wintypes.DWORD) for each in ("count", "used", "free")]


class _Entry(ctypes.Structure):
    """ACCESS_ALLOWED_ACE."""

    _fields_ = [
        (native("type"), ctypes.c_ubyte),
        (native("flags"), ctypes.c_ubyte),
        (native("size"), ctypes.c_ushort),
        (native("mask"), wintypes.DWORD),
        (native("sid"), wintypes.DWORD),
    ]


def size_of(entries):
    # type: (ctypes.c_void_p) -> int
    return int(ctypes.cast(entries, ctypes.POINTER(ctypes.c_ushort))[1])


def allowed(entries):
    # type: (ctypes.c_void_p) -> list[Allowed]
    sizes = _SizeInformation()
    if not _security.GetAclInformation(entries, ctypes.byref(sizes), ctypes.sizeof(sizes), _SIZE_INFORMATION):
        raise ctypes.WinError(ctypes.get_last_error())
    found = []
    for number in range(sizes.count):
        place = ctypes.c_void_p()
        if not _security.GetAce(entries, number, ctypes.byref(place)):
            raise ctypes.WinError(ctypes.get_last_error())
        entry = ctypes.cast(place, ctypes.POINTER(_Entry)).contents
        below_only = bool(entry.flags & _INHERIT_ONLY)
        if entry.type in _ALLOWED:
            sid = shown_sid(ctypes.c_void_p((place.value or 0) + _Entry.sid.offset)) or EVERYBODY
            found.append(Allowed(sid, entry.mask, below_only))
        elif entry.type in _ALLOWED_OBJECT:
            found.append(Allowed(EVERYBODY, entry.mask, below_only))
    return found


def shown_sid(sid):
    # type: (Any) -> str | None
    """``S-1-5-18``; None for what isn't a valid SID."""
    text = wintypes.LPWSTR()
    if not _security.ConvertSidToStringSidW(sid, ctypes.byref(text)):
        return None
    try:
        return to_text(text.value or "")
    finally:
        _kernel.LocalFree(text)
