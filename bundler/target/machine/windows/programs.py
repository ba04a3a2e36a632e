"""Windows' list of installed programs, who uses a file, and how a program removes the folder that it runs from."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
import subprocess
from ctypes import wintypes

from ...compat import PY2, native, to_text
from ..files import User
from .files import is_link

if PY2:
    import _winreg as winreg
else:
    import winreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.CreateFileW.restype = ctypes.c_void_p
_kernel.CreateFileW.argtypes = [
    wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p,
]  # fmt: skip
_kernel.CloseHandle.argtypes = [ctypes.c_void_p]
_kernel.MoveFileExW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]

_kernel.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
_kernel.CreateToolhelp32Snapshot.argtypes = [wintypes.DWORD, wintypes.DWORD]
_kernel.Process32FirstW.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_kernel.Process32NextW.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

_ALL_PROCESSES = 2
_DELETE = 0x00010000
_GENERIC_WRITE = 0x40000000
_SHARE_ALL = 1 | 2 | 4
_OPEN_EXISTING = 3
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_ERROR_SHARING_VIOLATION = 32
_ERROR_MORE_DATA = 234
_DELAY_UNTIL_REBOOT = 4
_CREATE_NO_WINDOW = 0x08000000
_CREATE_BREAKAWAY_FROM_JOB = 0x01000000

_PROGRAMS = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
_KEY_LENGTH = 32
_WAIT = "(if exist {0}\\boot\\python.exe (del /f /q {0}\\boot\\python.exe 2>nul & ping -n 2 127.0.0.1 >nul))"
_GONE = ' & rmdir /s /q {0} & cd /d "%SystemRoot%"'
"""While the program that runs from there hasn't ended, its own file can't be deleted; the batch file that started it needs a moment more.

A step for each second and no loop: in Wine's cmd a ``for`` leaves the variables behind it as they are.
"""
_LONGEST_LINE = 7000  # cmd reads 8191 characters; what the variables hold comes on top


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


def register(scope, key, values):
    # type: (str, str, dict[str, str | int]) -> None
    with winreg.CreateKeyEx(_root(scope), _PROGRAMS + key, 0, winreg.KEY_WRITE | _view(scope)) as opened:
        for name, value in values.items():
            kind = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_SZ
            winreg.SetValueEx(opened, name, 0, kind, value)


def unregister(scope, key):
    # type: (str, str) -> None
    try:
        try:
            winreg.DeleteKeyEx(_root(scope), _PROGRAMS + key, _view(scope), 0)
        except NotImplementedError:  # a Windows of 32 bits that is old, and has no views
            winreg.DeleteKey(_root(scope), _PROGRAMS + key)
    except EnvironmentError as error:
        if getattr(error, "winerror", 0) != 2:  # it isn't there
            raise


def _root(scope):
    # type: (str) -> int
    return winreg.HKEY_LOCAL_MACHINE if scope == "machine" else winreg.HKEY_CURRENT_USER


def _view(scope):
    # type: (str) -> int
    """One line however many bits the Python has that wrote it; a 32-bit Windows has one view only and ignores this."""
    return winreg.KEY_WOW64_64KEY if scope == "machine" else 0


def users(paths):
    # type: (list[str]) -> list[tuple[str, list[User]]]
    """A program that runs, and a file that is opened without sharing, can't be opened to be written and deleted."""
    found = []
    for path in paths:
        handle = _kernel.CreateFileW(path, _GENERIC_WRITE | _DELETE, _SHARE_ALL, None, _OPEN_EXISTING, 0, None)
        if handle not in (None, _INVALID_HANDLE):
            _kernel.CloseHandle(handle)
        elif ctypes.get_last_error() == _ERROR_SHARING_VIOLATION:
            found.append((path, _programs(path)))
    return found


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


def family(processes):
    # type: (list[int]) -> set[int]
    """By who started whom. The number of a process that has ended may be another's by now: who must be sure looks again later."""
    started = {}  # type: dict[int, list[int]]
    snapshot = _kernel.CreateToolhelp32Snapshot(_ALL_PROCESSES, 0)
    if snapshot not in (None, _INVALID_HANDLE):
        entry = _Entry()
        entry.size = ctypes.sizeof(entry)
        more = _kernel.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            started.setdefault(entry.parent, []).append(entry.id)
            more = _kernel.Process32NextW(snapshot, ctypes.byref(entry))
        _kernel.CloseHandle(snapshot)
    found, left = set(), list(processes)  # type: set[int], list[int]
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left += started.get(each, [])
    return found


def remove_after_exit(tree, folders, environ):
    # type: (str, list[str], dict[str, str]) -> None
    """By cmd, which outlives this process.

    The folder is named by its last part, a release's plain name; other paths come to cmd by its environment: no letter in them can
    mean anything to it then.
    """
    above, name = os.path.split(tree)
    variables = dict(environ, BUNDLE_ABOVE=above)
    wait = _WAIT.format(name) + " & "
    line = _GONE.format(name)[3:]
    for number, each in enumerate(folders):
        variables["BUNDLE_FOLDER%d" % number] = each
        line += ' & rmdir "%%BUNDLE_FOLDER%d%%" 2>nul' % number
    room = _LONGEST_LINE - len(line) - len(above) - sum(len(each) for each in folders)
    line = 'cd /d "%BUNDLE_ABOVE%" & ' + wait * max(3, min(60, room // len(wait))) + line
    system = os.path.join(environ.get("SystemRoot", "C:\\Windows"), "System32")
    command = '"%s" /d /v:off /s /c "%s"' % (os.path.join(system, "cmd.exe"), line)
    for flags in (_CREATE_NO_WINDOW | _CREATE_BREAKAWAY_FROM_JOB, _CREATE_NO_WINDOW):
        try:
            with open(os.devnull, "r+b") as nothing:
                subprocess.Popen(
                    native(command),
                    stdin=nothing,
                    stdout=nothing,
                    stderr=nothing,
                    env={native(name): native(value) for name, value in variables.items()},
                    cwd=native(system),  # whoever holds a console for cmd begins there too
                    creationflags=flags,
                )
            return
        except EnvironmentError:
            continue  # a job that lets nobody go
    _at_the_next_start(tree)


def _at_the_next_start(path):
    # type: (str) -> None
    """The last resort, for administrators."""
    if os.path.isdir(path) and not is_link(path):
        for name in os.listdir(path):
            _at_the_next_start(os.path.join(path, to_text(name)))
    _kernel.MoveFileExW(path, None, _DELAY_UNTIL_REBOOT)
