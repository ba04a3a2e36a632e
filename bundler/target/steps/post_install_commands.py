"""What a release does to the machine once it is in use, and takes back when it goes: commands, as its ``release.json`` holds them.

They belong to whatever release is in use: they write absolute paths into the registry and DLLs into Windows' own folder. So at every
switch the release that goes takes back its own, and the one that comes does its own, at an installation, an upgrade, a rollback and when
a failure brings the old one back. A command may be run twice: how far one got that was killed is unknown. So other site values for the same
release are a switch for those commands that are run with one of them.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import start_error, text_type
from ..errors import FAILED, InstallError
from ..layout import substitute
from ..state.believed_files import must_be_startable
from ..state.formats import read_json
from ..state.release_commands import UNDO, recorded, release_folder
from ..state.site_values import read_stored
from ..state.trusted_folders import temporary_folder
from .child_processes import cleaned, ending
from .release_programs import command_of, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..console import Log
    from ..machine.host import Host
    from ..machine.processes import Completed

_TIMEOUT = 900


class Commands(object):
    """Those of one release, to be run. ``folder`` is the release's own, or that of later settings, whose site values they are run with."""

    def __init__(self, host, log, folder):
        # type: (Host, Log, str) -> None
        self._host = host
        self._log = log
        self.folder = folder
        self.release = release_folder(folder)
        self.all = recorded(folder)
        self._is_startable = False

    @property
    def undone(self):
        # type: () -> list[int]
        """The numbers of those that can be taken back, the last first."""
        return [i for i in reversed(range(len(self.all))) if self.all[i].undo]

    def shown(self, which, number):
        # type: (str, int) -> str
        """Without the site values: one may be a secret."""
        return " ".join(getattr(self.all[number], which))

    def run(self, which, number):
        # type: (str, int) -> Completed
        """Raises InstallError: 1603 where it can't be started, 1625 where others decide what it does."""
        shown, words = self.shown(which, number), getattr(self.all[number], which)
        if not self._is_startable:
            must_be_startable(self._host, self.release)
            self._is_startable = True
        program = find_program(self._host, self.release, words[0])
        if program is None:
            raise InstallError(FAILED, "%s can't be run: there is no %s in %s" % (shown, words[0], self.release))
        references = self._references()
        command = command_of(self._host, program, [substitute(each, references) for each in words[1:]])
        self._log.write("> %s\n  in %s" % (shown, self.release))
        try:
            done = self._host.processes.run(
                command, cleaned(self._host, temporary_folder(self._host)), self.release, _TIMEOUT
            )
        except EnvironmentError as error:
            raise InstallError(FAILED, "%s can't be started: %s" % (shown, start_error(error)))
        self._log.write("%s\n< %s" % (done.output, ending(done)))
        return done

    def take_back(self, numbers=None):
        # type: (Sequence[int] | None) -> list[str]
        """Undo all of them, or those of these ``numbers``, the last first; what failed, in words. What is left behind does not keep a release
        in use.
        """
        failed = []
        for number in [each for each in self.undone if numbers is None or each in numbers]:
            try:
                done = self.run(UNDO, number)
            except InstallError as error:
                failed.append(error.message)
            else:
                if done.code != 0:
                    failed.append("%s failed (%s)" % (self.shown(UNDO, number), ending(done)))
        for each in failed:
            self._log.write(each)
        return failed

    def _references(self):
        # type: () -> dict[str, str]
        stored = read_stored(os.path.join(self.folder, "site.json"))
        known = {"site." + name: value for name, value in stored.items()}
        known.update(environment=os.path.dirname(os.path.dirname(self.release)), release=self.release)
        data = (read_json(os.path.join(self.release, "release.json")) or {}).get("data")
        if isinstance(data, text_type):
            known["data"] = data
        return known
