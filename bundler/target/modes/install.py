"""Install or upgrade: look at the machine, plan, and carry it out; or say that it is done already."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import DONE, REBOOT, of_problems
from ..layout import release_of
from ..state.additions import additions
from ..state.believed_files import must_be_startable
from ..state.formats import read_or_none
from ..state.inventory import read_inventory
from ..state.receipt import State
from ..state.trusted_folders import temporary_folder
from ..steps.admin_rights import admin_reasons, lacking_rights
from ..steps.child_processes import cleaned
from ..steps.commit import CommitStep
from ..steps.data_files import DataFilesStep, changes, new_defaults
from ..steps.edited_files import edited_before
from ..steps.grant_rights import RightsStep
from ..steps.grant_rights import in_the_way as rights_in_the_way
from ..steps.prerequisites import missing
from ..steps.present_runtime import find_python
from ..steps.service_faults import STOPPED, RestoreServicesStep, compare
from ..steps.service_health import asked_here
from ..steps.site_places import unfit_values
from ..steps.switch import SwitchStep
from ..steps.switch_services import CreateServicesStep, ports_in_the_way, services_of
from .access import rights_to_change
from .adding import adopt_additions, take_wheels
from .change_settings import change_kept, change_settings, settings_for
from .freshness import staleness
from .plan import make_plan
from .preflight import Preflight, busy
from .signatures import unsigned
from .site import values_of
from .transaction import carry_out, intention_of, planning_context, show_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..state.site_values import SiteValues
    from ..steps.base import Step
    from .run import Run

_SHOWN, _SHOWN_OWNERS = 10, 30
_EDITED = "Files of %s were edited by hand, and this release has its own instead: %s"


def install(run):
    # type: (Run) -> int
    took, locked = run.took(), run.lock()
    run.settle(locked)
    if run.kept:
        return change_kept(run, run.stands(run.layout), locked)
    adopt_additions(run)
    return _install(run, took, locked)


def add(run):
    # type: (Run) -> int
    """The release in use and wheels that no bundle brought: a release of its own."""
    took = run.took()
    run.must_lock()
    run.settle(locked=True)
    take_wheels(run)
    return _install(run, took, locked=True)


def _install(run, took, locked):
    # type: (Run, float, bool) -> int
    manifest, layout = run.bundle.manifest, run.layout
    state = run.state(layout)
    _must_have_rights(run, state)
    values = values_of(run, state, manifest)
    done = state.is_done(manifest.bundle.release, run.bundle.manifest_sha256)
    if not (locked and done) or missing(run.host, manifest):
        return _switch_to(run, state, values, locked, took)
    run.layout = layout.of(state.pointer or "")
    if values.changed:
        return change_settings(run, state, values.values)
    services = compare(run.host, run.layout, _stopped(state))
    if not services.faults:
        return _nothing_to_do(run, state, took)
    return _restore_services(run, state, values, services.faults)


def _switch_to(run, state, values, locked, took):
    # type: (Run, State, SiteValues, bool, float) -> int
    """The bundle's release, which is made unless it is there."""
    host, console, manifest, layout = run.host, run.console, run.bundle.manifest, run.layout
    if state.release_complete:  # it is checked again
        must_be_startable(host, layout.release)
    problems, environ = [] if locked else [busy(layout)], cleaned(host, temporary_folder(host))
    problems += unsigned(run, state) + staleness(run, state)
    if layout.present_runtime and not state.release_complete:
        found = find_python(host, manifest, layout, environ)
        problems += found.problems
        run.layout = layout = layout.using(found.directory) if found.directory else layout
    findings = Preflight(manifest, layout, state, host, environ, run.options.trust_data).run()
    problems += findings.problems
    findings.unguarded += [each for each in state.guarded_before if each not in findings.unguarded]
    later = None
    if state.release_complete:
        layout, later = settings_for(layout, state, values.values, manifest)
        run.layout = layout
    context = planning_context(run, layout, values.values)
    problems += unfit_values(context) + ports_in_the_way(context)
    problems = problems or rights_in_the_way(context, findings.unguarded)
    refilled = DataFilesStep(beside=True) if changes(context) or new_defaults(context) else None
    steps = make_plan(context, findings, later, refilled)
    left = _left_behind(run, state)
    say_taken(run, findings.taken)
    if run.options.plan:
        console.line(left) if left else None
        return show_plan(run, values.values, steps, problems)
    if problems:
        raise of_problems(problems)
    total = len(steps) + 2
    console.done("[1/%d] %s" % (total, run.verified), took)
    console.done("[2/%d] Checked this machine" % total, run.took() - took)
    run.report.step("check-machine", "Checked this machine", run.took() - took)
    intention = intention_of(run, "install", layout, layout.id, state.pointer)
    context = carry_out(run, layout, values.values, intention, steps, first=3)
    console.line()
    if left:
        console.line(left)
        run.log.write(left)
    console.line("Done in %.1f s. Its programs are in %s" % (run.took(), layout.shims))
    _say_stopped(run, _stopped(state))
    note = asked_here(each for each in services_of(context) if each.name not in _stopped(state))
    if note:
        console.line(note)
        run.log.write(note)
    if context.reboot:
        console.line("Restart this machine to finish the installation.")
        return REBOOT
    return DONE


def _must_have_rights(run, state):
    # type: (Run, State) -> None
    """Before a person is asked for values, and again by the run that has the rights; all others are told all problems at once."""
    host, manifest, layout = run.host, run.bundle.manifest, run.layout
    if run.options.plan or run.options.quiet or not host.operator.interactive() or host.rights.is_admin():
        return
    in_use = release_of(state.pointer) == layout.release_id
    reasons = admin_reasons(manifest, missing(host, manifest), os.path.isdir(layout.runtime), in_use)
    problems = [] if in_use else lacking_rights(host, reasons)
    if problems:
        raise of_problems(problems)


def _left_behind(run, state):
    # type: (Run, State) -> str
    """What somebody has added to the release in use: the next one won't have it."""
    if state.pointer is None or release_of(state.pointer) == run.layout.release_id:
        return ""
    before = run.layout.of(state.pointer or "")
    inventory = read_or_none(read_inventory, before)
    found = additions(run.host, before, inventory) if inventory is not None else []
    edited = edited_before(before, run.bundle)
    if not found:
        return _EDITED % (before.id, ", ".join(edited)) if edited else ""
    shown = ", ".join(found[:_SHOWN]) + (", and %d more" % (len(found) - _SHOWN) if len(found) > _SHOWN else "")
    shown += ". " + _EDITED % (before.id, ", ".join(edited)) if edited else ""
    return "%s has what no bundle brought, and this release doesn't have it: %s" % (before.id, shown)


def say_taken(run, taken):
    # type: (Run, Sequence[str]) -> None
    """Whose the data folder is, and what is in it, before it is taken over."""
    for each in taken:
        run.log.write("/trust-data: %s" % each)
    if taken:
        run.console.line("%s is taken over as it is, with what others put there or may have changed:" % run.layout.data)
        shown = list(taken[:_SHOWN_OWNERS])
        if len(taken) > _SHOWN_OWNERS:
            shown.append("and %d more, which the log has" % (len(taken) - _SHOWN_OWNERS))
        for each in shown:
            run.console.line("  - " + each)


def _stopped(state):
    # type: (State) -> list[str]
    return state.receipt.stopped if state.receipt is not None else []


def _say_stopped(run, stopped):
    # type: (Run, list[str]) -> None
    for each in stopped:
        state = run.host.services.state(each)
        if state is not None and state.status == "stopped":
            run.console.line("The service %s %s." % (each, STOPPED))


def _nothing_to_do(run, state, took):
    # type: (Run, State, float) -> int
    run.console.done(run.verified, took)
    run.console.line("This release is installed and in use already: nothing to do.")
    _say_stopped(run, _stopped(state))
    run.log.write("nothing to do in %s" % run.layout.environment)
    return DONE


def _restore_services(run, state, values, faults):
    # type: (Run, State, SiteValues, list[str]) -> int
    """Of a release that is in use: nothing else of it is looked at."""
    run.console.line("This release is installed and in use already, but:")
    for each in faults:
        run.console.line("- %s" % each)
    layout, services = run.layout, RestoreServicesStep(reset=False)
    must_be_startable(run.host, layout.release)
    steps = [CreateServicesStep(), RightsStep(), services, SwitchStep(), CommitStep()]  # type: list[Step]
    problems = rights_to_change(run.host, layout, state.receipt) if state.receipt is not None else []
    problems += ports_in_the_way(planning_context(run, layout, values.values))
    if run.options.plan:
        return show_plan(run, values.values, steps, problems)
    if problems:
        raise of_problems(problems)
    carry_out(run, layout, values.values, intention_of(run, "repair", layout, layout.id, layout.id), steps)
    for line in services.restored:
        run.console.line("  - put right: %s" % line)
    run.console.line("Done in %.1f s." % run.took())
    return DONE
