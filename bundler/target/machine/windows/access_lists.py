"""Who owns a file or a folder and what its access control list allows, as Windows itself has it."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import errno
from ctypes import wintypes

from ...compat import native
from ..links import REPARSE_POINT
from ..rights import EVERYBODY, EVERYTHING, Access, Allowed
from .handles import ATTRIBUTES, DIRECTORY, ITSELF, LINKS, READ_ATTRIBUTES, close, information, opened
from .list_entries import allowed, shown_sid, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.LocalFree.argtypes = [ctypes.c_void_p]
_security.GetSecurityInfo.restype = wintypes.DWORD
_security.GetSecurityInfo.argtypes = [
    ctypes.c_void_p, ctypes.c_int, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p),
]  # fmt: skip
_security.GetSecurityDescriptorControl.argtypes = [
    ctypes.c_void_p, ctypes.POINTER(ctypes.c_ushort), ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
_security.InitializeSecurityDescriptor.argtypes = [ctypes.c_void_p, wintypes.DWORD]
_security.SetSecurityDescriptorDacl.argtypes = [ctypes.c_void_p, wintypes.BOOL, ctypes.c_void_p, wintypes.BOOL]
_security.SetSecurityDescriptorControl.argtypes = [ctypes.c_void_p, wintypes.WORD, wintypes.WORD]
_security.SetKernelObjectSecurity.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
_security.SetSecurityInfo.restype = wintypes.DWORD
_security.SetSecurityInfo.argtypes = [
    ctypes.c_void_p, ctypes.c_int, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
]  # fmt: skip
_security.GetLengthSid.argtypes, _security.GetLengthSid.restype = [ctypes.c_void_p], wintypes.DWORD

_READ_CONTROL, _WRITE_DAC, _WRITE_OWNER = 0x20000, 0x40000, 0x80000
_NOT_INHERITED, _INHERITED = 0x80000000, 0x20000000
"""PROTECTED_DACL_SECURITY_INFORMATION, UNPROTECTED_DACL_SECURITY_INFORMATION."""
_EMPTY_LIST = b"\x02\x00\x08\x00\x00\x00\x00\x00"
"""An ACL without an entry."""
_FILE_OBJECT = 1
_LIST = 4
_OWNER_AND_LIST = 1 | _LIST
_AUTO_INHERIT_WANTED, _AUTO_INHERITED, _PROTECTED = 0x100, 0x400, 0x1000
_CONTROLS = _AUTO_INHERIT_WANTED | _AUTO_INHERITED | _PROTECTED
_DESCRIPTOR_SIZE = 40
"""Bytes of a SECURITY_DESCRIPTOR of 64 bits; one of 32 bits is smaller."""


def access_of(path, known):
    # type: (str, dict[tuple[bytes, bytes], Access]) -> Access
    """Of a link its own, whatever it leads to. Raises EnvironmentError where this account may not even read that.

    ``known``: what the same owner and the same list meant before, which is kept there: what a folder's files inherit is alike to the byte.
    """
    handle = opened(path, _READ_CONTROL, ITSELF)
    owner, entries, descriptor = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    error = _security.GetSecurityInfo(
        handle, _FILE_OBJECT, _OWNER_AND_LIST, ctypes.byref(owner), None, ctypes.byref(entries), None,
        ctypes.byref(descriptor),
    )  # fmt: skip
    close(handle)
    if error:
        raise ctypes.WinError(error)
    try:
        key = _content(owner, _security.GetLengthSid), _content(entries, size_of)
        if key not in known:
            known[key] = _access(owner, entries)
        return known[key]
    finally:
        _kernel.LocalFree(descriptor)


def _content(place, length):
    # type: (ctypes.c_void_p, Callable[[Any], int]) -> bytes
    return ctypes.string_at(place, length(place)) if place else b""


def _access(owner, entries):
    # type: (ctypes.c_void_p, ctypes.c_void_p) -> Access
    whose = (shown_sid(owner) if owner else None) or EVERYBODY
    if not entries:  # a file system without rights, or a list that was taken away: everybody may do everything
        return Access(whose, [Allowed(EVERYBODY, EVERYTHING, False)])
    return Access(whose, allowed(entries))


def list_of(path):
    # type: (str) -> bytes
    """Of a link its own; nothing where there is no list. Raises EnvironmentError."""
    found = [b""]

    def as_it_is(entries):
        # type: (bytes) -> bytes
        found[0] = entries
        return entries

    _change(path, _READ_CONTROL, as_it_is)
    return found[0]


def change_list(path, change, spread=False):
    # type: (str, Callable[[bytes], bytes], bool) -> None
    """Of a folder alone: what lies below keeps what it has from there; ``spread``: it inherits from the folder anew. In one step; raises
    EnvironmentError.
    """
    _change(path, _READ_CONTROL | _WRITE_DAC, change, spread)


def _change(path, rights, change, spread=False):
    # type: (str, int, Callable[[bytes], bytes], bool) -> None
    handle = opened(path, rights, ITSELF)
    entries, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
    try:
        error = _security.GetSecurityInfo(
            handle, _FILE_OBJECT, _LIST, None, None, ctypes.byref(entries), None, ctypes.byref(descriptor)
        )
        if error:
            raise ctypes.WinError(error)
        before = _content(entries, size_of)
        after = change(before) if before else b""
        if after == before:
            return
        control = _control_of(descriptor)
        if not spread:
            _set_list(handle, after, control)
            return
        what = _LIST | (_NOT_INHERITED if control & _PROTECTED else 0)
        error = _security.SetSecurityInfo(
            handle, _FILE_OBJECT, what, None, None, ctypes.create_string_buffer(after), None
        )
        if error:
            raise ctypes.WinError(error)
    finally:
        _kernel.LocalFree(descriptor)
        close(handle)


def set_guard(path, change, owner):
    # type: (str, Callable[[bytes], bytes], bytes) -> None
    """Owner and list of a folder at once, and the list inherits nothing from above; what lies below inherits from it anew. Of a link its own."""
    _set_own_list(path, change, owner)


def set_closed(path, change):
    # type: (str, Callable[[bytes], bytes]) -> None
    """The list of a file, which inherits nothing from above any more. Raises EnvironmentError: of a link, a folder, or a file of several names too."""
    _set_own_list(path, change, None)


def set_inherited(path, owner):
    # type: (str, bytes) -> None
    """Owner, and a list that has nothing but what comes from above. Raises EnvironmentError: of a file of several names too."""
    handle = opened(path, _READ_CONTROL | _WRITE_DAC | _WRITE_OWNER, ITSELF)
    try:
        _must_be_one(handle, path)
        content, sid = ctypes.create_string_buffer(_EMPTY_LIST), ctypes.create_string_buffer(owner)
        error = _security.SetSecurityInfo(handle, _FILE_OBJECT, _OWNER_AND_LIST | _INHERITED, sid, None, content, None)
        if error:
            raise ctypes.WinError(error)
    finally:
        close(handle)


def names_of(path):
    # type: (str) -> int
    """How many names a file has, a link its own."""
    handle = opened(path, READ_ATTRIBUTES, ITSELF)
    try:
        return information(handle)[LINKS]
    finally:
        close(handle)


def _set_own_list(path, change, owner):
    # type: (str, Callable[[bytes], bytes], bytes | None) -> None
    handle = opened(path, _READ_CONTROL | _WRITE_DAC | (_WRITE_OWNER if owner is not None else 0), ITSELF)
    entries, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
    try:
        if owner is None:
            _must_be_one(handle, path, plain=True)
        error = _security.GetSecurityInfo(
            handle, _FILE_OBJECT, _LIST, None, None, ctypes.byref(entries), None, ctypes.byref(descriptor)
        )
        if error:
            raise ctypes.WinError(error)
        after = change(ctypes.string_at(entries, size_of(entries)) if entries else b"")
        if (
            owner is None
        ):  # a file, below which nothing inherits; Wine's SetSecurityInfo adds what comes from above all the same
            _set_list(handle, after, _PROTECTED)
            return
        content, sid = ctypes.create_string_buffer(after), ctypes.create_string_buffer(owner)
        what = _OWNER_AND_LIST | _NOT_INHERITED
        error = _security.SetSecurityInfo(handle, _FILE_OBJECT, what, sid, None, content, None)
        if error:
            raise ctypes.WinError(error)
    finally:
        _kernel.LocalFree(descriptor)
        close(handle)


def _must_be_one(handle, path, plain=False):
    # type: (Any, str, bool) -> None
    """Whose rights are set has no other name elsewhere; ``plain``: it is a file and no link."""
    words = information(handle)
    if plain and words[ATTRIBUTES] & (DIRECTORY | REPARSE_POINT):
        raise EnvironmentError(errno.EINVAL, "a link or a folder", path)
    if not words[ATTRIBUTES] & DIRECTORY and words[LINKS] != 1:
        raise EnvironmentError(errno.EMLINK, "a file with another name somewhere", path)


def _control_of(descriptor):
    # type: (ctypes.c_void_p) -> int
    control, revision = ctypes.c_ushort(), wintypes.DWORD()
    if not _security.GetSecurityDescriptorControl(descriptor, ctypes.byref(control), ctypes.byref(revision)):
        raise ctypes.WinError(ctypes.get_last_error())
    kept = control.value & (_PROTECTED | _AUTO_INHERITED)
    return kept | (_AUTO_INHERIT_WANTED if kept & _AUTO_INHERITED else 0)


def _set_list(handle, entries, control):
    # type: (Any, bytes, int) -> None
    descriptor, content = ctypes.create_string_buffer(_DESCRIPTOR_SIZE), ctypes.create_string_buffer(entries)
    done = (
        _security.InitializeSecurityDescriptor(descriptor, 1)
        and _security.SetSecurityDescriptorDacl(descriptor, True, content, False)
        and _security.SetSecurityDescriptorControl(descriptor, _CONTROLS, control)
        and _security.SetKernelObjectSecurity(
            handle, _LIST | (_NOT_INHERITED if control & _PROTECTED else 0), descriptor
        )
    )
    if not done:
        raise ctypes.WinError(ctypes.get_last_error())
