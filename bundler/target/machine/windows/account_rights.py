"""The right "Log on as a service" of an account, by the functions of Windows' local security authority (ntsecapi.h).

An account has it itself or by a group; a domain's policy that names who has it replaces the machine's list whenever it is applied.
"""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native
from ..rights import packed_sid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SERVICE_LOGON = "SeServiceLogonRight"
_LOOK_UP, _CREATE = 0x800, 0x10
"""POLICY_LOOKUP_NAMES, POLICY_CREATE_ACCOUNT: of an account that has no right yet the policy knows nothing."""
_NOT_THERE = 0xC0000034
"""STATUS_OBJECT_NAME_NOT_FOUND: the account has no right of its own."""
_NOT_IMPLEMENTED = 0xC0000002

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)


class _Text(ctypes.Structure):
    """LSA_UNICODE_STRING: lengths in bytes; what is given back needn't end with a zero."""

    _fields_ = [
        (native("length"), ctypes.c_ushort),
        (native("room"), ctypes.c_ushort),
        (native("text"), ctypes.c_void_p),
    ]


class _Attributes(ctypes.Structure):
    """LSA_OBJECT_ATTRIBUTES, of which nothing is used."""

    _fields_ = [
        (native("length"), wintypes.ULONG),
        (native("root"), ctypes.c_void_p),
        (native("name"), ctypes.c_void_p),
        (native("flags"), wintypes.ULONG),
        (native("descriptor"), ctypes.c_void_p),
        (native("quality"), ctypes.c_void_p),
    ]


_security.LsaOpenPolicy.restype = wintypes.ULONG
_security.LsaOpenPolicy.argtypes = [ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p)]
_security.LsaEnumerateAccountRights.restype = wintypes.ULONG
_security.LsaEnumerateAccountRights.argtypes = [
    ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(wintypes.ULONG),
]  # fmt: skip
_security.LsaAddAccountRights.restype = wintypes.ULONG
_security.LsaAddAccountRights.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, wintypes.ULONG]
_security.LsaRemoveAccountRights.restype = wintypes.ULONG
_security.LsaRemoveAccountRights.argtypes = [
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ubyte, ctypes.c_void_p, wintypes.ULONG,
]  # fmt: skip
_security.LsaNtStatusToWinError.restype = wintypes.ULONG
_security.LsaNtStatusToWinError.argtypes = [wintypes.ULONG]
_security.LsaFreeMemory.argtypes = [ctypes.c_void_p]
_security.LsaClose.argtypes = [ctypes.c_void_p]


def has_service_logon(sid):
    # type: (str) -> bool
    """Whether the account itself has it. Raises EnvironmentError."""
    return _with_policy(_LOOK_UP, lambda policy: _has(policy, sid))  # type: ignore[no-any-return]


def give_service_logon(sid):
    # type: (str) -> bool
    """False: this system doesn't know such rights, whatever its function answers (Wine). Raises EnvironmentError."""

    def give(policy):
        # type: (Any) -> bool
        rights, _content = _named()
        status = _security.LsaAddAccountRights(policy, packed(sid), ctypes.byref(rights), 1)
        if status in (_NOT_IMPLEMENTED, _NOT_THERE):
            return False
        _check(status)
        return _has(policy, sid)

    return _with_policy(_LOOK_UP | _CREATE, give)  # type: ignore[no-any-return]


def take_service_logon(sid):
    # type: (str) -> None
    """One that it hasn't is not an error. Raises EnvironmentError."""

    def take(policy):
        # type: (Any) -> None
        rights, _content = _named()
        status = _security.LsaRemoveAccountRights(policy, packed(sid), 0, ctypes.byref(rights), 1)
        if status not in (_NOT_THERE, _NOT_IMPLEMENTED):
            _check(status)

    _with_policy(_LOOK_UP, take)


def packed(sid):
    # type: (str) -> Any
    content = packed_sid(sid)
    return ctypes.create_string_buffer(content, len(content))


def _has(policy, sid):
    # type: (Any, str) -> bool
    found, count = ctypes.c_void_p(), wintypes.ULONG()
    status = _security.LsaEnumerateAccountRights(policy, packed(sid), ctypes.byref(found), ctypes.byref(count))
    if status in (_NOT_THERE, _NOT_IMPLEMENTED):
        return False
    _check(status)
    try:
        texts = ctypes.cast(found, ctypes.POINTER(_Text))
        names = [ctypes.wstring_at(texts[number].text, texts[number].length // 2) for number in range(count.value)]
        return _SERVICE_LOGON in names
    finally:
        _security.LsaFreeMemory(found)


def _named():
    # type: () -> tuple[_Text, Any]
    """The right's name as the functions want it, and the buffer that it points to, which must be kept for as long."""
    content = ctypes.create_unicode_buffer(_SERVICE_LOGON)
    size = len(_SERVICE_LOGON) * ctypes.sizeof(ctypes.c_wchar)
    return _Text(size, size + ctypes.sizeof(ctypes.c_wchar), ctypes.addressof(content)), content


def _with_policy(access, use):
    # type: (int, Callable[[Any], Any]) -> Any
    attributes, policy = _Attributes(), ctypes.c_void_p()
    attributes.length = ctypes.sizeof(attributes)
    _check(_security.LsaOpenPolicy(None, ctypes.byref(attributes), access, ctypes.byref(policy)))
    try:
        return use(policy)
    finally:
        _security.LsaClose(policy)


def _check(status):
    # type: (int) -> None
    """NTSTATUS: whatever isn't 0 is an error here."""
    if status:
        raise ctypes.WinError(_security.LsaNtStatusToWinError(status))
