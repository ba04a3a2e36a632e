"""Offering to start a run again that lacked an administrator's rights, to a person who sits before the screen."""

from __future__ import absolute_import, unicode_literals

import os
import subprocess
import sys

from ..compat import to_text
from ..state.build_landmark import landmark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .run import Run

_ASKED = "\nStart it again with administrator rights? Windows will ask for them. [y/N] "
_OPTIONS = ["-E", "-s", "-S", "-B"]
"""As bootstrap.bat starts the bundle's Python."""


def offer_elevation(run, code):
    # type: (Run, int) -> int
    """The exit code of the run that was refused, or of the one that was started in its stead.

    Drives that were mapped or made by ``subst`` aren't there in an elevated session: it is started by the folder's own path.
    """
    host, console = run.host, run.console
    if console.quiet or run.options.plan or host.rights.is_admin() or not host.operator.interactive():
        return code
    try:
        if host.operator.ask(_ASKED, False).strip().lower() not in ("y", "yes"):
            return code
    except KeyboardInterrupt:
        return code
    folder = host.files.real(run.folder)
    planted = landmark_of(os.path.join(folder, "boot"))
    if os.path.lexists(planted):  # which wasn't there when bootstrap.bat looked for it
        console.error("There is %s now: the bundle's Python isn't started beside it. Look who put it there." % planted)
        return code
    start = os.path.join(folder, "target", "__main__.py")
    python = os.path.join(folder, "boot", os.path.basename(to_text(sys.executable)))
    parameters = subprocess.list2cmdline(_OPTIONS + [start] + host.operator.arguments())
    ended = host.operator.run_elevated(python, parameters, host.files.real(to_text(os.getcwd())))
    if ended is None:
        console.error("It was not started with administrator rights: nothing was changed.")
        return code
    run.report.path = None  # the other run has written it
    console.line("It ran in a window of its own, and ended with exit code %d." % ended)
    console.quiet = True  # that window stays until it was read; this one would keep an uninstallation's last files
    return ended
