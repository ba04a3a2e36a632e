"""Uninstalling a Python that a bundle installed, by its installer's own program: never believed, but looked at afterwards."""

from __future__ import absolute_import, unicode_literals

import os
import shutil

from ..errors import FAILED, REFUSED, InstallError
from ..state.runtime_claims import folder_of, hold, installer_of, origin_file, origin_of, others, sweep
from ..state.trusted_folders import NOT_STARTED, of_other_users, reasons_against, temporary_folder
from .child_processes import cleaned, ending
from .installer_logs import InstallerLog
from .installer_runs import REBOOT, InstallerRuns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Console, Log
    from ..machine.host import Host
    from ..state.runtime_claims import Origin

_REMOVED = (0, 1605) + REBOOT  # 1605: Windows Installer knows of no such product
AT_RESTART = "a restart of this machine finishes its uninstallation"
_OF_ITS_ACCOUNT = " %s installed it, and Python's installer is known to that account alone: run /uninstall as %s"


class RuntimeRemoval(object):
    """``reboot``: a restart finishes it; ``is_left``: until then the Python is there, and a later run looks at it again; ``notes``: what the operator
    should know although it is done.
    """

    def __init__(self, host, log, console=None):
        # type: (Host, Log, Console | None) -> None
        self._host = host
        self._log = log
        self._console = console
        self.reboot = False
        self.is_left = False
        self.notes = []  # type: list[str]

    def remove(self, runtime, environment):
        # type: (str, str) -> None
        """Nothing to do where another environment needs it. Raises InstallError where it is still there: the claim and its installer stay then,
        so that it can be tried again.
        """
        held = hold(self._host, runtime)  # noqa: F841 - whoever claims it meanwhile would have it removed below him
        if others(runtime, environment) or not os.path.isdir(folder_of(runtime)):
            return
        against = sorted({why for each in self._places(runtime) for why in reasons_against(self._host, each)})
        if against:
            text = "an administrator's run would start what others put there (%s)"
            raise InstallError(REFUSED, text % "; ".join(against))
        others_own = of_other_users(self._host, *self._places(runtime))
        if others_own:
            raise InstallError(REFUSED, NOT_STARTED % "; ".join(others_own))
        installer, python = installer_of(runtime), self._host.paths.runtime_python(runtime)
        if installer is None and os.path.isfile(python):
            self.notes.append(
                "The Python in %s stays: its installer isn't kept there. Uninstall it by 'Apps'" % runtime
            )
        elif installer is not None:
            self._uninstall(runtime, installer, python)
            if self.is_left:
                return  # the claim and the installer too: what becomes of it nobody knows yet
            sweep(self._host, runtime)
        self._host.files.discard(folder_of(runtime))

    def _places(self, runtime):
        # type: (str) -> list[str]
        """What decides what is started."""
        return [runtime, folder_of(runtime), installer_of(runtime) or runtime, origin_file(runtime)]

    def _uninstall(self, runtime, installer, python):
        # type: (str, str, str) -> None
        origin = origin_of(runtime)
        work = self._host.files.make_work(temporary_folder(self._host))
        logs = os.path.join(work, "logs")
        log = InstallerLog(self._host, self._log, logs, "python")
        try:
            os.mkdir(logs)
            copy = os.path.join(work, os.path.basename(installer))
            if self._host.files.copy(installer, copy)[0] != origin.sha256 and origin.sha256:
                raise InstallError(FAILED, "%s isn't the installer that was kept: uninstall it by 'Apps'" % installer)
            temporary = os.path.join(work, "tmp")
            os.mkdir(temporary)
            command = _command(self._host, installer, copy, log.path)
            # it unpacks itself among its temporary files, which the account may have where others write
            done = InstallerRuns(self._host, self._log, self._console).run(
                command, cleaned(self._host, temporary), work
            )
        finally:
            log.keep()
            shutil.rmtree(work, ignore_errors=True)
        other, is_there = self._other_account(origin), os.path.isfile(python)
        if done.code in REBOOT:
            self.reboot, self.is_left = True, is_there
        elif is_there and done.code in _REMOVED:
            text = "its uninstallation ended with %s, and yet %s is there%s.%s"
            raise InstallError(FAILED, text % (done.code, python, log.words(), other))
        elif is_there:  # what an earlier run that was killed had uninstalled fails too
            raise InstallError(FAILED, "its uninstallation failed (%s)%s.%s" % (ending(done), log.words(), other))
        if other and installer.endswith(".exe"):
            self.notes.append(
                "%s installed Python: its entry in that account's list of programs may stay" % origin.account
            )

    def _other_account(self, origin):
        # type: (Origin) -> str
        """In words, where this isn't the account that installed it; empty where it is, or isn't known."""
        own = self._host.rights.account()[1]
        if not origin.sid or not own or origin.sid == own:
            return ""
        return _OF_ITS_ACCOUNT % (origin.account, origin.account)


def _command(host, installer, copy, log):
    # type: (Host, str, str, str) -> str
    if not installer.endswith(".msi"):
        return '"%s" /uninstall /quiet /norestart /log "%s"' % (copy, log)
    msiexec = os.path.join(host.environment.system_programs(), "msiexec.exe")
    return '"%s" /x "%s" /qn /norestart /l*v "%s"' % (msiexec, copy, log)
