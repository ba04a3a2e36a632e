"""Run by namespace.py in a session's namespaces as `python unprivileged.py ROOT FILTER NAME=VALUE ... -- PROGRAM ...`: the program starts
with ROOT as its root, those variables and no others, and rights that it can't get back.

It does what `chroot`, `env` and a new setpriv(1) do, for hosts whose setpriv knows no filters (util-linux before 2.41). FILTER: a file with a
program for the kernel's filter of system calls (seccomp(2)), or "". The standard library only.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

# linux/prctl.h, linux/capability.h, linux/seccomp.h
_NO_NEW_PRIVS, _DROP_BOUNDING, _AMBIENT, _CLEAR_ALL, _SECCOMP, _FILTER = 38, 24, 47, 4, 22, 2
_KEPT = frozenset({10, 13})
"""CAP_NET_BIND_SERVICE and CAP_NET_RAW: on Windows everybody may listen at port 80, and ping."""
_LAST = 63
_VERSION_3 = 0x20080522
_INSTRUCTION = 8


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(library: ctypes.CDLL, instructions: bytes) -> None:
    """Take the rights from this process, and from whatever it becomes. Raises OSError."""
    _prctl(library, _NO_NEW_PRIVS, 1)
    for each in range(_LAST + 1):
        if each not in _KEPT and library.prctl(_DROP_BOUNDING, _word(each), *[_word(0)] * 3):
            break  # the kernel knows no more of them, or this process has none to lose
    _prctl(library, _AMBIENT, _CLEAR_ALL)
    header, sets = _Header(_VERSION_3, 0), (_Set * 2)()
    _done(library.capget(ctypes.byref(header), sets))
    for half in sets:
        half.inheritable = 0
    _done(library.capset(ctypes.byref(header), sets))
    if instructions:
        program = _Program(len(instructions) // _INSTRUCTION, instructions)
        _done(library.prctl(_SECCOMP, _word(_FILTER), ctypes.byref(program), _word(0), _word(0)))


def _word(value: int) -> ctypes.c_ulong:
    return ctypes.c_ulong(value)


def _prctl(library: ctypes.CDLL, what: int, value: int) -> None:
    _done(library.prctl(what, _word(value), *[_word(0)] * 3))


def _done(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main(root: str, instructions: str, *words: str) -> None:
    """Become the program."""
    end = words.index("--")
    variables = dict(each.split("=", 1) for each in words[:end])
    library = ctypes.CDLL(None, use_errno=True)
    filtering = Path(instructions).read_bytes() if instructions else b""
    os.chroot(root)
    os.chdir("/")
    confine(library, filtering)
    command = words[end + 1 :]
    os.execve(command[0], command, variables)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
