"""Taking back what a run did, the last first; and what becomes of that which couldn't be taken back."""

from __future__ import absolute_import, unicode_literals

import os
import traceback

from ..compat import error_text, to_text
from ..machine.services import ServiceError, error_words
from ..state.leftovers import Left, read_leftovers, tidy, write_leftovers
from ..state.release_commands import release_folder
from ..state.releases import mark
from .undo_action import subjects
from .undo_files import FolderMade
from .undo_kinds import decode
from .undo_releases import CommandRun, ReleaseMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt
    from .undo_action import Action


def take_back(actions, host, log):
    # type: (list[Action], Host, Log) -> list[Left]
    """What couldn't be taken back, in the order of ``actions``, and with it what is to be done again after it.

    Raises what an action raises that must succeed; then the journal stays for the next run.
    """
    left = {}  # type: dict[int, Left]
    failed = []  # type: list[Action]
    for number in reversed(range(len(actions))):
        action = actions[number]
        again = any(action.follows(each) for each in failed)
        if again:
            left[number] = Left(action.encode(), None)
            failed.append(action)
            if action.waits():
                continue
        log.write("taking back: %s" % action.shown())
        try:
            action.take_back(host, log)
        except Exception as error:
            log.write("failed: " + to_text(traceback.format_exc()))
            if action.must_succeed:
                raise
            left[number] = Left(action.encode(), log.mask(_reason(error)))
            failed.append(action)
    if left:  # their folders hold them, or the list of them
        for number, action in enumerate(actions):
            if isinstance(action, FolderMade) and os.path.isdir(action.subject):
                left[number] = Left(action.encode(), None)
    return [left[number] for number in sorted(left)]


def take_back_folders(actions, host, log):
    # type: (list[Action], Host, Log) -> None
    """Once more, when what lay in them is gone."""
    take_back([each for each in actions if isinstance(each, FolderMade)], host, log)


def _reason(error):
    # type: (Exception) -> str
    if isinstance(error, ServiceError):
        return error_words(error.code)
    return error_text(error) or type(error).__name__


def described(left):
    # type: (list[Left]) -> list[str]
    """Those that failed, each with its reason."""
    return ["%s: %s" % (decode(each.action).shown(), each.why) for each in left if each.why]


def drop_settled(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> None
    """After a switch: what belongs to what is in use now, and is in its receipt, is no leftover any more."""
    tidy(host, layout)
    left = read_leftovers(layout)
    stay = [each for each in left if not decode(each.action).is_settled(layout, receipt)]
    if len(stay) == len(left):
        return
    wanted = [release_folder(each) for each in subjects(stay, CommandRun)]
    for folder in subjects(stay, ReleaseMade):
        if folder not in wanted and os.path.isdir(folder):
            mark(folder)  # none of its commands is to be run any more: it goes like any other that isn't complete
    write_leftovers(host, layout, receipt.name, stay)
