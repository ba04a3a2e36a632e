"""Windows' files: links of all kinds, rights from the first moment on, and what is on the disk for certain."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import errno
import os
from ctypes import wintypes

from ...compat import native, to_text
from ..files import Files
from ..links import REPARSE_POINT, leads_elsewhere, link_text
from ..parallel import in_parallel
from ..parent_folders import existing_parent
from ..patience import HELD
from ..restart_operations import removed_at_restart
from .access_lists import names_of
from .closed_at_birth import make_guarded_folder, make_private_folder, new_private_file
from .folder_handles import WindowsHeldFolder, identity_of, link_data
from .handles import DIRECTORY, FOLDER, GENERIC_WRITE, INVALID_HANDLE, close, opened
from .replacing import replace_open
from .restart_operations import restart_operations
from .self_removal import remove_after_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..environment import Environment
    from ..held_folder import HeldFolder
    from ..rights import Rights

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.FlushFileBuffers.argtypes = [ctypes.c_void_p]
_kernel.GetFileAttributesW.restype = wintypes.DWORD
_kernel.GetFileAttributesW.argtypes = [wintypes.LPCWSTR]
_kernel.FindFirstFileW.restype = ctypes.c_void_p
_kernel.FindFirstFileW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p]
_kernel.FindClose.argtypes = [ctypes.c_void_p]
_kernel.GetFinalPathNameByHandleW.restype = wintypes.DWORD
_kernel.GetFinalPathNameByHandleW.argtypes = [ctypes.c_void_p, wintypes.LPWSTR, wintypes.DWORD, wintypes.DWORD]
_kernel.MoveFileExW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]
_kernel.GetVolumeInformationW.argtypes = [
    wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(wintypes.DWORD),
    wintypes.LPWSTR, wintypes.DWORD,
]  # fmt: skip
_kernel.QueryDosDeviceW.argtypes = [wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD]
_kernel.GetDriveTypeW.argtypes = [wintypes.LPCWSTR]
_kernel.GetVolumePathNameW.argtypes = [wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD]
_kernel.GetDiskFreeSpaceExW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]

_MOVEFILE_REPLACE_EXISTING = 1
_MOVEFILE_DELAY_UNTIL_REBOOT = 4
_MOVEFILE_WRITE_THROUGH = 8
_ADD_FILE, _ADD_SUBDIRECTORY = 2, 4
_NO_ATTRIBUTES = 0xFFFFFFFF
_LONGEST_PATH = 32768
_READ_ONLY_VOLUME = 0x80000
_REMOTE = 4
"""DRIVE_REMOTE."""
_GLOBAL = "\\\\?\\Global\\%s\\"
"""A drive of the whole machine, as services see it."""
_SUBSTITUTED = "\\??\\"
"""How the target of a drive begins that ``subst`` made."""
_DEVICE = "\\\\?\\"


class WindowsFiles(Files):
    def __init__(self, environment, rights):
        # type: (Environment, Rights) -> None
        Files.__init__(self)
        self._environment = environment
        self._rights = rights

    def is_held(self, error):
        # type: (EnvironmentError) -> bool
        """Opening tells the C library's number alone; a lack of rights looks the same, and is waited for in vain."""
        return getattr(error, "winerror", None) in HELD or error.errno in (errno.EACCES, errno.ENOTEMPTY)

    def _replace(self, source, destination):
        # type: (str, str) -> None
        if _kernel.MoveFileExW(source, destination, _MOVEFILE_REPLACE_EXISTING | _MOVEFILE_WRITE_THROUGH):
            return
        error = ctypes.WinError(ctypes.get_last_error())
        if not (self.is_held(error) and replace_open(source, destination)):
            raise error

    def is_link(self, path):
        # type: (str) -> bool
        return is_link(path)

    def real(self, path):
        # type: (str) -> str
        """Asked of Windows itself: ``os.path.realpath`` follows nothing there before 3.8."""
        there, rest = existing_parent(path), ""
        if there != path:
            rest = os.path.relpath(path, there)
        found = _final_path(there)
        return os.path.join(found, rest) if rest else found

    def _link_text(self, path):
        # type: (str) -> str | None
        """``os.readlink`` isn't there under 2.7, knows no junctions before 3.8, and gives the name to be shown until then."""
        return link_text(link_data(path))

    def remove_link(self, path):
        # type: (str) -> None
        remove_link(path)

    def whole_path(self, path):
        # type: (str) -> str
        """For devices: Windows reads it as it is, and no longer ends after 260 characters."""
        if path.startswith((_DEVICE, "\\\\.\\")):
            return path
        whole = to_text(os.path.abspath(path))
        return _DEVICE + "UNC" + whole[1:] if whole.startswith("\\\\") else _DEVICE + whole

    def to_disk(self, folder):
        # type: (str) -> None
        drive = os.path.splitdrive(os.path.abspath(folder))[0]
        if not (drive.endswith(":") and flush("\\\\.\\" + drive)):
            flush_all(self.walk(folder))

    def remove_after_exit(self, tree, folders):
        # type: (str, list[str]) -> None
        remove_after_exit(tree, folders, self._environment.variables(), self._environment.system_programs(), is_link)

    def remove_at_restart(self, path):
        # type: (str) -> bool
        """For administrators; Windows' session manager does it before anything else runs."""
        return bool(_kernel.MoveFileExW(path, None, _MOVEFILE_DELAY_UNTIL_REBOOT))

    def removed_at_restart(self):
        # type: () -> list[str]
        return [each for content in restart_operations() for each in removed_at_restart(content)]

    def names_of(self, path):
        # type: (str) -> int
        """Under 2.7 too, whose ``os.lstat`` doesn't count them here."""
        return names_of(path)

    def identity(self, path):
        # type: (str) -> Any
        return identity_of(path)

    def hold(self, path, identity):
        # type: (str, Any) -> HeldFolder
        return WindowsHeldFolder(path, identity)

    def hold_to_remove(self, path):
        # type: (str) -> HeldFolder
        return WindowsHeldFolder(path)

    def make_guarded(self, path):
        # type: (str) -> None
        if self._rights.is_admin():
            make_guarded_folder(path)
        else:
            os.mkdir(path)

    def _new_private_file(self, path):
        # type: (str) -> int
        return new_private_file(path)

    def make_private(self, path):
        # type: (str) -> None
        make_private_folder(path)

    def volume(self, path):
        # type: (str) -> tuple[str, int]
        folder = existing_parent(path)
        name, free = ctypes.create_unicode_buffer(1024), ctypes.c_ulonglong()
        if not _kernel.GetVolumePathNameW(folder, name, 1024):
            raise ctypes.WinError(ctypes.get_last_error())
        if not _kernel.GetDiskFreeSpaceExW(folder, ctypes.byref(free), None, None):
            raise ctypes.WinError(ctypes.get_last_error())
        return name.value, free.value

    def is_read_only(self, path):
        # type: (str) -> bool
        name, flags = ctypes.create_unicode_buffer(1024), wintypes.DWORD()
        known = _kernel.GetVolumePathNameW(path, name, 1024)
        asked = known and _kernel.GetVolumeInformationW(name, None, 0, None, None, ctypes.byref(flags), None, 0)
        return bool(asked and flags.value & _READ_ONLY_VOLUME)

    def behind_drive(self, path):
        # type: (str) -> str | None
        drive = os.path.splitdrive(path)[0]
        if not drive.endswith(":") or _kernel.GetFileAttributesW(_GLOBAL % drive) != _NO_ATTRIBUTES:
            return None
        found = ctypes.create_unicode_buffer(_LONGEST_PATH)
        if not _kernel.QueryDosDeviceW(drive, found, _LONGEST_PATH):
            return None  # there is no such drive
        if found.value.startswith(_SUBSTITUTED):
            return found.value[len(_SUBSTITUTED) :]
        return _final_path(drive + "\\") if _kernel.GetDriveTypeW(drive + "\\") == _REMOTE else None

    def may_create(self, folder):
        # type: (str) -> bool
        return may(folder, _ADD_FILE | _ADD_SUBDIRECTORY)

    def may_make_folder(self, folder):
        # type: (str) -> bool
        return may(folder, _ADD_SUBDIRECTORY)


def may(folder, rights):
    # type: (str, int) -> bool
    """Asks for the rights by opening the folder itself: ``os.access`` knows nothing of access control lists."""
    try:
        close(opened(folder, rights, FOLDER))
    except EnvironmentError:
        return False
    return True


def _final_path(folder):
    # type: (str) -> str
    """As it is where it can't be opened, or lies on a drive that only has a name among devices."""
    try:
        handle = opened(folder, 0, FOLDER)
    except EnvironmentError:
        return folder
    try:
        found = ctypes.create_unicode_buffer(_LONGEST_PATH)
        length = _kernel.GetFinalPathNameByHandleW(handle, found, _LONGEST_PATH, 0)
    finally:
        close(handle)
    if not 0 < length < _LONGEST_PATH:
        return folder
    if found.value.startswith(_DEVICE + "UNC\\"):
        return "\\\\" + found.value[len(_DEVICE + "UNC\\") :]
    return found.value[len(_DEVICE) :] if found.value.startswith(_DEVICE) else found.value


def is_link(path):
    # type: (str) -> bool
    """Junctions too, and under 2.7 too, whose ``os.path.islink`` knows nothing here."""
    attributes = _kernel.GetFileAttributesW(path)
    if attributes == _NO_ATTRIBUTES or not attributes & REPARSE_POINT:
        return False
    found = wintypes.WIN32_FIND_DATAW()
    handle = _kernel.FindFirstFileW(path, ctypes.byref(found))
    if handle in (None, INVALID_HANDLE):
        return True  # unknown
    _kernel.FindClose(handle)
    return leads_elsewhere(found.dwFileAttributes, found.dwReserved0)


def remove_link(path):
    # type: (str) -> None
    """A link to a folder is removed as a folder is: what it leads to is not asked whether it is empty."""
    if _kernel.GetFileAttributesW(path) & DIRECTORY:
        os.rmdir(path)
    else:
        os.unlink(path)


def flush(path):
    # type: (str) -> bool
    r"""The buffers of a file, or of a whole volume (``\\.\C:``, administrators only)."""
    try:
        handle = opened(path, GENERIC_WRITE)
    except EnvironmentError:
        return False
    try:
        return bool(_kernel.FlushFileBuffers(handle))
    finally:
        close(handle)


def flush_all(paths):
    # type: (list[str]) -> None
    """The buffers of many files. One that can't be opened is a program's that runs by now: it is on the disk."""
    in_parallel(flush, paths)
