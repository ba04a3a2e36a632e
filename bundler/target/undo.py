"""Taking back what a run did. An action is data, so that the journal can hold it and another run can do it.

Every action may be done when the change that it belongs to never happened, and may be done twice.
"""

from __future__ import absolute_import, unicode_literals

import os
import traceback

from .compat import to_text
from .post_install import undo_post_install
from .receipt import write_pointer
from .releases import remove_release
from .runtimes import CLAIMS, claim_file
from .servicing import undo_grant, undo_service, undo_settings, undo_start, undo_stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .console import Log
    from .host import Host


def take_back(actions, host, log):
    # type: (list[list[Any]], Host, Log) -> list[str]
    """The last first. What can't be taken back, in words; the log says why. An incomplete release is removed by a later run.

    Not so the pointer: nothing else may go as long as it leads there. That raises, and the journal stays for the next run.
    """
    failed = []
    for kind, arguments in [(each[0], each[1:]) for each in reversed(actions)]:
        log.write("taking back: %s %s" % (kind, arguments))
        try:
            ACTIONS[kind](host, log, *arguments)
        except Exception:
            log.write("failed: " + to_text(traceback.format_exc()))
            if kind == "pointer":
                raise
            failed.append("%s %s" % (kind, " ".join("%s" % each for each in arguments)))
    return failed


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
    host.unlink(path + ".new")
    write_pointer(host, path, release)


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
