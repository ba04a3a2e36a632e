"""Taking back what a run did. An action is data, so that the journal can hold it and another run can do it.

Every action may be done when the change that it belongs to never happened, and may be done twice.
"""

from __future__ import absolute_import, unicode_literals

import os
import traceback

from ..compat import error_text, to_text
from ..layout import MARKER
from ..machine.services import ServiceError, error_words
from ..state.leftovers import Left
from ..state.receipt import write_pointer
from ..state.release_commands import recorded
from ..state.releases import remove_release
from ..state.runtime_claims import CLAIMS, claim_file
from .post_install_commands import undo_post_install
from .service_control import undo_grant, undo_service, undo_settings, undo_start, undo_stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..console import Log
    from ..machine.host import Host


def take_back(actions, host, log):
    # type: (list[list[Any]], Host, Log) -> list[Left]
    """The last first. What couldn't be taken back, in the order of ``actions``, and with it what is to be done again after it.

    The pointer is no such thing: nothing else may go as long as it leads there. That raises, and the journal stays for the next run.
    """
    left = {}  # type: dict[int, Left]
    for number in reversed(range(len(actions))):
        action = actions[number]
        again = any(_comes_after(action, each.action) for each in left.values())
        if again and action[0] == "release":
            left[number] = Left(action, None)  # it has the command that failed
            continue
        log.write("taking back: %s" % shown(action))
        try:
            ACTIONS[action[0]](host, log, *action[1:])
        except Exception as error:
            log.write("failed: " + to_text(traceback.format_exc()))
            if action[0] == "pointer":
                raise
            left[number] = Left(action, log.mask(_reason(error)))
        else:
            if again:
                left[number] = Left(action, None)
    if left:  # their folders hold them, or the list of them
        folders = [i for i, each in enumerate(actions) if each[0] == "folder" and os.path.isdir(each[1])]
        left.update((number, Left(actions[number], None)) for number in folders)
    return [left[number] for number in sorted(left)]


def _comes_after(action, failed):
    # type: (list[Any], list[Any]) -> bool
    """Whether an action is right only once the other one has been done: they speak of the same service, or of what commands change."""
    kind, other = action[0], failed[0]  # type: str, str
    same = bool(action[1] == failed[1])
    if kind.startswith("service") and other.startswith("service"):
        return same
    return other == "post-install" and (kind == "post-install" or (kind == "release" and same))


def _reason(error):
    # type: (Exception) -> str
    if isinstance(error, ServiceError):
        return error_words(error.code)
    return error_text(error) or type(error).__name__


def shown(action):
    # type: (list[Any]) -> str
    """An action in words: ``remove the service web``."""
    kind, subject = action[0], action[1]  # type: str, str
    if kind == "post-install":
        commands = recorded(subject)
        known = action[3] < len(commands)
        what = " ".join(getattr(commands[action[3]], action[2]) or []) if known else "command %d" % action[3]
        return "run %s (of %s)" % (what, os.path.basename(subject))
    if kind == "grant":
        return "take the right of %s on %s back" % (action[2], subject)
    if kind == "pointer":
        return "make %s current" % (action[2] or "nothing")
    return _WORDS[kind] % subject


_WORDS = {
    "file": "remove %s",
    "renamed": "put %s back",
    "folder": "remove the folder %s",
    "tree": "remove %s",
    "release": "remove %s",
    "claim": "give up the claim on the Python in %s",
    "service": "remove the service %s",
    "service-settings": "give the service %s its settings back",
    "service-start": "start the service %s",
    "service-stop": "stop the service %s",
}


def _file(host, _log, path):
    # type: (Host, Log, str) -> None
    """What it is written to before it gets its name goes too."""
    host.unlink(path + ".new")
    host.unlink(path)


def _renamed(host, _log, path, old):
    # type: (Host, Log, str, str) -> None
    """A file that was to be replaced: the new one does as well, but one must be there."""
    host.unlink(path + ".new")
    if os.path.isfile(old) and not os.path.isfile(path):
        host.replace(old, path)


def _folder(_host, log, path):
    # type: (Host, Log, str) -> None
    try:
        os.rmdir(path)
    except EnvironmentError:
        if os.path.isdir(path):
            log.write("%s is kept: it is not empty" % path)


def _tree(host, _log, path):
    # type: (Host, Log, str) -> None
    if os.path.isdir(path):
        host.remove_tree(path)


def _release(host, _log, path):
    # type: (Host, Log, str) -> None
    remove_release(host, path)


def _pointer(host, _log, path, release):
    # type: (Host, Log, str, str | None) -> None
    """Never to half a release: if what was broken has been removed already, nothing is in use."""
    host.unlink(path + ".new")
    folder = os.path.join(os.path.dirname(path), "releases", release or "")
    is_there = release is not None and os.path.isdir(folder) and not os.path.exists(os.path.join(folder, MARKER))
    write_pointer(host, path, release if is_there else None)


def _claim(host, _log, runtime, environment, python):
    # type: (Host, Log, str, str, str) -> None
    """A Python that its installer made stays, and is still known as one that a bundle installed."""
    host.unlink(claim_file(runtime, environment))
    if not os.path.isfile(python):
        host.discard(os.path.join(runtime, CLAIMS))
        if os.path.isdir(runtime) and not os.listdir(runtime):
            os.rmdir(runtime)


ACTIONS = {
    "file": _file,
    "renamed": _renamed,
    "folder": _folder,
    "tree": _tree,
    "release": _release,
    "pointer": _pointer,
    "claim": _claim,
    "service": undo_service,
    "service-settings": undo_settings,
    "service-start": undo_stop,
    "service-stop": undo_start,
    "grant": undo_grant,
    "post-install": undo_post_install,
}  # type: dict[str, Callable[..., None]]
