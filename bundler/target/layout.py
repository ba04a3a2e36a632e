"""Where everything lies on the target, and what ``{...}`` stands for."""

from __future__ import absolute_import, unicode_literals

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .host import Host
    from .manifest import Manifest

INSTALLER_KINDS = ("msi", "exe")
_REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


class Layout(object):
    """Paths of one environment and one release in it. A release never moves: it is made at this place."""

    def __init__(self, manifest, host):
        # type: (Manifest, Host) -> None
        join = os.path.join
        self.environment = manifest.environment.path.rstrip("\\/")  # type: str
        self.data = manifest.environment.data.rstrip("\\/") if manifest.environment.data else None  # type: str | None
        self.releases = join(self.environment, "releases")
        self.release = join(self.releases, manifest.bundle.release)
        self.marker = join(self.release, ".incomplete")
        self.shims = join(self.environment, host.scripts)
        self.pointer = join(self.environment, "current")
        self.receipt = join(self.environment, "receipt.json")
        self.logs = join(self.environment, "logs")
        self.site = join(self.data or self.environment, "site.json")
        self.private_runtime = manifest.runtime.kind not in INSTALLER_KINDS
        self.runtime = (
            join(self.release, "runtime") if self.private_runtime else manifest.runtime.directory.rstrip("\\/")
        )
        self.runtime_python = host.runtime_python(self.runtime)
        self.python = host.script(self.release, "python")
        self.scripts = join(self.release, host.scripts)
        self.site_packages = host.site_packages(self.release, manifest.target.python)

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
