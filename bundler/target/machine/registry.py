"""What is registered on the machine: values, Pythons, and the list of installed programs."""

from __future__ import absolute_import, unicode_literals


class InstalledPython(object):
    """A registered Python (PEP 514). ``bits`` is None where the registration doesn't tell; ``arm64``: it is for 64-bit ARM."""

    def __init__(self, directory, bits, all_users, arm64=False):
        # type: (str, int | None, bool, bool) -> None
        self.directory = directory
        self.bits = bits
        self.all_users = all_users
        self.arm64 = arm64


class Registry(object):
    def value(self, key, name, view):
        # type: (str, str | None, int | None) -> str | None
        """A value as text, or with no ``name`` an empty text for a key that exists; None: it isn't there. ``view`` is 32 or 64."""
        raise NotImplementedError

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        """The registered Pythons of a minor version (``3.11``), of the machine and of this account."""
        raise NotImplementedError

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        """List a program among those that are installed ("Apps"); ``scope`` is "machine" or "user"."""
        raise NotImplementedError

    def unregister(self, scope, key):
        # type: (str, str) -> None
        raise NotImplementedError

    def listed(self, scope, key, name):
        # type: (str, str, str) -> str | None
        """A value of a program's line, as text; None: it isn't there."""
        raise NotImplementedError

    def locations(self, beginning):
        # type: (str) -> list[str]
        """The folders of all listed programs whose keys begin so, of the machine and of this account."""
        raise NotImplementedError

    def registered(self, key):
        # type: (str) -> str | None
        """Where a program is listed: "machine" or "user"; None: nowhere."""
        raise NotImplementedError

    def remember(self, scope, key, text):
        # type: (str, str, str) -> None
        """A text of our own that outlives an uninstallation; in "machine" only administrators can write it. Raises EnvironmentError."""
        raise NotImplementedError

    def remembered(self, scope, key):
        # type: (str, str) -> str | None
        raise NotImplementedError

    def forget(self, scope, key):
        # type: (str, str) -> None
        raise NotImplementedError
