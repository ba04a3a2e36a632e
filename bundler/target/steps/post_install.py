"""The commands of ``[[post-install]]``, on both sides of the switch; ``post_install.py`` says why."""

from __future__ import absolute_import, unicode_literals

from ..compat import counted
from ..errors import FAILED, InstallError
from ..layout import release_of
from ..state.additions import additions_before, note_additions
from ..state.inventory import read_inventory
from ..state.release_commands import DO, UNDO, recorded
from .base import Step
from .child_processes import ending, tail
from .post_install_commands import Commands
from .undo_actions import CommandRun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..state.receipt import State
    from .context import Context


def with_commands(steps, layout, state, shown):
    # type: (list[Step], Layout, State, list[str]) -> list[Step]
    """The ``steps`` that switch to the layout's release, with what the one in use takes back before them; ``shown``: what this one runs after."""
    if release_of(state.pointer) == layout.release_id:
        return steps
    leaves = state.pointer is not None and recorded(layout.of(state.pointer).release)
    return ([LeaveStep()] if leaves else []) + steps + ([PostInstallStep(shown)] if shown else [])


class LeaveStep(Step):
    """The release that is in use takes back what it did to the machine; if the switch fails, it does it again."""

    id = "leave"

    def describe(self, context):
        # type: (Context) -> list[str]
        commands = self._commands(context)
        return ["run %s (of %s)" % (commands.shown(UNDO, i), context.state.pointer) for i in commands.undone]

    def doing(self, context):
        # type: (Context) -> str
        return "Taking back what %s did" % context.state.pointer

    def run(self, context):
        # type: (Context) -> str
        commands = self._commands(context)
        again = [CommandRun(commands.folder, DO, i) for i in reversed(range(len(commands.all)))]
        context.journal.undo(*again)
        failed = commands.take_back()
        done = "Took back what %s did" % context.state.pointer
        return "%s (%s)" % (done, "; ".join(failed)) if failed else done

    def _commands(self, context):
        # type: (Context) -> Commands
        return Commands(context.host, context.log, context.layout.of(context.state.pointer or "").release)


class PostInstallStep(Step):
    """What the release does to the machine. ``shown``: its command lines, for /plan: a release that isn't made yet can't be asked."""

    id = "post-install"

    def __init__(self, shown):
        # type: (list[str]) -> None
        self._shown = shown

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["run %s, which may change this machine" % each for each in self._shown]

    def doing(self, context):
        # type: (Context) -> str
        return "Running %s" % ", ".join(self._shown)

    def run(self, context):
        # type: (Context) -> str
        commands, layout = Commands(context.host, context.log, context.layout.release), context.layout
        inventory = read_inventory(layout)
        before = additions_before(context.host, layout, inventory)
        for number, each in enumerate(commands.all):
            if each.undo:
                context.journal.undo(CommandRun(commands.folder, UNDO, number))
            done = commands.run(DO, number)
            if done.code != 0:
                words = (commands.shown(DO, number), ending(done))
                raise InstallError(FAILED, "%s failed (%s):" % words, tail(context.log.mask(done.output)))
        note_additions(context.host, layout, inventory, before)
        return "Ran %s" % counted(len(commands.all), "command")
