"""Installers of others: started, waited for to their end whatever happens meanwhile, and started again while another one runs."""

from __future__ import absolute_import, unicode_literals

from ..compat import start_error
from ..errors import BUSY, FAILED, InstallError
from .child_processes import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Console, Log
    from ..machine.host import Host
    from ..machine.processes import Completed

REBOOT = (3010, 1641)
"""Done, and a restart finishes it: Windows Installer, "Error codes"."""
_PAUSES = (5, 10, 15, 30, 60, 60, 60, 60)
"""Seconds to wait for another installation to end: Windows Installer runs one at a time, and Windows itself uses it too."""
_WAITING = "An installer is running. It isn't ended: half of what it installs would be left. What was begun is taken back when it has ended."


class InstallerRuns(object):
    """``console``: of the operator who may want to cancel; None: nobody is told."""

    def __init__(self, host, log, console=None):
        # type: (Host, Log, Console | None) -> None
        self._host = host
        self._log = log
        self._console = console

    def run(self, command, environ, folder, timeout=None):
        # type: (str, dict[str, str], str, float | None) -> Completed
        """Raises InstallError (1603) where it can't be started; 1618 comes back when others took minutes. A ``code`` of None: it goes on."""
        for pause in _PAUSES:
            done = self._once(command, environ, folder, timeout)
            if done.code != BUSY:
                return done
            self._log.write("another installation is running: again in %d seconds" % pause)
            self._host.clock.sleep(pause)
        return self._once(command, environ, folder, timeout)

    def _once(self, command, environ, folder, timeout):
        # type: (str, dict[str, str], str, float | None) -> Completed
        self._log.write("> %s" % command)
        self._log.write("  in %s" % folder)
        started = self._host.clock.monotonic()
        try:
            done = self._host.processes.install(command, environ, folder, timeout, self._cancelled)
        except EnvironmentError as error:
            raise InstallError(FAILED, "%s can't be started: %s" % (command, start_error(error)))
        self._log.write(done.output)
        self._log.write("< %s after %.1f s" % (ending(done), self._host.clock.monotonic() - started))
        return done

    def _cancelled(self):
        # type: () -> None
        self._log.write(_WAITING)
        if self._console is not None:
            self._console.error(_WAITING)
