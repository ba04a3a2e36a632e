"""Accounts of Windows, by SID: of accounts by their names, and of this process's own."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
from ctypes import wintypes

from ...compat import native, to_text
from ..own_entries import OwnEntry, own_entries, with_entries, with_one_more
from ..rights import Rights, closed, contents_only, guarded, packed_sid
from . import account_rights
from .access_lists import access_of, change_list, list_of, set_closed, set_guard, set_inherited
from .group_members import members_of
from .list_entries import shown_sid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..environment import Environment
    from ..rights import Access

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)
_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_shell = ctypes.WinDLL(native("shell32"), use_last_error=True)
_secur32 = ctypes.WinDLL(native("secur32"), use_last_error=True)
_kernel.CloseHandle.argtypes = [wintypes.HANDLE]
_kernel.GetComputerNameW.argtypes = [wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)]
_kernel.GetCurrentProcess.restype = wintypes.HANDLE
_security.LookupAccountNameW.argtypes = [
    wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p, ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p,
    ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(ctypes.c_int),
]  # fmt: skip
_security.LookupAccountSidW.argtypes = [
    wintypes.LPCWSTR, ctypes.c_void_p, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD), wintypes.LPWSTR,
    ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(ctypes.c_int),
]  # fmt: skip
_security.OpenProcessToken.argtypes = [wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE)]
_security.GetTokenInformation.argtypes = [
    wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip

_ADMINISTRATORS, _LOCAL_SERVICE = "S-1-5-32-544", "S-1-5-19"
_ONE_RIGHT = OwnEntry(0, 0x80)
"""FILE_READ_ATTRIBUTES."""
_TOKEN_QUERY = 8
_TOKEN_USER = 1
_NAME_SAM_COMPATIBLE = 2
_NAME = 512
"""Characters of the longest name of an account, or of a domain, that is asked for."""


class WindowsRights(Rights):
    def __init__(self, environment):
        # type: (Environment) -> None
        self._environment = environment
        self._known = {}  # type: dict[tuple[bytes, bytes], Access]
        self._account = None  # type: tuple[str, str] | None
        self._administrators = None  # type: frozenset[str] | None

    def is_admin(self):
        # type: () -> bool
        """Of the process's token: an administrator who wasn't elevated doesn't count. ``net session`` asks another question."""
        return bool(_shell.IsUserAnAdmin())

    def account(self):
        # type: () -> tuple[str, str | None]
        """Asked once: of thousands of files it is asked whether they are this account's."""
        if self._account is None:
            name, size = ctypes.create_unicode_buffer(512), wintypes.DWORD(512)
            known = _secur32.GetUserNameExW(_NAME_SAM_COMPATIBLE, name, ctypes.byref(size))
            self._account = (to_text(name.value) if known else "", own_sid())
        return self._account

    def account_sid(self, name):
        # type: (str) -> str | None
        return account_sid(name)

    def account_name(self, sid):
        # type: (str) -> str | None
        name, domain, kind = ctypes.create_unicode_buffer(_NAME), ctypes.create_unicode_buffer(_NAME), ctypes.c_int()
        sizes = [wintypes.DWORD(_NAME), wintypes.DWORD(_NAME)]
        content = ctypes.create_string_buffer(packed_sid(sid))
        if not _security.LookupAccountSidW(
            None, content, name, ctypes.byref(sizes[0]), domain, ctypes.byref(sizes[1]), ctypes.byref(kind)
        ):
            return None
        return "\\".join(to_text(each.value) for each in (domain, name) if each.value)

    def administrators(self):
        # type: () -> frozenset[str]
        """Asked once, as the account is."""
        if self._administrators is None:
            name = self.account_name(_ADMINISTRATORS)
            self._administrators = members_of(name.rpartition("\\")[2]) if name else frozenset()
        return self._administrators

    def access(self, path):
        # type: (str) -> Access | None
        return access_of(path, self._known)

    def contents_only(self, path, sid):
        # type: (str, str) -> None
        change_list(path, lambda entries: contents_only(entries, sid))

    def own_entries(self, path, sid):
        # type: (str, str) -> list[OwnEntry]
        return own_entries(list_of(path), sid)

    def keeps_entries(self, folder):
        # type: (str) -> bool
        try:
            change_list(folder, lambda entries: with_one_more(entries, _LOCAL_SERVICE, _ONE_RIGHT))
            return bool(own_entries(list_of(folder), _LOCAL_SERVICE))
        except EnvironmentError:
            return True  # it has lists, and this account may not change them

    def leave_entries(self, path, sid, kept):
        # type: (str, str, list[OwnEntry]) -> None
        change_list(path, lambda entries: with_entries(entries, sid, kept), spread=True)

    def guard(self, path, kept):
        # type: (str, Iterable[str]) -> None
        set_guard(path, lambda entries: guarded(entries, kept), packed_sid(_ADMINISTRATORS))

    def take_over(self, path):
        # type: (str) -> None
        set_inherited(path, packed_sid(_ADMINISTRATORS))

    def close_file(self, path, readers):
        # type: (str, Iterable[str]) -> None
        set_closed(path, lambda entries: closed(entries, own_sid(), readers))

    def has_service_logon(self, sid):
        # type: (str) -> bool | None
        return account_rights.has_service_logon(sid)

    def give_service_logon(self, sid):
        # type: (str) -> bool
        return account_rights.give_service_logon(sid)

    def take_service_logon(self, sid):
        # type: (str) -> None
        account_rights.take_service_logon(sid)

    def icacls(self):
        # type: () -> str | None
        return os.path.join(self._environment.system_programs(), "icacls.exe")


def account_sid(name):
    # type: (str) -> str | None
    r"""None where there is no such account; ``.\name`` is one of this machine."""
    if name[:2] == ".\\":
        name = "%s\\%s" % (computer_name(), name[2:])  # alone, it may be found in a domain
    sid_size, domain_size, kind = wintypes.DWORD(), wintypes.DWORD(), ctypes.c_int()
    sizes = ctypes.byref(sid_size), ctypes.byref(domain_size)
    _security.LookupAccountNameW(None, name, None, sizes[0], None, sizes[1], ctypes.byref(kind))
    if not sid_size.value:
        return None
    sid = ctypes.create_string_buffer(sid_size.value)
    domain = ctypes.create_unicode_buffer(domain_size.value or 1)
    if not _security.LookupAccountNameW(None, name, sid, sizes[0], domain, sizes[1], ctypes.byref(kind)):
        return None
    return shown_sid(sid)


def computer_name():
    # type: () -> str
    """The one by which this machine's own accounts are known."""
    name, size = ctypes.create_unicode_buffer(256), wintypes.DWORD(256)
    if not _kernel.GetComputerNameW(name, ctypes.byref(size)):
        raise ctypes.WinError(ctypes.get_last_error())
    return to_text(name.value)


def own_sid():
    # type: () -> str
    token = wintypes.HANDLE()
    if not _security.OpenProcessToken(_kernel.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        size = wintypes.DWORD()
        _security.GetTokenInformation(token, _TOKEN_USER, None, 0, ctypes.byref(size))
        content = ctypes.create_string_buffer(size.value)
        if not _security.GetTokenInformation(token, _TOKEN_USER, content, size, ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        found = shown_sid(ctypes.c_void_p.from_buffer(content))
        if found is None:
            raise ctypes.WinError(ctypes.get_last_error())
        return found
    finally:
        _kernel.CloseHandle(token)
