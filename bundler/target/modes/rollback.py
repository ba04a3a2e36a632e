"""Back to the release that was in use before. Only what is about to run is looked at: the whole thing takes a second."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import DONE, FAILED, InstallError, of_problems
from ..state.believed_files import must_be_startable
from ..state.inventory import MISSING, drift, read_inventory
from ..state.receipt import is_complete
from ..state.settings_list import changed_in_place, missing_settings
from ..state.site_values import read_stored
from ..steps.base import Step
from ..steps.data_files import DataFilesStep, changes
from ..steps.edited_files import edited_files
from ..steps.later_settings import SettingsStep, next_settings
from ..steps.runtime import identity
from ..steps.site_places import unfit_values
from ..steps.switch_services import ports_in_the_way
from ..steps.templates import templates_of
from .access import rights_to_change
from .plan import switching
from .site import hide_secrets, with_secrets
from .transaction import carry_out, intention_of, planning_context, show_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..steps.context import Context
    from .run import Run

_SHOWN = 10
_MAKES_ANEW = "The bootstrap.bat of its bundle makes them anew, and switches to them."
_OLD_SECRETS = "%s was made by an earlier version: the files that it filled in hold the secrets of then."


def rollback(run):
    # type: (Run) -> int
    run.must_lock()
    if run.settle(locked=True) == "rollback":
        return DONE  # going on would lead forward again
    state = run.stands(run.layout)
    receipt = state.receipt
    if receipt is None or state.pointer is None:
        raise InstallError(FAILED, "Nothing is installed in %s" % run.layout.environment)
    if receipt.previous is None:
        raise InstallError(FAILED, "There is no release before %s: it can't be rolled back" % state.pointer)
    problems = rights_to_change(run.host, run.layout, receipt)
    run.layout = layout = run.layout.of(receipt.previous)
    _must_be_complete(layout)
    must_be_startable(run.host, layout.release)
    _must_be_whole(layout)
    run.templates = templates_of(layout)
    manifest = (run.templates or run.bundle).manifest
    stored = read_stored(layout.own_site)
    values = with_secrets(manifest, stored, layout.of(state.pointer))
    hide_secrets(run, manifest, values)
    later = []  # type: list[Step]
    if values != stored and run.templates is not None:
        run.layout = layout = next_settings(layout, state)
        later = [SettingsStep(only_secrets=False)]
    elif values != stored:
        run.console.line(_OLD_SECRETS % layout.id)
    context = planning_context(run, layout, values)
    problems += unfit_values(context) + ports_in_the_way(context)
    refilled = (
        DataFilesStep(beside=False)
        if run.templates is not None and (changes(context) or edited_files(context))
        else None
    )
    steps = [TryStep()] + later + switching(layout, state, values, None, refilled)
    if run.options.plan:
        return show_plan(run, values, steps, problems)
    if problems:
        raise of_problems(problems)
    intention = intention_of(run, "rollback", layout, layout.id, state.pointer)
    carry_out(run, layout, values, intention, steps)
    run.console.line("Rolled back from %s to %s in %.1f s." % (state.pointer, layout.id, run.took()))
    return DONE


def _must_be_complete(layout):
    # type: (Layout) -> None
    if not is_complete(layout):
        raise InstallError(FAILED, "The release %s is not complete: it can't be rolled back to" % layout.id)


def _must_be_whole(layout):
    # type: (Layout) -> None
    """Every file is there and has its length, but for those that the switch fills in anew; reading all of them would take longer than the
    switch may.
    """
    refilled = changed_in_place(layout)
    found = drift(layout, read_inventory(layout), contents=False)
    found = [each for each in found if each[0].path not in refilled or each[1] == MISSING]
    if found:
        shown = ["- %s %s" % (each.path, what) for each, what in found[:_SHOWN]]
        raise InstallError(FAILED, "The release %s is no longer as it was installed:" % layout.id, shown)
    gone = missing_settings(layout)
    if gone:
        shown = ["- %s %s" % (each, MISSING) for each in gone[:_SHOWN]] + [_MAKES_ANEW]
        raise InstallError(FAILED, "The settings %s are no longer as they were made:" % layout.id, shown)


class TryStep(Step):
    id = "try"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["check that the Python of %s starts" % context.layout.id]

    def doing(self, context):
        # type: (Context) -> str
        return "Checking %s" % context.layout.id

    def run(self, context):
        # type: (Context) -> str
        wanted = read_inventory(context.layout).python
        found = identity(context, context.layout.python)
        if found is None or found[0] != wanted:
            there = "Python %s" % found[0] if found else "no Python that runs"
            words = (os.path.basename(context.layout.release), there, wanted)
            raise InstallError(FAILED, "In the release %s there is %s and not Python %s" % words)
        return "Checked %s" % context.layout.id
