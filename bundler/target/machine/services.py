"""Services as Windows' service manager knows them, and the port to it. What a service runs is not among that."""

from __future__ import absolute_import, unicode_literals

import collections
import hashlib
import struct

SYSTEM = "LocalSystem"
VIRTUAL = "NT SERVICE\\"
STARTED = ("automatic", "delayed")
BUILT_IN = {
    "localsystem": ("LocalSystem", "S-1-5-18"),
    "localservice": ("NT AUTHORITY\\LocalService", "S-1-5-19"),
    "networkservice": ("NT AUTHORITY\\NetworkService", "S-1-5-20"),
}
"""How recipes name them: the names that the service manager takes in every language, and their SIDs."""

Service = collections.namedtuple(
    "Service",
    [
        "name", "display_name", "description", "command", "account", "password", "start", "dependencies", "restart", "reset",
        "stop_timeout", "log", "http", "tcp", "health_timeout", "settle", "owner",
    ],
)  # fmt: skip
"""``command``: the host's command line; ``password``: the name of the site value that it is; times in seconds; ``http``, ``tcp``: what must answer;
``settle``: how long it must go on running then; ``owner``: whether what answers must be the service itself. Older releases have neither (None).
"""
Settings = collections.namedtuple("Settings", ["command", "account", "start", "restart", "reset"])
"""What the service manager has now of a service: ``command`` is the command line that it starts, the others are as in ``Service``. ``start``
may be another one, as Windows has for drivers; ``restart`` and ``reset`` are None where this system doesn't tell.
"""
State = collections.namedtuple("State", ["status", "code"])
"""``status``: stopped, starting, stopping, running or other; ``code``: how it ended last, the program's own exit code if it has one."""


class ServiceError(Exception):
    """``code`` is Windows' number."""

    def __init__(self, code):
        # type: (int) -> None
        Exception.__init__(self, "Windows error %d" % code)
        self.code = code


class ServiceManager(object):
    """The port to Windows' service manager. All raise ServiceError, and never wait for anything."""

    def state(self, name):
        # type: (str) -> State | None
        """None: there is no such service."""
        raise NotImplementedError

    def process(self, name):
        # type: (str) -> int | None
        """The number of the host's process; None: it doesn't run."""
        raise NotImplementedError

    def settings(self, name):
        # type: (str) -> Settings | None
        """None: there is no such service."""
        raise NotImplementedError

    def accounts(self):
        # type: () -> list[tuple[str, str]]
        """Every service of this machine, whoever made it, and its account as the service manager has it."""
        raise NotImplementedError

    def repoint(self, name, command):
        # type: (str, str) -> None
        """Give it another command line, and leave all else as it is."""
        raise NotImplementedError

    def create(self, service, password):
        # type: (Service, str | None) -> None
        """Make it, stopped, to be started by hand only: ``change`` makes the rest true."""
        raise NotImplementedError

    def change(self, service, password):
        # type: (Service, str | None) -> None
        """None for ``account`` (with its password), ``start`` or ``restart`` (with ``reset``): that stays as it is."""
        raise NotImplementedError

    def remove(self, name):
        # type: (str) -> None
        """One that isn't there is not an error."""
        raise NotImplementedError

    def start(self, name):
        # type: (str) -> None
        raise NotImplementedError

    def stop(self, name):
        # type: (str) -> None
        """One that doesn't run is not an error."""
        raise NotImplementedError


def command_of(manager, name):
    # type: (ServiceManager, str) -> str | None
    found = manager.settings(name)
    return found.command if found is not None else None


def has_password(account):
    # type: (str) -> bool
    """Built-in, virtual and managed accounts have none that anybody gives."""
    return needs_logon_right(account) and not account.endswith("$")


def needs_logon_right(account):
    # type: (str) -> bool
    r"""Built-in accounts may always log on as services, and virtual ones by their group, ``NT SERVICE\ALL SERVICES``; managed ones are accounts of
    a domain like any other.
    """
    low = account.lower()
    own = [BUILT_IN[each][0].lower() for each in BUILT_IN]
    return not (low in BUILT_IN or low in own or low.startswith(VIRTUAL.lower()))


def service_sid(name):
    # type: (str) -> str
    """Of a service's own account, which Windows computes from its name; it needn't exist yet."""
    digest = hashlib.sha1(name.upper().encode("utf-16-le")).digest()  # noqa: S324 - Windows' choice
    return "S-1-5-80-" + "-".join("%d" % each for each in struct.unpack("<5I", digest))


_POLICY = (
    "a policy of this machine (AppLocker, App Control or software restriction) refuses its program: `bundle app-control`, on the build host, makes "
    "rules for all programs of a bundle"
)
_WORDS = {
    577: _POLICY,
    1260: _POLICY,
    4551: _POLICY,
    5: "it needs administrator rights",
    1051: "another service that needs it is running: stop that one first",
    1053: "it did not answer the service manager in time",
    1057: "there is no such account, or its password is wrong",
    1058: "it is disabled",
    1060: "there is no such service",
    1068: "a service that it needs could not be started",
    1069: (
        "its account may not log on: the password is wrong, or the account lacks the right 'Log on as a service' "
        "(secpol.msc, Local Policies, User Rights Assignment), which a group policy may take away again"
    ),
    1385: (
        "its account lacks the right 'Log on as a service' (secpol.msc, Local Policies, User Rights Assignment), which a group policy may "
        "take away again"
    ),
    1072: "it is marked for deletion: close the window of services and Task Manager, which hold it, and run this again",
    1073: "there is one of that name already",
    1075: "a service that it needs doesn't exist",
    1077: "it was never started",
    1078: "another service has that display name",
}


def error_words(code):
    # type: (int) -> str
    """``Windows error 1069: its account may not log on``"""
    words = _WORDS.get(code)
    return "Windows error %d" % code + (": " + words if words else "")
