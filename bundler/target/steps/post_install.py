"""The commands of ``[[post-install]]``, on both sides of the switch; ``post_install.py`` says why."""

from __future__ import absolute_import, unicode_literals

from ..compat import counted
from ..errors import FAILED, InstallError
from ..layout import release_of
from ..state.additions import additions_before, note_additions
from ..state.inventory import read_inventory
from ..state.receipt import is_complete
from ..state.release_commands import DO, UNDO, recorded, run_with_others
from ..state.site_values import read_stored
from .base import Step
from .child_processes import ending, tail
from .post_install_commands import Commands
from .undo_releases import CommandRun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bundle.manifest import PostInstallInfo
    from ..layout import Layout
    from ..state.receipt import State
    from ..state.release_commands import Command
    from .context import Context


def with_commands(steps, layout, state, commands, values):
    # type: (list[Step], Layout, State, Sequence[Command | PostInstallInfo], dict[str, str]) -> list[Step]
    """The ``steps`` that switch to the layout's release with these site ``values``, with what the one in use takes back before them, and what
    this one runs after; ``commands``: its own. Where only site values change, that are those which are run with one of them.
    """
    shown = [" ".join(each.command) for each in commands]
    if release_of(state.pointer) != layout.release_id:
        leaves = state.pointer is not None and recorded(layout.of(state.pointer).release)
        return ([LeaveStep()] if leaves else []) + steps + ([PostInstallStep(shown)] if shown else [])
    before = read_stored(layout.of(state.pointer or "").own_site) if is_complete(layout) else values
    numbers = run_with_others(commands, before, values)
    if not numbers:
        return steps  # what is made anew is what it was
    return [LeaveStep(numbers)] + steps + [PostInstallStep([shown[each] for each in numbers], numbers)]


class LeaveStep(Step):
    """The release that is in use takes back what it did to the machine; if the switch fails, it does it again. ``numbers``: of its commands,
    where not all are meant.
    """

    id = "leave"

    def __init__(self, numbers=None):
        # type: (Sequence[int] | None) -> None
        self._numbers = numbers

    def describe(self, context):
        # type: (Context) -> list[str]
        commands = self._commands(context)
        meant = [i for i in commands.undone if self._numbers is None or i in self._numbers]
        return ["run %s (of %s)" % (commands.shown(UNDO, i), context.state.pointer) for i in meant]

    def doing(self, context):
        # type: (Context) -> str
        return "Taking back what %s did" % context.state.pointer

    def run(self, context):
        # type: (Context) -> str
        commands = self._commands(context)
        meant = self._numbers if self._numbers is not None else range(len(commands.all))
        context.journal.undo(*[CommandRun(commands.folder, DO, i) for i in reversed(meant)])
        failed = commands.take_back(self._numbers)
        done = "Took back what %s did" % context.state.pointer
        return "%s (%s)" % (done, "; ".join(failed)) if failed else done

    def _commands(self, context):
        # type: (Context) -> Commands
        return Commands(context.host, context.log, context.layout.of(context.state.pointer or "").settings)


class PostInstallStep(Step):
    """What the release does to the machine. ``shown``: its command lines, for /plan: a release that isn't made yet can't be asked;
    ``numbers``: of its commands, where not all are meant.
    """

    id = "post-install"

    def __init__(self, shown, numbers=None):
        # type: (list[str], Sequence[int] | None) -> None
        self._shown = shown
        self._numbers = numbers

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["run %s, which may change this machine" % each for each in self._shown]

    def doing(self, context):
        # type: (Context) -> str
        return "Running %s" % ", ".join(self._shown)

    def run(self, context):
        # type: (Context) -> str
        commands, layout = Commands(context.host, context.log, context.layout.settings), context.layout
        inventory = read_inventory(layout)
        before = additions_before(context.host, layout, inventory)
        meant = self._numbers if self._numbers is not None else range(len(commands.all))
        for number in meant:
            if commands.all[number].undo:
                context.journal.undo(CommandRun(commands.folder, UNDO, number))
            done = commands.run(DO, number)
            if done.code != 0:
                words = (commands.shown(DO, number), ending(done))
                raise InstallError(FAILED, "%s failed (%s):" % words, tail(context.log.mask(done.output)))
        note_additions(context.host, layout, inventory, before)
        return "Ran %s" % counted(len(meant), "command")
