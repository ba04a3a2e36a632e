"""Where everything lies on the target, and what ``{...}`` stands for."""

from __future__ import absolute_import, unicode_literals

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bundle.manifest import Manifest
    from .machine.host import Host

INSTALLER_KINDS = ("msi", "exe")
MARKER = ".incomplete"
UNREADABLE = ".unreadable"
"""The ending of state that couldn't be understood, and was set aside."""
_REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


class Layout(object):
    """Paths of one environment and one release in it. A release never moves: it is made at this place.

    ``instance`` tells several environments of one bundle apart: it ends the names of the environment and of the data folder.
    ``release`` is the bundle's own if it isn't given. ``kept_site``: where the site values wait from an uninstallation to the next
    installation; where services may write, they don't lie while anything is installed.
    """

    def __init__(self, manifest, host, instance=None, release=None):
        # type: (Manifest, Host, str | None, str | None) -> None
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
        self.release = join(self.releases, self.id)
        self.marker = join(self.release, MARKER)
        self.inventory = join(self.release, "release.json")
        self.spares = join(self.release, "spares.zip")
        self.own_site = join(self.release, "site.json")
        self.shims = join(self.environment, host.paths.scripts)
        self.pointer = join(self.environment, "current")
        self.receipt = join(self.environment, "receipt.json")
        self.journal = join(self.environment, "journal")
        self.leftovers = join(self.environment, "leftovers.json")
        self.logs = join(self.environment, "logs")
        self.services = join(self.environment, "services")
        self.keeping = join(self.environment, "uninstall")
        self.site = join(self.environment, "site.json")
        self.kept_site = join(self.data, "site.json") if self.data else None  # type: str | None
        self.private_runtime = manifest.runtime.kind not in INSTALLER_KINDS
        self.runtime = (
            join(self.release, "runtime") if self.private_runtime else manifest.runtime.directory.rstrip("\\/")
        )
        self.runtime_python = host.paths.runtime_python(self.runtime)
        self.python = host.paths.script(self.release, "python")
        self.scripts = join(self.release, host.paths.scripts)
        self.site_packages = host.paths.site_packages(self.release, manifest.target.python)

    def of(self, release):
        # type: (str) -> Layout
        """The same environment, and another release in it."""
        return Layout(self._manifest, self._host, self.instance, release)

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


def substitute(text, references):
    # type: (str, dict[str, str]) -> str
    """Fill in ``{name}``; what isn't known stays as it is: other things use braces too."""
    return _REFERENCE.sub(lambda match: references.get(match.group(1), match.group(0)), text)
