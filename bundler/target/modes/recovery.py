"""What the last run left undone when it was killed is settled before anything else: forward where the world uses the new state
already, back where it still uses the old one. The journal says how; nothing is guessed from what lies around. What couldn't be taken
back then is tried again.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import FAILED, OTHER_VERSION, InstallError
from ..state.belonging_changes import words_of
from ..state.journal import read_journal, read_lines
from ..state.leftovers import read_leftovers, write_leftovers
from ..state.receipt import read_pointer
from ..state.release_commands import recorded
from ..steps.finish import finish_switch
from ..steps.undo import described, take_back, take_back_folders
from ..steps.undo_kinds import decode
from .removal import finish_uninstall
from .transaction import back, report_leftovers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..state.journal import Unfinished
    from ..state.leftovers import Left
    from .run import Run

_LATER = {"finished": "finishes it", "taken back": "takes back what of it was done"}
_DOINGS = {"install": "installation", "rollback": "rollback", "uninstall": "uninstallation", "repair": "repair"}


def take_back_lines(run, aside):
    # type: (Run, str) -> None
    """What the lines of a damaged journal say that can be read is taken back, where it is certain that the world still uses the old state:
    of a run that changes which release is in use, before it did. Lines of another bundle aren't believed.
    """
    found = read_lines(aside) if os.path.isfile(aside) else None
    if found is None or found.intention is None or found.committed:
        return
    intention = found.intention
    own = (intention.name, intention.instance) == (run.bundle.manifest.bundle.name, run.layout.instance)
    if not own or read_pointer(run.layout.pointer) == intention.release:
        return
    words = (_DOINGS[intention.mode], intention.started)
    text = "What can be read of the %s that was begun at %s is taken back." % words
    run.console.line(text)
    run.log.write(text)
    _take_back(run, found)


def unfinished(run):
    # type: (Run) -> Unfinished | None
    """Raises InstallError (1638) if it is another bundle's."""
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
    # what it runs once it is in use may not have run, or may have failed: it is unknown whether it works
    return not found.receipt.services and not recorded(run.layout.of(found.intention.release).release)


def announce(run, found, looks=False):
    # type: (Run, Unfinished, bool) -> str
    """One line on what was found and what is done about it: now, or (``looks``) by the next run that may change something."""
    if found.intention is None:
        return "An earlier run was interrupted before it changed anything."
    way = "finished" if goes_forward(run, found) else "taken back"
    if found.intention.mode == "repair" and not found.committed:
        way = "given up: /repair begins again"
    if looks:
        way = "not over: the next run that may change something %s" % (
            "begins it again" if found.intention.mode == "repair" and not found.committed else _LATER[way]
        )
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
            _take_back(run, found)
    except EnvironmentError as error:
        text = "What an earlier run left can't be settled: %s" % error_text(error)
        raise InstallError(FAILED, text, ["Run it again with the same rights as then, once nothing uses its files."])
    return found.intention.mode if forward and found.intention is not None else None


def _take_back(run, found):
    # type: (Run, Unfinished) -> None
    back(run, [decode(each) for each in found.undos if run.belongings.changes.is_ours(each)])


def _forward(run, found):
    # type: (Run, Unfinished) -> None
    intention, receipt = found.intention, run.belongings.believed(found.receipt)
    if intention is None or receipt is None:
        raise InstallError(FAILED, "%s is malformed" % run.layout.journal)
    if intention.mode == "uninstall":
        finish_uninstall(run, receipt, intention.purge)
        return
    layout = run.layout.of(intention.release)
    for each in finish_switch(run.host, layout, receipt, run.bundle, run.log):
        run.console.error(each)
    run.host.files.unlink(layout.journal)


def try_again(run):
    # type: (Run) -> None
    """What earlier runs couldn't take back. What still can't be is reported, and nothing else is kept from being done."""
    name = run.bundle.manifest.bundle.name
    left, foreign = _leftovers(run)
    if foreign:
        words = ["It is ignored, because it isn't part of this installation: " + words_of(each) for each in foreign]
        run.console.error(
            run.log.mask("\n".join(["%s holds what no run of this bundle left:" % run.layout.leftovers] + words))
        )
        write_leftovers(run.host, run.layout, name, left)
    if not left:
        return
    run.console.line("An earlier run couldn't take back everything: that is tried again.")
    actions = [decode(each.action) for each in left]
    still = take_back(actions, run.host, run.log)
    try:
        write_leftovers(run.host, run.layout, name, still)
    except EnvironmentError as error:
        raise InstallError(FAILED, "%s can't be written: %s" % (run.layout.leftovers, error_text(error)))
    take_back_folders(actions, run.host, run.log)
    if not still:
        run.console.line("It is taken back now.")
    elif run.options.mode != "uninstall":  # whose last words are of that
        report_leftovers(run, still)


def _leftovers(run):
    # type: (Run) -> tuple[list[Left], list[Any]]
    """Those of this installation, and the changes in the list that aren't."""
    found = read_leftovers(run.layout, run.bundle.manifest.bundle.name)
    ours = [each for each in found if run.belongings.changes.is_ours(each.action)]
    return ours, [each.action for each in found if each not in ours]


def findings(run):
    # type: (Run) -> list[str]
    """What earlier runs couldn't take back, for runs that only look."""
    return described(_leftovers(run)[0])


def outlook(run):
    # type: (Run) -> list[str]
    """After a run that was cancelled or failed: what is in use, and what the next one does. Nothing if this one is over."""
    try:
        found = read_journal(run.layout.journal)
        if found is None or found.intention is None:
            return []
        pointer = read_pointer(run.layout.pointer)
        way = "finishes it" if goes_forward(run, found) else "takes back what of it was done"
    except (EnvironmentError, InstallError):
        return []  # the next run will say so
    if found.intention.mode == "repair" and not found.committed:
        way = "gives it up"
    in_use = "Nothing is in use now" if pointer is None else "%s is in use now" % pointer
    words = (in_use, _DOINGS[found.intention.mode], way)
    return ["%s. The %s isn't over: the next run of bootstrap.bat, whatever it is asked for, %s." % words]
