"""Who uses a file or a port, and who started whom."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native, to_text
from ..parallel import in_parallel
from ..programs import Programs, User
from . import tcp_table
from .handles import DELETE, GENERIC_WRITE, INVALID_HANDLE, close, opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..endpoints import Listener

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
_kernel.CreateToolhelp32Snapshot.argtypes = [wintypes.DWORD, wintypes.DWORD]
_kernel.Process32FirstW.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_kernel.Process32NextW.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_kernel.OpenProcess.restype = ctypes.c_void_p
_kernel.OpenProcess.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]
_kernel.GetProcessTimes.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p] * 4

_ALL_PROCESSES = 2
_QUERY_LIMITED = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION."""
_ERROR_SHARING_VIOLATION = 32
_ERROR_MORE_DATA = 234
_KEY_LENGTH = 32


class _Process(ctypes.Structure):
    """RM_UNIQUE_PROCESS and RM_PROCESS_INFO in one."""

    _fields_ = [
        (native("id"), wintypes.DWORD),
        (native("started"), wintypes.FILETIME),
        (native("name"), wintypes.WCHAR * 256),
        (native("service"), wintypes.WCHAR * 64),
        (native("kind"), ctypes.c_int),
        (native("status"), wintypes.ULONG),
        (native("session"), wintypes.DWORD),
        (native("restartable"), wintypes.BOOL),
    ]


class _Entry(ctypes.Structure):
    """PROCESSENTRY32W."""

    _fields_ = [
        (native("size"), wintypes.DWORD),
        (native("usage"), wintypes.DWORD),
        (native("id"), wintypes.DWORD),
        (native("heap"), ctypes.c_size_t),
        (native("module"), wintypes.DWORD),
        (native("threads"), wintypes.DWORD),
        (native("parent"), wintypes.DWORD),
        (native("priority"), wintypes.LONG),
        (native("flags"), wintypes.DWORD),
        (native("program"), wintypes.WCHAR * 260),
    ]


class WindowsPrograms(Programs):
    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[User]]]
        """A program that runs, and a file that is opened without sharing, can't be opened to be written and deleted."""
        held = set()  # type: set[str]

        def look(path):
            # type: (str) -> None
            try:
                close(opened(path, GENERIC_WRITE | DELETE))
            except EnvironmentError as error:
                if getattr(error, "winerror", None) == _ERROR_SHARING_VIOLATION:
                    held.add(path)

        in_parallel(look, paths)
        return [(path, _programs(path)) for path in paths if path in held]

    def family(self, processes):
        # type: (list[int]) -> set[int]
        """By who started whom. Who is older than the process with his parent's number was started by an earlier one of that number."""
        started = {}  # type: dict[int, list[int]]
        for number, parent, _ in _running():
            started.setdefault(parent, []).append(number)
        found, left = set(), list(processes)  # type: set[int], list[int]
        while left:
            each = left.pop()
            if each not in found:
                found.add(each)
                begun = _begun(each) if each in started else None
                left += [child for child in started.get(each, []) if not _is_before(_begun(child), begun)]
        return found

    def listeners(self, port):
        # type: (int) -> list[Listener] | None
        return tcp_table.listeners(port)

    def name_of(self, process):
        # type: (int) -> str | None
        return next((name for number, _, name in _running() if number == process), None)


def _running():
    # type: () -> list[tuple[int, int, str]]
    """Number, number of the parent, and program of every process."""
    found = []  # type: list[tuple[int, int, str]]
    snapshot = _kernel.CreateToolhelp32Snapshot(_ALL_PROCESSES, 0)
    if snapshot not in (None, INVALID_HANDLE):
        entry = _Entry()
        entry.size = ctypes.sizeof(entry)
        more = _kernel.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            found.append((entry.id, entry.parent, to_text(entry.program)))
            more = _kernel.Process32NextW(snapshot, ctypes.byref(entry))
        close(snapshot)
    return found


def _begun(process):
    # type: (int) -> int | None
    """When, in Windows' own units; None where this account may not ask."""
    handle = _kernel.OpenProcess(_QUERY_LIMITED, False, process)
    if not handle:
        return None
    times = [wintypes.FILETIME() for _ in range(4)]
    known = _kernel.GetProcessTimes(handle, *[ctypes.byref(each) for each in times])
    close(handle)
    return times[0].dwHighDateTime << 32 | times[0].dwLowDateTime if known else None


def _is_before(begun, other):
    # type: (int | None, int | None) -> bool
    return begun is not None and other is not None and begun < other


def _programs(path):
    # type: (str) -> list[User]
    """Asked of the Restart Manager (Windows Vista and later); it may know nothing, or not be there."""
    try:
        manager = ctypes.WinDLL(native("rstrtmgr"))
        session, key = wintypes.DWORD(), ctypes.create_unicode_buffer(_KEY_LENGTH + 1)
        if manager.RmStartSession(ctypes.byref(session), 0, key):
            return []
    except (EnvironmentError, AttributeError):
        return []
    try:
        names = (wintypes.LPCWSTR * 1)(path)
        if manager.RmRegisterResources(session, 1, names, 0, None, 0, None):
            return []
        needed, count, reason = wintypes.UINT(), wintypes.UINT(16), wintypes.DWORD()
        processes = (_Process * 16)()
        code = manager.RmGetList(session, ctypes.byref(needed), ctypes.byref(count), processes, ctypes.byref(reason))
        if code not in (0, _ERROR_MORE_DATA):
            return []
        return [User(to_text(each.name), each.id) for each in processes[: min(count.value, 16)] if each.id]
    finally:
        manager.RmEndSession(session)
