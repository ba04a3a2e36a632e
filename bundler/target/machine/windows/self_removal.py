"""How a program removes the folder that it runs from."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import os
import subprocess
from ctypes import wintypes

from ...compat import native, to_text
from ..removal_command import removal_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_kernel.MoveFileExW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]

_DELAY_UNTIL_REBOOT = 4
_CREATE_NO_WINDOW = 0x08000000
_CREATE_BREAKAWAY_FROM_JOB = 0x01000000


def remove_after_exit(tree, folders, environ, system, is_link):
    # type: (str, list[str], dict[str, str], str, Callable[[str], bool]) -> None
    """By cmd, which outlives this process. ``system``: the folder of Windows' own programs."""
    command, variables = removal_command(tree, folders, environ, system)
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
