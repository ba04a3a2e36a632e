"""Other site values for the release that is in use: a switch like any other, to the same release with other settings."""

from __future__ import absolute_import, unicode_literals

from ..errors import DONE, FAILED, InstallError, of_problems
from ..state.believed_files import must_be_startable
from ..state.inventory import read_inventory
from ..state.settings_list import missing_settings
from ..state.site_values import read_stored, secret_names
from ..steps.data_files import DataFilesStep, changes, edited, put_beside
from ..steps.edited_files import edited_files
from ..steps.grant_rights import in_the_way as rights_in_the_way
from ..steps.later_settings import SettingsStep, next_settings
from ..steps.site_places import unfit_values
from ..steps.spare_faults import spare_faults
from ..steps.switch_services import ports_in_the_way
from ..steps.templates import templates_of
from .access import rights_to_change
from .plan import switching
from .preflight import busy
from .site import settings_of, values_of
from .transaction import carry_out, intention_of, planning_context, show_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..state.receipt import State
    from ..steps.base import Step
    from .run import Run

_NEEDS_BUNDLE = "%s was made by an earlier version, and kept no templates: start the bootstrap.bat of its bundle"
_NEEDS_REPAIR = "%s. The bootstrap.bat of the release's bundle puts it right: /repair"


def change_kept(run, state, locked):
    # type: (Run, State, bool) -> int
    """By the kept copy: of whatever release is in use, which has its own templates."""
    if state.receipt is None or state.pointer is None:
        raise InstallError(FAILED, "Nothing is installed in %s" % run.layout.environment)
    if not locked:
        raise of_problems([busy(run.layout)])
    run.layout = run.layout.of(state.pointer)
    run.templates = templates_of(run.layout)
    if run.templates is None:
        faults = spare_faults(run.layout, read_inventory(run.layout))
        raise InstallError(FAILED, _NEEDS_REPAIR % faults[0] if faults else _NEEDS_BUNDLE % run.layout.release_id)
    state.release_complete = True
    values = values_of(run, state, run.templates.manifest)
    if not values.changed:
        run.console.line("The site values are as given already: nothing to do.")
        return DONE
    return change_settings(run, state, values.values)


def change_settings(run, state, values):
    # type: (Run, State, dict[str, str]) -> int
    """The run's layout is that of what is in use."""
    must_be_startable(run.host, run.layout.release)
    stored = read_stored(run.layout.own_site)
    names = [name for name in sorted(values) if stored.get(name) != values[name]]
    run.layout, later = settings_for(run.layout, state, values, (run.templates or run.bundle).manifest)
    context = planning_context(run, run.layout, values)
    problems = rights_to_change(run.host, run.layout, state.receipt) if state.receipt is not None else []
    problems += unfit_values(context) + ports_in_the_way(context)
    problems = problems or rights_in_the_way(context)
    kept = edited(context)
    refilled = DataFilesStep(beside=False) if changes(context) or edited_files(context) else None
    steps = [later] if later is not None else []  # type: list[Step]
    steps += switching(run.layout, state, values, context.manifest, refilled)
    if run.options.plan:
        return show_plan(run, values, steps, problems + kept)
    if not problems:
        put_beside(context)
    if problems or kept:
        raise of_problems(problems + kept)
    carry_out(run, run.layout, values, intention_of(run, "install", run.layout, run.layout.id, state.pointer), steps)
    run.console.line("Changed %s in %.1f s." % (", ".join(names) or "the settings", run.took()))
    return DONE


def settings_for(layout, state, values, manifest):
    # type: (Layout, State, dict[str, str], Manifest) -> tuple[Layout, SettingsStep | None]
    """Of a release that is complete: the layout with these values, and the step that makes the settings if none have them."""
    last = settings_of(layout, state)
    stored = read_stored(last.own_site)
    if stored == values and not missing_settings(last):
        return last, None
    secret = secret_names(manifest)
    names = [each for each in set(stored) | set(values) if stored.get(each) != values.get(each)]
    is_in_use = state.pointer == last.id
    return next_settings(layout, state), SettingsStep(is_in_use and all(each in secret for each in names))
