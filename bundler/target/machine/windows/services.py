"""Windows' service manager, by its own functions: ``sc.exe`` speaks the machine's language and has rules of quoting of its own."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
from ctypes import wintypes

from ...compat import PY2
from ..services import BUILT_IN, ServiceError, ServiceManager, Settings, State
from .service_accounts import service_accounts
from .service_functions import Action, Actions, Config, Number, ProcessStatus, Status, Text, security

if PY2:
    import _winreg as winreg
else:
    import winreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..services import Service

_CONNECT_AND_CREATE = 0x1 | 0x2
_ALL_ACCESS = 0xF01FF
_QUERY = 0x1 | 0x4
_OWN_PROCESS = 0x10
_NORMAL_ERRORS = 1
_NO_CHANGE = 0xFFFFFFFF
_STARTS = {"automatic": 2, "delayed": 2, "manual": 3, "disabled": 4}
_STARTED_HOW = {2: "automatic", 3: "manual", 4: "disabled"}
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


class WindowsServiceManager(ServiceManager):
    def state(self, name):
        # type: (str) -> State | None
        def ask(handle):
            # type: (Any) -> State
            status = Status()
            _check(security.QueryServiceStatus(handle, ctypes.byref(status)))
            code = status.own_code if status.code == _SPECIFIC else status.code
            return State(_STATES.get(status.state, "other"), code)

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def process(self, name):
        # type: (str) -> int | None
        def ask(handle):
            # type: (Any) -> int | None
            status, size = ProcessStatus(), wintypes.DWORD()
            room = ctypes.sizeof(status)
            _check(security.QueryServiceStatusEx(handle, 0, ctypes.byref(status), room, ctypes.byref(size)))
            return status.process or None

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def settings(self, name):
        # type: (str) -> Settings | None
        def ask(handle):
            # type: (Any) -> Settings
            content = _answer(security.QueryServiceConfigW, handle)
            found = Config.from_buffer(content)
            start = _STARTED_HOW.get(found.start, "other")
            delayed = _asked(handle, _DELAYED)
            if start == "automatic" and delayed is not None and Number.from_buffer(delayed).number:
                start = "delayed"
            restart, reset = _after_failures(handle)
            return Settings(found.command or "", found.account or "", start, restart, reset)

        return self._if_there(name, _QUERY, ask)  # type: ignore[no-any-return]

    def accounts(self):
        # type: () -> list[tuple[str, str]]
        return service_accounts()

    def repoint(self, name, command):
        # type: (str, str) -> None
        def change(handle):
            # type: (Any) -> bool
            as_it_is = (_NO_CHANGE, _NO_CHANGE, _NO_CHANGE)
            _check(security.ChangeServiceConfigW(handle, *(as_it_is + (command, None, None, None, None, None, None))))
            return True

        if not self._if_there(name, _ALL_ACCESS, change):
            raise ServiceError(_NOT_FOUND)

    def create(self, service, password):
        # type: (Service, str | None) -> None
        def make(manager):
            # type: (Any) -> None
            handle = security.CreateServiceW(
                manager, service.name, service.display_name, _ALL_ACCESS, _OWN_PROCESS, _STARTS["manual"], _NORMAL_ERRORS,
                service.command, None, None, _list(service.dependencies), service.account,
                password_for(service.account, password),
            )  # fmt: skip
            _check(handle)
            try:
                # its SID must be in its processes' tokens whatever its account is: rights are given to that
                _set(handle, _SID_INFO, Number(_SID_UNRESTRICTED))
            finally:
                security.CloseServiceHandle(handle)

        _with_manager(make)
        self._register_events(service)

    def change(self, service, password):
        # type: (Service, str | None) -> None
        def change(handle):
            # type: (Any) -> bool
            start = _STARTS[service.start] if service.start is not None else _NO_CHANGE
            own = password_for(service.account, password) if service.account is not None else None
            changed = security.ChangeServiceConfigW(
                handle, _OWN_PROCESS, start, _NORMAL_ERRORS, service.command, None, None, _list(service.dependencies),
                service.account, own, service.display_name,
            )  # fmt: skip
            _check(changed)
            _set(handle, _SID_INFO, Number(_SID_UNRESTRICTED))
            _set(handle, _DESCRIPTION, Text(service.description))
            if service.start in ("automatic", "delayed"):
                _set(handle, _DELAYED, Number(service.start == "delayed"))
            if service.restart is not None:
                _set(handle, _FAILURE_ACTIONS, failure_actions(service))
            # an end that the host reports is a failure too, and not only the host's own crash
            _set(handle, _FAILURE_FLAG, Number(1))
            _set(handle, _PRESHUTDOWN, Number((service.stop_timeout + _SLACK) * 1000))
            return True

        if not self._if_there(service.name, _ALL_ACCESS, change):
            raise ServiceError(_NOT_FOUND)
        self._register_events(service)

    def remove(self, name):
        # type: (str) -> None
        def remove(handle):
            # type: (Any) -> None
            if not security.DeleteService(handle) and ctypes.get_last_error() != _MARKED:
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
            _check(security.StartServiceW(handle, 0, None))
            return True

        if not self._if_there(name, _ALL_ACCESS, start):
            raise ServiceError(_NOT_FOUND)

    def stop(self, name):
        # type: (str) -> None
        def stop(handle):
            # type: (Any) -> None
            status = Status()
            done = security.ControlService(handle, _CONTROL_STOP, ctypes.byref(status))
            if not done and ctypes.get_last_error() != _NOT_ACTIVE:
                raise ServiceError(ctypes.get_last_error())

        self._if_there(name, _ALL_ACCESS, stop)

    def _if_there(self, name, access, use):
        # type: (str, int, Callable[[Any], Any]) -> Any
        def find(manager):
            # type: (Any) -> Any
            handle = security.OpenServiceW(manager, name, access)
            if not handle:
                if ctypes.get_last_error() == _NOT_FOUND:
                    return None
                raise ServiceError(ctypes.get_last_error())
            try:
                return use(handle)
            finally:
                security.CloseServiceHandle(handle)

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
    # type: (Service) -> Actions
    """SERVICE_FAILURE_ACTIONS: one action a failure, the last one for all later ones; delays in milliseconds. None: no restart."""
    actions = [Action(_RESTART, seconds * 1000) for seconds in service.restart]
    return Actions(service.reset, None, None, len(actions), (Action * max(1, len(actions)))(*actions))


def _answer(function, *arguments):
    # type: (Callable[..., Any], *Any) -> Any
    """Of a function that says first how much room its answer takes."""
    size = wintypes.DWORD()
    function(*(arguments + (None, 0, ctypes.byref(size))))
    if not size.value:
        raise ServiceError(ctypes.get_last_error())
    content = ctypes.create_string_buffer(size.value)
    _check(function(*(arguments + (content, size, ctypes.byref(size)))))
    return content


def _asked(handle, what):
    # type: (Any, int) -> Any
    """None where this system doesn't tell: Wine knows few of them."""
    try:
        return _answer(security.QueryServiceConfig2W, handle, what)
    except ServiceError as error:
        if error.code == _INVALID_LEVEL:
            return None
        raise


def _after_failures(handle):
    # type: (Any) -> tuple[list[int] | None, int | None]
    """Seconds before each restart, and after which failures are forgotten. Another action than a restart has -1."""
    content = _asked(handle, _FAILURE_ACTIONS)
    if content is None:
        return None, None
    found = Actions.from_buffer(content)
    actions = [found.actions[number] for number in range(found.count)]
    return [each.delay // 1000 if each.kind == _RESTART else -1 for each in actions], found.reset


def _list(words):
    # type: (list[str]) -> Any
    """REG_MULTI_SZ: a zero after each word, and one more. Empty, and not NULL: that would mean "as it was"."""
    return ctypes.create_unicode_buffer("".join(each + "\0" for each in words) + "\0")


def _set(handle, what, value):
    # type: (Any, int, ctypes.Structure) -> None
    """Wine knows neither SIDs of services nor the flag of failures, and says so; every Windows since Vista does."""
    done = security.ChangeServiceConfig2W(handle, what, ctypes.byref(value))
    if not done and not (what in (_SID_INFO, _FAILURE_FLAG) and ctypes.get_last_error() == _INVALID_LEVEL):
        raise ServiceError(ctypes.get_last_error())


def _check(done):
    # type: (Any) -> None
    if not done:
        raise ServiceError(ctypes.get_last_error())


def _with_manager(use):
    # type: (Callable[[Any], Any]) -> Any
    access = _CONNECT_AND_CREATE
    manager = security.OpenSCManagerW(None, None, access)
    if not manager:
        manager = security.OpenSCManagerW(None, None, _CONNECT_AND_CREATE & 1)  # who only looks may have no more
    _check(manager)
    try:
        return use(manager)
    finally:
        security.CloseServiceHandle(manager)
