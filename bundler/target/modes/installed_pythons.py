"""Whether the Python that a bundle installs is there already, and which of this machine's stand in its way."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import representable, start_error
from ..errors import OTHER_VERSION, Problem
from ..layout import INSTALLER_KINDS
from ..state.runtime_claims import is_unfinished, only_claims
from ..state.trusted_folders import of_other_users, reasons_against, reasons_inside
from ..steps.runtime import identity_command, parse_identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.registry import InstalledPython

_PROBE_TIMEOUT = 120


class InstalledPythons(object):
    """``environ``: the cleaned environment in which one that is found is asked for its version."""

    def __init__(self, manifest, layout, host, environ):
        # type: (Manifest, Layout, Host, dict[str, str]) -> None
        self._manifest = manifest
        self._layout = layout
        self._host = host
        self._environ = environ
        self._unstarted = ""

    def look(self):
        # type: () -> tuple[bool, list[Problem]]
        """Whether the Python that the bundle's installer would bring is there already, and is used as it is; else what speaks against bringing it."""
        runtime, target = self._manifest.runtime, self._manifest.target
        if runtime.kind not in INSTALLER_KINDS:
            return False, []
        minor = target.python.rpartition(".")[0]
        directory = self._layout.runtime
        found, unfinished = self._identity(self._layout.runtime_python), is_unfinished(directory)
        if found == (target.python, target.bits) and not unfinished:
            return True, []
        same = [each for each in self._host.registry.pythons(minor) if self._rivals(each)]
        if unfinished:  # its installer runs again, over what it left
            same = [each for each in same if os.path.normcase(each.directory) != os.path.normcase(directory)]
        problems = [problem for each in same for problem in self._rival(minor, each)]
        if not same and not unfinished and not only_claims(directory):
            there = "Python %s with %d bits" % found if found else self._unstarted or "something else"
            problems.append(
                Problem(OTHER_VERSION, "%s holds %s: move it out of the way, or uninstall it" % (directory, there))
            )
        return False, problems

    def _rivals(self, other):
        # type: (InstalledPython) -> bool
        """python.org's installers upgrade every Python of the same minor version, scope and processor, wherever it lies."""
        wanted = self._manifest
        same = other.bits in (None, wanted.target.bits) and other.arm64 == (wanted.target.platform == "win_arm64")
        return other.all_users == wanted.runtime.all_users and same

    def _rival(self, minor, other):
        # type: (str, InstalledPython) -> list[Problem]
        target, found = self._manifest.target, self._identity(self._host.paths.runtime_python(other.directory))
        if found == (target.python, target.bits):
            text = "Python %s is installed in %s, and its installer moves none of its own version to %s, with replace = true neither. Uninstall it, or build the bundle with directory = '%s'"
            return [
                Problem(OTHER_VERSION, text % (target.python, other.directory, self._layout.runtime, other.directory))
            ]
        if self._manifest.runtime.replace:
            return []
        version = found[0] if found else minor + ".?"
        words = (version, other.directory, self._manifest.target.python)
        text = "Python %s is installed in %s; the installer of %s would replace it. Uninstall it, or build the bundle with replace = true"
        return [Problem(OTHER_VERSION, text % words)]

    def _identity(self, python):
        # type: (str) -> tuple[str, int] | None
        if not os.path.isfile(python) or not representable(python):
            return None
        folder = os.path.dirname(python)
        if reasons_against(self._host, folder) or reasons_inside(self._host, folder):
            return None  # whose program that is, others decide
        others = of_other_users(self._host, folder, python)
        if others:
            self._unstarted = "a Python that isn't started (%s)" % others[0]
            return None
        try:
            return parse_identity(
                self._host.processes.run(identity_command(python), self._environ, folder, _PROBE_TIMEOUT).output
            )
        except EnvironmentError as error:
            self._unstarted = "a Python that can't be started (%s)" % start_error(error)
            return None
