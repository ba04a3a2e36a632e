"""What the last run left undone when it was killed is settled before anything else: forward where the world uses the new state
already, back where it still uses the old one. The journal says how; nothing is guessed from what lies around.
"""

from __future__ import absolute_import, unicode_literals

from .compat import error_text
from .errors import FAILED, OTHER_VERSION, InstallError
from .finish import finish_switch
from .finish_uninstall import finish_uninstall
from .journal import read_journal
from .post_install import recorded
from .receipt import read_pointer
from .transaction import NOT_BACK, back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .journal import Unfinished
    from .run import Run

_DOINGS = {"install": "installation", "rollback": "rollback", "uninstall": "uninstallation", "repair": "repair"}


def unfinished(run):
    # type: (Run) -> Unfinished | None
    """Raises InstallError (1638) if it is none of this bundle's."""
    found = read_journal(run.layout.journal)
    if found is None or found.intention is None:
        return found
    name = run.bundle.manifest.bundle.name
    if (found.intention.name, found.intention.instance) != (name, run.layout.instance):
        words = (run.layout.journal, found.intention.name, name)
        raise InstallError(OTHER_VERSION, "%s belongs to the bundle %s and not to %s" % words)
    return found


def goes_forward(run, found):
    # type: (Run, Unfinished) -> bool
    if found.intention is None:
        return False
    if found.intention.mode == "repair":
        return found.committed  # it may be in use all along
    pointer = read_pointer(run.layout.pointer)
    if found.committed or found.receipt is None or pointer != found.intention.release:
        return found.committed
    if found.intention.release is None:
        return True
    # what it runs once it is in use may not have run, or may have failed: nobody knows that it works
    return not found.receipt.services and not recorded(run.layout.of(found.intention.release).release)


def announce(run, found):
    # type: (Run, Unfinished) -> str
    """One line on what was found and what is (or would be) done about it."""
    if found.intention is None:
        return "An earlier run was interrupted before it changed anything."
    way = "finished" if goes_forward(run, found) else "taken back"
    if found.intention.mode == "repair" and not found.committed:
        way = "given up: /repair begins again"
    release = " of %s" % found.intention.release if found.intention.release else ""
    words = (_DOINGS[found.intention.mode], release, found.intention.started, found.step or "start", way)
    return "The %s%s that was begun at %s was interrupted (step %s); it is %s." % words


def settle(run, found):
    # type: (Run, Unfinished) -> str | None
    """The mode of the run, if it was finished and not taken back. Raises InstallError (1603) if it can't be done now; then the
    journal is still there.
    """
    forward = goes_forward(run, found)
    run.console.line(announce(run, found))
    run.log.write(announce(run, found))
    try:
        if forward:
            _forward(run, found)
        else:
            for each in back(run.host, run.layout, found.undos, run.log):
                run.console.error(NOT_BACK % each)
    except EnvironmentError as error:
        text = "What an earlier run left can't be settled: %s" % error_text(error)
        raise InstallError(FAILED, text, ["Run it again with the same rights as then, once nothing uses its files."])
    return found.intention.mode if forward and found.intention is not None else None


def _forward(run, found):
    # type: (Run, Unfinished) -> None
    intention, receipt = found.intention, found.receipt
    if intention is None or receipt is None:
        raise InstallError(FAILED, "%s is malformed" % run.layout.journal)
    if intention.mode == "uninstall":
        finish_uninstall(run, receipt, intention.purge)
        return
    layout = run.layout.of(intention.release)
    finish_switch(run.host, layout, receipt, run.bundle.manifest.environment.keep, run.log)
    run.host.unlink(layout.journal)
