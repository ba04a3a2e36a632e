"""How a program removes the folder that it runs from."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
import subprocess
from ctypes import wintypes

from ...compat import native, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.MoveFileExW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]

_DELAY_UNTIL_REBOOT = 4
_CREATE_NO_WINDOW = 0x08000000
_CREATE_BREAKAWAY_FROM_JOB = 0x01000000
_WAIT = "(if exist {0}\\boot\\python.exe (del /f /q {0}\\boot\\python.exe 2>nul & ping -n 2 127.0.0.1 >nul))"
_GONE = ' & rmdir /s /q {0} & cd /d "%SystemRoot%"'
"""While the program that runs from there hasn't ended, its own file can't be deleted; the batch file that started it needs a moment more.

A step for each second and no loop: in Wine's cmd a ``for`` leaves the variables behind it as they are.
"""
_LONGEST_LINE = 7000  # cmd reads 8191 characters; what the variables hold comes on top


def remove_after_exit(tree, folders, environ, is_link):
    # type: (str, list[str], dict[str, str], Callable[[str], bool]) -> None
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
    _at_the_next_start(tree, is_link)


def _at_the_next_start(path, is_link):
    # type: (str, Callable[[str], bool]) -> None
    """The last resort, for administrators."""
    if os.path.isdir(path) and not is_link(path):
        for name in os.listdir(path):
            _at_the_next_start(os.path.join(path, to_text(name)), is_link)
    _kernel.MoveFileExW(path, None, _DELAY_UNTIL_REBOOT)
