"""What of advapi32 serves services: structures (winsvc.h) and the types of functions."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import native

security = ctypes.WinDLL(native("advapi32"), use_last_error=True)

security.OpenSCManagerW.restype = ctypes.c_void_p
security.OpenSCManagerW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]
security.OpenServiceW.restype = ctypes.c_void_p
security.OpenServiceW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR, wintypes.DWORD]
security.CreateServiceW.restype = ctypes.c_void_p
security.CreateServiceW.argtypes = [
    ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD,
    wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p, ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR,
]  # fmt: skip
security.ChangeServiceConfigW.argtypes = [
    ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p,
    ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.LPCWSTR,
]  # fmt: skip
security.QueryServiceConfig2W.argtypes = [
    ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
security.ChangeServiceConfig2W.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
security.QueryServiceStatus.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
security.QueryServiceStatusEx.argtypes = [
    ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
security.QueryServiceConfigW.argtypes = [
    ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
security.StartServiceW.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
security.ControlService.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
security.DeleteService.argtypes = [ctypes.c_void_p]
security.CloseServiceHandle.argtypes = [ctypes.c_void_p]


class Status(ctypes.Structure):
    _fields_ = [
        (native(name), wintypes.DWORD)
        for name in ("kind", "state", "controls", "code", "own_code", "checkpoint", "wait_hint")
    ]


class ProcessStatus(ctypes.Structure):
    _fields_ = [(native("status"), Status), (native("process"), wintypes.DWORD), (native("flags"), wintypes.DWORD)]


class Config(ctypes.Structure):
    _fields_ = [
        (native("kind"), wintypes.DWORD),
        (native("start"), wintypes.DWORD),
        (native("errors"), wintypes.DWORD),
        (native("command"), wintypes.LPWSTR),
        (native("group"), wintypes.LPWSTR),
        (native("tag"), wintypes.DWORD),
        (native("dependencies"), wintypes.LPWSTR),
        (native("account"), wintypes.LPWSTR),
        (native("display_name"), wintypes.LPWSTR),
    ]


class Text(ctypes.Structure):
    _fields_ = [(native("text"), wintypes.LPWSTR)]


class Number(ctypes.Structure):
    _fields_ = [(native("number"), wintypes.DWORD)]


class Action(ctypes.Structure):
    _fields_ = [(native("kind"), ctypes.c_int), (native("delay"), wintypes.DWORD)]


class Actions(ctypes.Structure):
    _fields_ = [
        (native("reset"), wintypes.DWORD),
        (native("message"), wintypes.LPWSTR),
        (native("command"), wintypes.LPWSTR),
        (native("count"), wintypes.DWORD),
        (native("actions"), ctypes.POINTER(Action)),
    ]
