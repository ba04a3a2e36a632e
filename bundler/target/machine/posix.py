"""The port to a POSIX machine."""

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
from .host import Host, InstalledPython, existing_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .files import User
    from .services import ServiceManager


class PosixHost(Host):
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

    def replace(self, source, destination):
        # type: (str, str) -> None
        os.rename(source, destination)

    def copy(self, source, destination):
        # type: (str, str) -> tuple[str, int]
        copied = Host.copy(self, source, destination)
        shutil.copymode(source, destination)
        return copied

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

    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[User]]]
        return []

    def family(self, processes):
        # type: (list[int]) -> set[int]
        return set(processes)

    def private(self, path):
        # type: (str) -> None
        os.chmod(path, 0o600)

    def make_guarded(self, path):
        # type: (str) -> None
        os.mkdir(path)

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

    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        return None

    def bits(self):
        # type: () -> int
        return struct.calcsize("P") * 8

    def is_admin(self):
        # type: () -> bool
        return os.geteuid() == 0

    def account(self):
        # type: () -> tuple[str, str | None]
        import pwd

        try:
            return to_text(pwd.getpwuid(os.geteuid()).pw_name), None
        except KeyError:
            return str(os.geteuid()), None

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        """There is no such list here."""

    def unregister(self, scope, key):
        # type: (str, str) -> None
        pass

    def account_sid(self, name):
        # type: (str) -> str | None
        return None

    def icacls(self):
        # type: () -> str | None
        return None

    def services(self):
        # type: () -> ServiceManager
        raise InstallError(FAILED, "There are no services here")

    def registry_value(self, key, value, view):
        # type: (str, str | None, int | None) -> str | None
        return None

    def file_version(self, path):
        # type: (str) -> str | None
        return None

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        return []

    def msi_features(self, path):
        # type: (str) -> list[str]
        raise InstallError(FAILED, "%s can be installed on Windows only" % path)

    def lock(self, name):
        # type: (str) -> Any | None
        import fcntl

        digest = hashlib.sha256(name.encode("utf-8")).hexdigest()
        stream = io.open(os.path.join(self.temporary(), "offline-bundle-%s.lock" % digest[:16]), "ab")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError as error:
            stream.close()
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return None
            raise
        return stream
