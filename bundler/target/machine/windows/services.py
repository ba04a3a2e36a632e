"""Windows' service manager, by its own functions: ``sc.exe`` speaks the machine's language and has rules of quoting of its own."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import PY2, native
from ..services import BUILT_IN, ServiceError, ServiceManager, State

if PY2:
    import _winreg as winreg
else:
    import winreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..services import Service

_security = ctypes.WinDLL(native("advapi32"), use_last_error=True)

_CONNECT_AND_CREATE = 0x1 | 0x2
_ALL_ACCESS = 0xF01FF
_QUERY = 0x1 | 0x4
_OWN_PROCESS = 0x10
_NORMAL_ERRORS = 1
_STARTS = {"automatic": 2, "delayed": 2, "manual": 3, "disabled": 4}
_DESCRIPTION, _FAILURE_ACTIONS, _DELAYED, _FAILURE_FLAG, _SID_INFO, _PRESHUTDOWN = 1, 2, 3, 4, 5, 7
_RESTART = 1
_SID_UNRESTRICTED = 1
_CONTROL_STOP = 1
_NOT_FOUND = 1060
_NOT_ACTIVE = 1062
_MARKED = 1072
_SPECIFIC = 1066
_INVALID_LEVEL = 124
_STATES = {1: "stopped", 2: "starting", 3: "stopping", 4: "running"}
_EVENTS = "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\"
_ALL_EVENTS = 7
_MESSAGES = "%SystemRoot%\\System32\\EventCreate.exe"
"""Its messages 1 to 1000 are the event's own text and nothing else."""
_BUILT_IN = [name.lower() for name, _ in BUILT_IN.values()]
_SLACK = 10
"""Seconds that a service gets at shutdown besides its own timeout, for the log and the end of what is left."""

_security.OpenSCManagerW.restype = ctypes.c_void_p
_security.OpenSCManagerW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]
_security.OpenServiceW.restype = ctypes.c_void_p
_security.OpenServiceW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR, wintypes.DWORD]
_security.CreateServiceW.restype = ctypes.c_void_p
_security.CreateServiceW.argtypes = [
    ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD,
    wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p, ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR,
]  # fmt: skip
_security.ChangeServiceConfigW.argtypes = [
    ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p,
    ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.LPCWSTR,
]  # fmt: skip
_security.ChangeServiceConfig2W.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
_security.QueryServiceStatus.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_security.QueryServiceStatusEx.argtypes = [
    ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
_security.QueryServiceConfigW.argtypes = [
    ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD),
]  # fmt: skip
_security.StartServiceW.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
_security.ControlService.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p]
_security.DeleteService.argtypes = [ctypes.c_void_p]
_security.CloseServiceHandle.argtypes = [ctypes.c_void_p]


class _Status(ctypes.Structure):
    _fields_ = [
        (native(name), wintypes.DWORD)
        for name in ("kind", "state", "controls", "code", "own_code", "checkpoint", "wait_hint")
    ]


class _ProcessStatus(ctypes.Structure):
    _fields_ = [(native("status"), _Status), (native("process"), wintypes.DWORD), (native("flags"), wintypes.DWORD)]


class _Config(ctypes.Structure):
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


class _Text(ctypes.Structure):
    _fields_ = [(native("text"), wintypes.LPWSTR)]


class _Number(ctypes.Structure):
    _fields_ = [(native("number"), wintypes.DWORD)]


class _Action(ctypes.Structure):
    _fields_ = [(native("kind"), ctypes.c_int), (native("delay"), wintypes.DWORD)]


class _Actions(ctypes.Structure):
    _fields_ = [
        (native("reset"), wintypes.DWORD),
        (native("message"), wintypes.LPWSTR),
        (native("command"), wintypes.LPWSTR),
        (native("count"), wintypes.DWORD),
        (native("actions"), ctypes.POINTER(_Action)),
    ]


class WindowsServiceManager(ServiceManager):
    def state(self, name):
        # type: (str) -> State | None
        def ask(handle):
            # type: (Any) -> State
            status = _Status()
            _check(_security.QueryServiceStatus(handle, ctypes.byref(status)))
            code = status.own_code if status.code == _SPECIFIC else status.code
            return State(_STATES.get(status.state, "other"), code)

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def process(self, name):
        # type: (str) -> int | None
        def ask(handle):
            # type: (Any) -> int | None
            status, size = _ProcessStatus(), wintypes.DWORD()
            room = ctypes.sizeof(status)
            _check(_security.QueryServiceStatusEx(handle, 0, ctypes.byref(status), room, ctypes.byref(size)))
            return status.process or None

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def command(self, name):
        # type: (str) -> str | None
        def ask(handle):
            # type: (Any) -> str
            size = wintypes.DWORD()
            _security.QueryServiceConfigW(handle, None, 0, ctypes.byref(size))
            content = ctypes.create_string_buffer(size.value)
            _check(_security.QueryServiceConfigW(handle, content, size, ctypes.byref(size)))
            return _Config.from_buffer(content).command or ""

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def create(self, service, password):
        # type: (Service, str | None) -> None
        def make(manager):
            # type: (Any) -> None
            handle = _security.CreateServiceW(
                manager, service.name, service.display_name, _ALL_ACCESS, _OWN_PROCESS, _STARTS["manual"], _NORMAL_ERRORS,
                service.command, None, None, _list(service.dependencies), service.account,
                password_for(service.account, password),
            )  # fmt: skip
            _check(handle)
            try:
                # its SID must be in its processes' tokens whatever its account is: rights are given to that
                _set(handle, _SID_INFO, _Number(_SID_UNRESTRICTED))
            finally:
                _security.CloseServiceHandle(handle)

        _with_manager(make)
        self._register_events(service)

    def change(self, service, password):
        # type: (Service, str | None) -> None
        def change(handle):
            # type: (Any) -> bool
            changed = _security.ChangeServiceConfigW(
                handle, _OWN_PROCESS, _STARTS[service.start], _NORMAL_ERRORS, service.command, None, None,
                _list(service.dependencies), service.account, password_for(service.account, password), service.display_name,
            )  # fmt: skip
            _check(changed)
            _set(handle, _SID_INFO, _Number(_SID_UNRESTRICTED))
            _set(handle, _DESCRIPTION, _Text(service.description))
            if service.start in ("automatic", "delayed"):
                _set(handle, _DELAYED, _Number(service.start == "delayed"))
            _set(handle, _FAILURE_ACTIONS, failure_actions(service))
            # an end that the host reports is a failure too, and not only the host's own crash
            _set(handle, _FAILURE_FLAG, _Number(1))
            _set(handle, _PRESHUTDOWN, _Number((service.stop_timeout + _SLACK) * 1000))
            return True

        if not self._if_there(service.name, _ALL_ACCESS, change):
            raise ServiceError(_NOT_FOUND)
        self._register_events(service)

    def remove(self, name):
        # type: (str) -> None
        def remove(handle):
            # type: (Any) -> None
            if not _security.DeleteService(handle) and ctypes.get_last_error() != _MARKED:
                raise ServiceError(ctypes.get_last_error())

        self._if_there(name, _ALL_ACCESS, remove)
        try:
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, _EVENTS + name)
        except EnvironmentError:
            pass  # it was never there

    def start(self, name):
        # type: (str) -> None
        def start(handle):
            # type: (Any) -> bool
            _check(_security.StartServiceW(handle, 0, None))
            return True

        if not self._if_there(name, _ALL_ACCESS, start):
            raise ServiceError(_NOT_FOUND)

    def stop(self, name):
        # type: (str) -> None
        def stop(handle):
            # type: (Any) -> None
            status = _Status()
            done = _security.ControlService(handle, _CONTROL_STOP, ctypes.byref(status))
            if not done and ctypes.get_last_error() != _NOT_ACTIVE:
                raise ServiceError(ctypes.get_last_error())

        self._if_there(name, _ALL_ACCESS, stop)

    def _if_there(self, name, access, use):
        # type: (str, int, Callable[[Any], Any]) -> Any
        def find(manager):
            # type: (Any) -> Any
            handle = _security.OpenServiceW(manager, name, access)
            if not handle:
                if ctypes.get_last_error() == _NOT_FOUND:
                    return None
                raise ServiceError(ctypes.get_last_error())
            try:
                return use(handle)
            finally:
                _security.CloseServiceHandle(handle)

        return _with_manager(find)

    def _register_events(self, service):
        # type: (Service) -> None
        """Where the event log finds the words of the host's events. Its service keeps such a file open: it isn't one that shall ever go."""
        with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, _EVENTS + service.name) as key:
            winreg.SetValueEx(key, "EventMessageFile", 0, winreg.REG_EXPAND_SZ, _MESSAGES)
            winreg.SetValueEx(key, "TypesSupported", 0, winreg.REG_DWORD, _ALL_EVENTS)


def password_for(account, password):
    # type: (str, str | None) -> str | None
    """What Windows wants with an account: for a built-in one an empty password, else that of the account before it would stay; none for others.

    "Specify NULL if you are not changing the existing password. Specify an empty string if the account has no password or if the service
    runs in the LocalService, NetworkService, or LocalSystem account." With a managed or a virtual account "the parameter must be NULL".
    """
    return "" if account.lower() in _BUILT_IN else password


def failure_actions(service):
    # type: (Service) -> _Actions
    """SERVICE_FAILURE_ACTIONS: one action a failure, the last one for all later ones; delays in milliseconds. None: no restart."""
    actions = [_Action(_RESTART, seconds * 1000) for seconds in service.restart]
    return _Actions(service.reset, None, None, len(actions), (_Action * max(1, len(actions)))(*actions))


def _list(words):
    # type: (list[str]) -> Any
    """REG_MULTI_SZ: a zero after each word, and one more. Empty, and not NULL: that would mean "as it was"."""
    return ctypes.create_unicode_buffer("".join(each + "\0" for each in words) + "\0")


def _set(handle, what, value):
    # type: (Any, int, ctypes.Structure) -> None
    """Wine knows neither SIDs of services nor the flag of failures, and says so; every Windows since Vista does."""
    done = _security.ChangeServiceConfig2W(handle, what, ctypes.byref(value))
    if not done and not (what in (_SID_INFO, _FAILURE_FLAG) and ctypes.get_last_error() == _INVALID_LEVEL):
        raise ServiceError(ctypes.get_last_error())


def _check(done):
    # type: (Any) -> None
    if not done:
        raise ServiceError(ctypes.get_last_error())


def _with_manager(use):
    # type: (Callable[[Any], Any]) -> Any
    access = _CONNECT_AND_CREATE
    manager = _security.OpenSCManagerW(None, None, access)
    if not manager:
        manager = _security.OpenSCManagerW(None, None, _CONNECT_AND_CREATE & 1)  # who only looks may have no more
    _check(manager)
    try:
        return use(manager)
    finally:
        _security.CloseServiceHandle(manager)
