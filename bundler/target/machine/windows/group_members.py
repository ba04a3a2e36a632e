"""Who is a member of one of this machine's groups, by the functions for networks (lmaccess.h)."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from .list_entries import shown_sid

_ALL = 0xFFFFFFFF
"""MAX_PREFERRED_LENGTH: as many as there are, at once."""
_SIDS = 0
"""LOCALGROUP_MEMBERS_INFO_0: a SID each, which no domain has to be asked for."""

_network = ctypes.WinDLL(native("netapi32"))
_network.NetLocalGroupGetMembers.restype = wintypes.DWORD
_network.NetLocalGroupGetMembers.argtypes = [
    wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p,
]  # fmt: skip
_network.NetApiBufferFree.argtypes = [ctypes.c_void_p]


def members_of(group):
    # type: (str) -> frozenset[str]
    """Their SIDs; empty where Windows doesn't say: none is then taken for a member. ``group``: its name, as this Windows calls it."""
    found, number, whole = ctypes.c_void_p(), wintypes.DWORD(), wintypes.DWORD()
    fault = _network.NetLocalGroupGetMembers(
        None, group, _SIDS, ctypes.byref(found), _ALL, ctypes.byref(number), ctypes.byref(whole), None
    )
    if not found.value:
        return frozenset()
    try:
        if fault:
            return frozenset()
        members = (ctypes.c_void_p * number.value).from_address(found.value)
        return frozenset(filter(None, (shown_sid(ctypes.c_void_p(each)) for each in members)))
    finally:
        _network.NetApiBufferFree(found)
