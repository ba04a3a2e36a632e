"""Install or upgrade: look at the machine, plan, and carry it out; or say that it is done already."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import BAD_ARGUMENTS, DONE, REBOOT, Problem, of_problems
from ..state.additions import additions
from ..state.believed_files import must_be_startable
from ..state.formats import read_or_none
from ..state.inventory import read_inventory
from ..state.receipt import State
from ..state.site_values import SITE_TOML, collect, given, read_stored, would_ask
from ..state.trusted_folders import must_be_trusted, reasons_against
from ..steps.admin_rights import admin_reasons, lacking_rights
from ..steps.child_processes import cleaned
from ..steps.commit import CommitStep
from ..steps.grant_rights import RightsStep
from ..steps.prerequisites import missing
from ..steps.present_runtime import find_python
from ..steps.service_faults import STOPPED, RestoreServicesStep, compare
from ..steps.service_health import asked_here
from ..steps.switch import SwitchStep
from ..steps.switch_services import CreateServicesStep, ports_in_the_way, services_of
from .access import rights_to_change
from .adding import adopt_additions, take_wheels
from .plan import make_plan
from .preflight import Preflight, busy
from .transaction import carry_out, intention_of, planning_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..state.site_values import SiteValues
    from ..steps.base import Step
    from .run import Run

_SHOWN, _SHOWN_OWNERS = 10, 30


def install(run):
    # type: (Run) -> int
    took, locked = run.took(), run.lock()
    run.settle(locked)
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
    host, console, manifest, layout = run.host, run.console, run.bundle.manifest, run.layout
    state = State(layout)
    _must_have_rights(run, state)
    values = _values(run, state)
    done = state.is_done(manifest.bundle.release, run.bundle.manifest_sha256)
    if locked and done and not missing(host, manifest):
        services = compare(host, layout, _stopped(state))
        if values.changed or not services.faults:
            return _nothing_to_do(run, state, values, took)
        return _restore_services(run, state, values, services.faults)
    if state.release_complete:  # it is checked again
        must_be_startable(host, layout.release)
    problems, environ = [] if locked else [busy(layout)], cleaned(host, host.environment.temporary())
    if layout.present_runtime and not state.release_complete:
        found = find_python(host, manifest, layout, environ)
        problems += found.problems
        run.layout = layout = layout.using(found.directory) if found.directory else layout
    findings = Preflight(manifest, layout, state, host, environ, run.options.trust_data).run()
    problems += findings.problems + _changed(values, state)
    problems += ports_in_the_way(planning_context(run, layout, values.values))
    steps = make_plan(manifest, layout, state, findings)
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
    in_use = state.pointer == layout.id
    reasons = admin_reasons(manifest, missing(host, manifest), os.path.isdir(layout.runtime), in_use)
    problems = [] if in_use else lacking_rights(host, reasons)
    if problems:
        raise of_problems(problems)


def _left_behind(run, state):
    # type: (Run, State) -> str
    """What somebody has added to the release in use: the next one won't have it."""
    if state.pointer in (None, run.layout.id):
        return ""
    before = run.layout.of(state.pointer or "")
    inventory = read_or_none(read_inventory, before)
    found = additions(run.host, before, inventory) if inventory is not None else []
    if not found:
        return ""
    shown = ", ".join(found[:_SHOWN]) + (", and %d more" % (len(found) - _SHOWN) if len(found) > _SHOWN else "")
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


def show_plan(run, values, steps, problems):
    # type: (Run, dict[str, str], list[Step], list[Problem]) -> int
    context = planning_context(run, run.layout, values)
    run.console.line("Would do this:")
    for step in steps:
        for line in step.describe(context):
            run.console.line("  - " + run.log.mask(line))
            run.report.plan(step.id, line)
            run.log.write("would " + line)
    if problems:
        raise of_problems(problems)
    run.console.line("Nothing was changed.")
    return DONE


def _values(run, state):
    # type: (Run, State) -> SiteValues
    """A complete release has the values that it was made with."""
    host, manifest = run.host, run.bundle.manifest
    ask = None
    if host.operator.interactive() and not run.options.quiet:
        ask = would_ask if run.options.plan else host.operator.ask
    path = _stored(run, state)
    _say_site_toml(run)
    told = given(manifest, run.options, ask)
    values = collect(manifest, path, read_stored(path), run.folder, told, ask)
    for each in manifest.site:
        if each.secret:
            run.log.keep_secret(values.values[each.name])
    for name in sorted(values.values):
        run.log.write("site value %s = %s (from %s)" % (name, values.values[name], values.sources[name]))
    return values


def _stored(run, state):
    # type: (Run, State) -> str
    """The file of values that were given before. Those that an uninstallation kept lie where others may write: they are asked about first."""
    layout = run.layout
    if state.release_complete and os.path.isfile(layout.own_site):
        return layout.own_site
    if os.path.isfile(layout.site):
        return layout.site
    if state.pointer is not None and os.path.isfile(layout.of(state.pointer).own_site):
        return layout.of(state.pointer).own_site
    if layout.kept_site is not None and os.path.isfile(layout.kept_site):
        against = reasons_against(run.host, layout.kept_site)
        if not against:
            return layout.kept_site
        words = ["The values in %s aren't taken: others may have changed them" % layout.kept_site]
        run.console.error("\n".join(words + ["- " + each for each in against]))
    return layout.site


def _say_site_toml(run):
    # type: (Run) -> None
    """Raises InstallError (1625) where an administrator's run would take the values of somebody else."""
    path = os.path.join(run.folder, SITE_TOML)
    if os.path.isfile(path):
        must_be_trusted(run.host, path)
        run.console.line("Site values are read from %s" % path)


def _stopped(state):
    # type: (State) -> list[str]
    return state.receipt.stopped if state.receipt is not None else []


def _say_stopped(run, stopped):
    # type: (Run, list[str]) -> None
    for each in stopped:
        state = run.host.services.state(each)
        if state is not None and state.status == "stopped":
            run.console.line("The service %s %s." % (each, STOPPED))


def _nothing_to_do(run, state, values, took):
    # type: (Run, State, SiteValues, float) -> int
    if values.changed:
        raise of_problems(_unchanged(values))
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


def _changed(values, state):
    # type: (SiteValues, State) -> list[Problem]
    return _unchanged(values) if state.release_complete and values.changed else []


def _unchanged(values):
    # type: (SiteValues) -> list[Problem]
    """A release's files hold the values that it was made with, and a release is never edited after."""
    text = "the site values %s are stored with another value; changing one needs a new release of the bundle"
    return [Problem(BAD_ARGUMENTS, text % ", ".join(values.changed))]
