"""The command line on Windows; and whether somebody sees this process's console, so that a question would be answered and not waited for until the end of days."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
import time
from ctypes import wintypes

from ...compat import PY2, native, to_text
from ..clock import monotonic
from ..command_line import split_command_line
from ..operator_terminal import CMD_LINE, Operator, is_only_for_batch
from .elevation import run_elevated

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_user = ctypes.WinDLL(native("user32"), use_last_error=True)

_INPUT, _OUTPUT = -10, -11
_CONSOLE_CLASS = "ConsoleWindowClass"
_FLAGS = 1
_WSF_VISIBLE = 1
_SHOWN_PROGRAMS = 3
_LOOK = 0.1

_kernel.GetStdHandle.restype = wintypes.HANDLE
_kernel.GetStdHandle.argtypes = [wintypes.DWORD]
_kernel.GetConsoleMode.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
_kernel.GetCommandLineW.restype = wintypes.LPWSTR
_kernel.GetConsoleWindow.restype = wintypes.HWND
_user.GetClassNameW.argtypes = [wintypes.HWND, wintypes.LPWSTR, ctypes.c_int]
_user.IsWindowVisible.argtypes = [wintypes.HWND]
_user.GetProcessWindowStation.restype = wintypes.HANDLE
_user.GetUserObjectInformationW.argtypes = [
    wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p,
]  # fmt: skip


class WindowsOperator(Operator):
    def arguments(self):
        # type: () -> list[str]
        """2.7 sees its arguments in the code page, with question marks where a letter isn't in it."""
        if PY2:
            words = split_command_line(_kernel.GetCommandLineW())
            return words[len(words) - len(sys.argv) + 1 :]
        else:
            return Operator.arguments(self)

    def interactive(self):
        # type: () -> bool
        return sys.stdin is not None and sys.stdout is not None and is_attended()

    def window_closes(self):
        # type: () -> bool
        """Alone in its console (from Settings), or with the cmd alone that was started for bootstrap.bat (a double click)."""
        programs = (wintypes.DWORD * _SHOWN_PROGRAMS)()
        count = _kernel.GetConsoleProcessList(programs, _SHOWN_PROGRAMS)
        return self.interactive() and (count == 1 or (count == 2 and is_only_for_batch(_cmd_line())))

    def is_asked_by_batch(self):
        # type: () -> bool
        return bool(_cmd_line()) and self.interactive()

    def run_elevated(self, program, parameters, directory):
        # type: (str, str, str) -> int | None
        return run_elevated(program, parameters, directory)

    def wait_for_key(self, seconds):
        # type: (float) -> None
        import msvcrt

        while msvcrt.kbhit():  # what was typed before the end
            msvcrt.getwch()
        until = monotonic() + seconds
        while not msvcrt.kbhit() and monotonic() < until:
            time.sleep(_LOOK)


def _cmd_line():
    # type: () -> str
    """How the cmd that runs bootstrap.bat was started, as that file has it; empty without one."""
    return to_text(os.environ.get(native(CMD_LINE), native("")))


class _Flags(ctypes.Structure):
    _fields_ = [
        (native("inherit"), wintypes.BOOL),
        (native("reserved"), wintypes.BOOL),
        (native("flags"), wintypes.DWORD),
    ]


def is_attended():
    # type: () -> bool
    """Standard input and output are a console, and it is one with a window that shows, or a terminal's.

    ``isatty`` is true of NUL as well, and of the console without a window that a scheduler or a management agent starts programs with.
    A terminal (ssh, Windows Terminal) has a window of its own class, which never shows; a service's console has one on a desktop that
    nobody sees.
    """
    if not (_is_console(_INPUT) and _is_console(_OUTPUT)):
        return False
    window = _kernel.GetConsoleWindow()
    if not window:
        return False
    name = ctypes.create_unicode_buffer(64)
    _user.GetClassNameW(window, name, 64)
    return name.value != _CONSOLE_CLASS or bool(_user.IsWindowVisible(window) and _is_desktop_visible())


def _is_console(which):
    # type: (int) -> bool
    mode = wintypes.DWORD()
    return bool(_kernel.GetConsoleMode(_kernel.GetStdHandle(which & 0xFFFFFFFF), ctypes.byref(mode)))


def _is_desktop_visible():
    # type: () -> bool
    flags, needed = _Flags(), wintypes.DWORD()
    station = _user.GetProcessWindowStation()
    known = _user.GetUserObjectInformationW(
        station, _FLAGS, ctypes.byref(flags), ctypes.sizeof(flags), ctypes.byref(needed)
    )
    return bool(known and flags.flags & _WSF_VISIBLE)
