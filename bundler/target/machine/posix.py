"""The ports to a POSIX machine."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform != "win32"  # noqa: S101 - a type checker for Windows stops here

import errno
import hashlib
import io
import os
import shutil
import struct

from ..compat import to_text
from ..errors import FAILED, InstallError
from . import proc_sockets
from .clock import Clock
from .environment import Environment
from .files import Files
from .host import Host
from .installers import Installers
from .operator_terminal import Operator
from .parent_folders import existing_parent
from .paths import Paths
from .posix_rights import PosixRights
from .processes import Processes
from .programs import Programs
from .registry import Registry
from .services import ServiceManager
from .system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .endpoints import Listener
    from .programs import User
    from .registry import InstalledPython
    from .services import Service, Settings, State


def posix_host(**parts):
    # type: (**Any) -> Host
    """This machine; ``parts`` take the places of its own."""
    environment = parts.get("environment") or Environment()
    own = {
        "clock": Clock(),
        "environment": environment,
        "files": PosixFiles(),
        "installers": NoInstallers(),
        "operator": Operator(),
        "paths": PosixPaths(),
        "processes": Processes(),
        "programs": PosixPrograms(),
        "registry": NoRegistry(),
        "rights": PosixRights(),
        "services": NoServices(),
        "system": PosixSystem(environment),
    }
    own.update(parts)
    return Host(**own)


class PosixFiles(Files):
    def _replace(self, source, destination):
        # type: (str, str) -> None
        os.rename(source, destination)

    def copy(self, source, destination):
        # type: (str, str) -> tuple[str, int]
        copied = Files.copy(self, source, destination)
        shutil.copymode(source, destination)
        return copied

    def put(self, source, destination, content):
        # type: (str, str, bytes) -> None
        Files.put(self, source, destination, content)
        shutil.copymode(source, destination)

    def to_disk(self, folder):
        # type: (str) -> None
        if hasattr(os, "sync"):  # not on 2.7
            os.sync()

    def remove_after_exit(self, tree, folders):
        # type: (str, list[str]) -> None
        """At once: what runs can be removed here."""
        self.remove_tree(tree)
        for each in folders:
            try:
                os.rmdir(each)
            except EnvironmentError:
                pass

    def make_guarded(self, path):
        # type: (str) -> None
        os.mkdir(path)

    def _new_private_file(self, path):
        # type: (str) -> int
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def make_private(self, path):
        # type: (str) -> None
        os.mkdir(path, 0o700)

    def volume(self, path):
        # type: (str) -> tuple[str, int]
        folder = existing_parent(path)
        free = os.statvfs(folder)
        while not os.path.ismount(folder):
            folder = os.path.dirname(folder)
        return folder, free.f_bavail * free.f_frsize

    def may_create(self, folder):
        # type: (str) -> bool
        return os.access(folder, os.W_OK | os.X_OK)


class PosixPaths(Paths):
    def runtime_python(self, runtime):
        # type: (str) -> str
        return os.path.join(runtime, "bin", "python")

    def site_packages(self, environment, python):
        # type: (str, str) -> str
        return os.path.join(environment, "lib", "python" + python.rpartition(".")[0], "site-packages")

    def launchers(self, environment):
        # type: (str) -> list[str]
        folder = os.path.join(environment, self.scripts)
        names = [to_text(each) for each in os.listdir(folder)]
        return sorted(
            each
            for each in names
            if os.access(os.path.join(folder, each), os.X_OK) and not each.lower().startswith("activate")
        )


class PosixPrograms(Programs):
    """A file in use can be replaced and removed here."""

    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[User]]]
        return []

    def family(self, processes):
        # type: (list[int]) -> set[int]
        return set(processes)

    def listeners(self, port):
        # type: (int) -> list[Listener] | None
        return proc_sockets.listeners(port)

    def name_of(self, process):
        # type: (int) -> str | None
        return proc_sockets.name_of(process)


class PosixSystem(System):
    def __init__(self, environment):
        # type: (Environment) -> None
        self._environment = environment

    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        return None

    def bits(self):
        # type: () -> int
        return struct.calcsize("P") * 8

    def lock(self, name):
        # type: (str) -> Any | None
        import fcntl

        digest = hashlib.sha256(name.encode("utf-8")).hexdigest()
        path = os.path.join(self._environment.temporary(), "offline-bundle-%s.lock" % digest[:16])
        stream = io.open(path, "ab")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError as error:
            stream.close()
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return None
            raise
        return stream


class NoRegistry(Registry):
    """There is none here, nor a list of installed programs."""

    def value(self, key, name, view):
        # type: (str, str | None, int | None) -> str | None
        return None

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        return []

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        pass

    def unregister(self, scope, key):
        # type: (str, str) -> None
        pass

    def listed(self, scope, key, name):
        # type: (str, str, str) -> str | None
        return None

    def locations(self, beginning):
        # type: (str) -> list[str]
        return []

    def registered(self, key):
        # type: (str) -> str | None
        return None

    def remember(self, scope, key, text):
        # type: (str, str, str) -> None
        pass

    def remembered(self, scope, key):
        # type: (str, str) -> str | None
        return None

    def forget(self, scope, key):
        # type: (str, str) -> None
        pass


class NoInstallers(Installers):
    def msi_features(self, path):
        # type: (str) -> list[str]
        raise InstallError(FAILED, "%s can be installed on Windows only" % path)

    def file_version(self, path):
        # type: (str) -> str | None
        return None


class NoServices(ServiceManager):
    """Windows' services are not here."""

    def state(self, name):
        # type: (str) -> State | None
        raise _no_services()

    def process(self, name):
        # type: (str) -> int | None
        raise _no_services()

    def settings(self, name):
        # type: (str) -> Settings | None
        raise _no_services()

    def accounts(self):
        # type: () -> list[tuple[str, str]]
        return []

    def repoint(self, name, command):
        # type: (str, str) -> None
        raise _no_services()

    def create(self, service, password):
        # type: (Service, str | None) -> None
        raise _no_services()

    def change(self, service, password):
        # type: (Service, str | None) -> None
        raise _no_services()

    def remove(self, name):
        # type: (str) -> None
        raise _no_services()

    def start(self, name):
        # type: (str) -> None
        raise _no_services()

    def stop(self, name):
        # type: (str) -> None
        raise _no_services()


def _no_services():
    # type: () -> InstallError
    return InstallError(FAILED, "Windows services are not supported on this system")
