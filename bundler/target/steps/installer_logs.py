"""Logs of installers. One writes down what it was given, and asks nobody where a name leads: it writes where nobody else can see or make
anything, and what it wrote is put beside the run's own log, masked, as a new file.
"""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import error_text
from ..machine.raw_file import NEW_FILE
from ..machine.written_text import end_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..machine.host import Host


class InstallerLog(object):
    """``path``: where the installer is to write it, in ``folder``, a private one that holds nothing else; ``name``: a part of its own."""

    def __init__(self, host, log, folder, name):
        # type: (Host, Log, str, str) -> None
        self._host = host
        self._log = log
        self._kept = "%s.%s.log" % (log.path, name)
        self.path = os.path.join(folder, os.path.basename(self._kept))

    def keep(self):
        # type: () -> None
        """When the installer has ended: its log, and others that it wrote beside that. One that can't be kept is no reason to fail."""
        folder = os.path.dirname(self.path)
        for path in self._host.files.walk(folder) if os.path.isdir(folder) else []:
            try:
                self._put(path, os.path.join(os.path.dirname(self._kept), os.path.basename(path)))
            except EnvironmentError as error:
                self._log.write("the log of the installer can't be kept: %s" % error_text(error))

    def place(self):
        # type: () -> str | None
        """Where it is now; None: the installer wrote none."""
        found = [each for each in (self._kept, self.path) if os.path.isfile(each)]
        return found[0] if found else None

    def words(self):
        # type: () -> str
        """The end of a sentence about the installer."""
        place = self.place()
        return "; its log is %s" % place if place is not None else ""

    def _put(self, source, destination):
        # type: (str, str) -> None
        with io.open(source, "rb") as stream:
            text = end_text(stream, self._encoding())
        self._host.files.unlink(destination)  # a link that somebody made, or an earlier run's
        with os.fdopen(os.open(destination, NEW_FILE, 0o666), "wb") as stream:
            stream.write(self._log.mask(text).encode("utf-8"))
        self._host.files.discard(source)

    def _encoding(self):
        # type: () -> str
        return self._host.processes.encoding()
