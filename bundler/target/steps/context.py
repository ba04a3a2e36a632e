"""What every step is given, and how steps start programs: a cleaned environment, everything in the log."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import start_error
from ..errors import FAILED, InstallError
from ..state.places import is_below
from ..state.trusted_folders import must_lead_here
from .child_processes import cleaned, ending, tail
from .filling import Filling
from .installer_runs import InstallerRuns
from .templates import Templates, bundle_reader
from .undo_files import FolderMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..bundle.verification import Bundle
    from ..console import Console, Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.processes import Completed
    from ..state.journal import Journal
    from ..state.receipt import State


Tools = collections.namedtuple("Tools", ["host", "log", "journal", "console"])
"""What a step does its work with."""


class Context(object):
    """``work`` is an empty folder for short-lived files, removed at the end; None while nothing may be changed.

    Whatever a step changes outside of the release it makes known to the ``journal`` first. ``files``: what was put outside of the
    release; ``made``: folders that were made there; ``grants``: rights that were given there, as the receipt has
    them, and so ``site_rights``. ``were_running``: services that were stopped for the switch; ``made_services``: those that weren't there. ``prerequisites``:
    those that were installed, by name. ``said``: what the operator is told at the end. ``hashes``: SHA-256 in hex and size, by path, of what
    was hashed as it was written into the release. ``closed``: files that hold secrets, and may be read by administrators and services only.
    ``templates``: the manifest of the release, and what it is filled in from; ``keeps_previous``: a rollback doesn't lead to what is in use
    now. ``goes_on``: an installer still runs, and with it what it has in the folder for short-lived files.
    """

    def __init__(self, bundle, layout, state, values, tools, work):
        # type: (Bundle, Layout, State, dict[str, str], Tools, str | None) -> None
        self.bundle = bundle
        self.templates = Templates(bundle.manifest, bundle_reader(bundle))
        self.layout = layout
        self.state = state
        self.values = values
        self.host = tools.host  # type: Host
        self.log = tools.log  # type: Log
        self.journal = tools.journal  # type: Journal
        self._console = tools.console  # type: Console
        self._work = work
        self._filling = None  # type: Filling | None
        self.made = []  # type: list[str]
        self.files = []  # type: list[str]
        self.closed = []  # type: list[str]
        self.grants = []  # type: list[list[str]]
        self.site_rights = []  # type: list[list[str]]
        self.logons = []  # type: list[str]
        self.were_running = []  # type: list[str]
        self.made_services = []  # type: list[str]
        self.prerequisites = []  # type: list[str]
        self.said = []  # type: list[str]
        self.reboot = False
        self.keeps_previous = False
        self.goes_on = False
        self.hashes = {}  # type: dict[str, tuple[str, int]]

    def filling(self):
        # type: () -> Filling
        if self._filling is None:
            self._filling = Filling(self.layout, self.templates, self.values)
        return self._filling

    @property
    def manifest(self):
        # type: () -> Manifest
        """Of the release; that of another release than the bundle's is its own."""
        return self.templates.manifest

    def work(self, name):
        # type: (str) -> str
        """A folder for short-lived files, made if it isn't there."""
        if self._work is None:
            raise ValueError("nothing may be made while planning")
        path = os.path.join(self._work, name)
        if not os.path.isdir(path):
            os.mkdir(path)
        return path

    def make_folder(self, path):
        # type: (str) -> None
        """Make a folder and those above it, and remember which: a failed installation takes them away again.

        What lies in the environment or the data folder has their rights; any other is closed to others from its first moment.
        """
        if os.path.isdir(path):
            must_lead_here(self.host, path)
            return
        if os.path.lexists(path):
            text = "%s is a file, where a folder belongs: look at it, and move it out of the way"
            raise InstallError(FAILED, text % path)
        self.make_folder(os.path.dirname(path))
        self.journal.undo(FolderMade(path))
        if is_below(os.path.dirname(path), self.layout.environment) or is_below(
            os.path.dirname(path), self.layout.data
        ):
            os.mkdir(path)
        else:
            self.host.files.make_guarded(path)
        self.made.append(path)

    def environ(self):
        # type: () -> dict[str, str]
        """For child processes: nothing that configures Python, pip or virtualenv, no proxy, no index."""
        found = cleaned(self.host, self.work("tmp"))
        if self.layout.present_runtime:
            found["PYTHONDONTWRITEBYTECODE"] = "1"
        return found

    def python(self, path):
        # type: (str) -> list[str]
        """How to start a Python: nothing of the surroundings configures it, and one that isn't ours is left as it is."""
        return [path, "-E", "-s"] + (["-B"] if self.layout.present_runtime else [])

    def run(self, command, folder=None, timeout=None):
        # type: (list[str] | str, str | None, float | None) -> Completed
        shown = command if not isinstance(command, list) else " ".join(_quoted(each) for each in command)
        folder = folder or self.work("empty")
        self.log.write("> %s" % shown)
        self.log.write("  in %s" % folder)
        started = self.host.clock.monotonic()
        try:
            done = self.host.processes.run(command, self.environ(), folder, timeout)
        except EnvironmentError as error:
            raise InstallError(FAILED, "%s can't be started: %s" % (shown, start_error(error)))
        took = self.host.clock.monotonic() - started
        self.log.write(done.output)
        self.log.write("< %s after %.1f s" % (ending(done), took))
        return done

    def install(self, command, timeout=None):
        # type: (str, float | None) -> Completed
        """An installer of others, by its whole command line: see ``InstallerRuns``."""
        runs = InstallerRuns(self.host, self.log, self._console)
        done = runs.run(command, self.environ(), self.work("empty"), timeout)
        self.goes_on = self.goes_on or done.code is None
        return done

    def must(self, what, command, folder=None, timeout=None):
        # type: (str, list[str] | str, str | None, float | None) -> str
        """Run, and raise InstallError (1603) with the end of the output unless the program ends with 0."""
        done = self.run(command, folder, timeout)
        if done.code != 0:
            raise InstallError(FAILED, "%s failed (%s):" % (what, ending(done)), tail(self.log.mask(done.output)))
        return done.output


def _quoted(word):
    # type: (str) -> str
    return '"%s"' % word if " " in word or not word else word
