"""Where everything lies on the target, and what ``{...}`` stands for."""

from __future__ import absolute_import, unicode_literals

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bundle.manifest import Manifest
    from .machine.host import Host

INSTALLER_KINDS = ("msi", "exe")
PRESENT_KIND = "none"
"""The kind of a Python that the site installed."""
MARKER = ".incomplete"
UNREADABLE = ".unreadable"
"""The ending of state that couldn't be understood, and was set aside."""
_USE = re.compile(r"(.+-[0-9a-f]{8})\+([2-9]|[1-9][0-9]{1,8})\Z")
_REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


class Layout(object):
    """Paths of one environment and one release in it. A release never moves: it is made at this place.

    ``instance`` tells several environments of one bundle apart: it ends the names of the environment and of the data folder.
    ``release`` is the bundle's own if it isn't given, a release with the number of its settings (``1.0-0a1b2c3d+2``) or without one: the
    settings that it was made with lie in the release itself; ``python``: the folder of a Python that was there already, once that is known.
    ``kept_site``: where the site values wait from an uninstallation to the next installation; where services may write, they don't lie while
    anything is installed. ``kept_starter``: the script by which Windows and operators start the kept copy that ``serving`` names: its path is
    the same for every release. So is that of ``icon``, a copy of the current release's ``own_icon``.
    """

    def __init__(self, manifest, host, instance=None, release=None, python=None):
        # type: (Manifest, Host, str | None, str | None, str | None) -> None
        join = os.path.join
        ending = "-" + instance if instance else ""
        self._manifest = manifest
        self._host = host
        self.instance = instance
        self.environment = manifest.environment.path.rstrip("\\/") + ending  # type: str
        data = manifest.environment.data
        self.data = data.rstrip("\\/") + ending if data else None  # type: str | None
        self.releases = join(self.environment, "releases")
        self.id = release or manifest.bundle.release  # type: str
        self.release_id, self.number = split(self.id)
        self.release = join(self.releases, self.release_id)
        self.all_settings = join(self.environment, "settings")
        self.settings = self.release if self.number == 1 else join(self.all_settings, self.id)
        self.marker = join(self.release, MARKER)
        self.inventory = join(self.release, "release.json")
        self.spares = join(self.release, "spares.zip")
        self.additions = join(self.release, "additions.json")
        self.added = join(self.release, "added")
        self.own_icon = join(self.release, "icon.ico")
        self.own_site = join(self.settings, "site.json")
        self.shims = join(self.environment, host.paths.scripts)
        self.pointer = join(self.environment, "current")
        self.receipt = join(self.environment, "receipt.json")
        self.journal = join(self.environment, "journal")
        self.leftovers = join(self.environment, "leftovers.json")
        self.logs = join(self.environment, "logs")
        self.services = join(self.environment, "services")
        self.keeping = join(self.environment, "uninstall")
        self.kept_starter = join(self.keeping, "bootstrap.bat")
        self.serving = join(self.keeping, "program")
        self.icon = join(self.keeping, "icon.ico")
        self.quarantine = join(self.environment, "quarantine")
        self.site = join(self.environment, "site.json")
        self.kept_site = join(self.data, "site.json") if self.data else None  # type: str | None
        self.installed_runtime = manifest.runtime.kind in INSTALLER_KINDS
        self.present_runtime = manifest.runtime.kind == PRESENT_KIND
        self.private_runtime = not (self.installed_runtime or self.present_runtime)
        self._python = python
        outside = None if self.private_runtime else python or manifest.runtime.directory
        self.runtime = outside.rstrip("\\/") if outside else join(self.release, "runtime")  # type: str
        self.runtime_python = host.paths.runtime_python(self.runtime)
        self.python = host.paths.script(self.release, "python")
        self.scripts = join(self.release, host.paths.scripts)
        self.site_packages = host.paths.site_packages(self.release, manifest.target.python)

    def of(self, release):
        # type: (str) -> Layout
        """The same environment, and another release in it."""
        return Layout(self._manifest, self._host, self.instance, release, self._python)

    def numbered(self, number):
        # type: (int) -> Layout
        """The same release with other settings."""
        return self.of(self.release_id if number == 1 else "%s+%d" % (self.release_id, number))

    def using(self, python):
        # type: (str) -> Layout
        """The same with the folder of the Python that was found on the machine."""
        return Layout(self._manifest, self._host, self.instance, self.id, python)

    def kept(self, program):
        # type: (str) -> str
        """The folder of a kept copy of the program, by the name of the release that it came with."""
        return os.path.join(self.keeping, program)

    def references(self, values):
        # type: (dict[str, str]) -> dict[str, str]
        """What can stand in braces; ``values`` are the site values."""
        known = {"site." + name: value for name, value in values.items()}
        known.update(environment=self.environment, release=self.release)
        if self.data is not None:
            known["data"] = self.data
        return known

    def destination(self, text):
        # type: (str) -> str
        """The place of an extra file, which begins with ``{release}`` or ``{data}``."""
        place = substitute(text, self.references({}))
        return os.path.normpath(place.replace("\\", os.sep))


def split(name):
    # type: (str) -> tuple[str, int]
    """What the pointer names: a release, and which of its settings; 1 are those that it was made with. A release's name ends with eight digits."""
    found = _USE.match(name)
    return (found.group(1), int(found.group(2))) if found is not None else (name, 1)


def release_of(name):
    # type: (str | None) -> str | None
    return split(name)[0] if name is not None else None


def has_settings(name):
    # type: (str | None) -> bool
    """Whether it names other settings than those that the release was made with."""
    return name is not None and split(name)[1] > 1


def substitute(text, references):
    # type: (str, dict[str, str]) -> str
    """Fill in ``{name}``; what isn't known stays as it is: other things use braces too."""
    return _REFERENCE.sub(lambda match: references.get(match.group(1), match.group(0)), text)
