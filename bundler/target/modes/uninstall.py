"""Remove what was installed. The pointer goes first: from then on nothing is in use, and the rest can be finished at any time."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import counted
from ..errors import DONE, FAILED, REBOOT, InstallError, of_problems
from ..state.kept_data import kept_quarantine
from ..state.kept_programs import kept_programs
from ..state.neighbours import using
from ..state.places import is_below
from ..state.receipt import write_pointer
from ..state.release_commands import UNDO, recorded
from ..state.releases import listed_settings, unwanted
from ..state.runtime_claims import others
from ..state.seen_bundles import file_of
from ..steps.access_rights import named
from ..steps.base import Step
from ..steps.logon_rights import LOGON, to_be_taken
from ..steps.post_install_commands import Commands
from ..steps.record_release import is_byte_code
from ..steps.runtime_removal import AT_RESTART
from ..steps.service_control import own_services, processes_of, running_services, stop
from ..steps.undo_releases import PointerMoved
from ..steps.undo_services import ServiceStopped
from .access import in_use, rights_to_change
from .recovery import findings
from .removal import finish_uninstall, forget_what_is_gone, left_data, purge_left, purged, takes_data
from .transaction import carry_out, intention_of, show_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..state.receipt import Receipt
    from ..steps.context import Context
    from .run import Run

_UNKNOWN = (
    ": nothing says that a bundle made it, or what is in it. Look at it, and remove it yourself if nobody needs it"
)
_NOT_MADE = ": what else is in it was not made by this bundle"
_LINK = ": it is a link to %s, or a volume is mounted there, and only what a bundle put there is removed"
_MAY_GO = ": /uninstall /purge removes what a bundle put there"
_QUARANTINE = ": what was moved out of releases, or had been edited there. Look at it; /uninstall /purge removes it"
_PAUSES = (0.2, 0.5, 1, 2, 0)


def uninstall(run):
    # type: (Run) -> int
    run.must_lock()
    run.settle(locked=True)
    state = run.stands(run.layout)
    receipt = state.receipt
    if receipt is None:
        return _nothing_installed(run)
    if receipt.name != run.bundle.manifest.bundle.name:
        raise InstallError(FAILED, "%s belongs to the bundle %s" % (run.layout.environment, receipt.name))
    if state.pointer is not None:
        recorded(
            run.layout.of(state.pointer).release
        )  # what can't be read stops here, and not after the point of no return
    problems = rights_to_change(run.host, run.layout, receipt)
    ours = own_services(run.host, run.layout, receipt)
    for each in receipt.services:
        if each not in ours:
            run.console.line("The service %s starts another program now: it is left alone." % each)
    running = running_services(run.host, run.layout, receipt)
    own = processes_of(run.host, running) if running else None  # they are stopped first
    run.console.phase("Looking for programs that use its files")
    held = run.host.programs.users(files_of(run, receipt))
    problems += in_use(held, own)
    steps = [RemoveStep(run, receipt, [path for path, _ in held])]  # type: list[Step]
    if run.options.plan:
        return show_plan(run, {}, steps, problems)
    if problems:
        raise of_problems(problems)
    intention = intention_of(run, "uninstall", run.layout, None, state.pointer)
    carry_out(run, run.layout, {}, intention, steps)
    data = run.layout.data
    if data is not None and os.path.isdir(data):
        run.console.line("%s is kept%s." % (data, _why_kept(run, _NOT_MADE) if run.options.purge else ""))
    if os.path.isdir(run.layout.quarantine):
        run.console.line("%s is kept%s." % (run.layout.quarantine, _QUARANTINE))
    for each in _seen_file(run):
        run.console.line("%s is kept: it says how new a bundle of this name was in use here." % each)
    _must_be_all(run)
    run.console.line("Uninstalled in %.1f s." % run.took())
    if run.reboot:
        run.console.line("Restart this machine to finish the removal.")
        return REBOOT
    return DONE


def _nothing_installed(run):
    # type: (Run) -> int
    """What an earlier uninstallation kept may go now."""
    data, nothing = run.layout.data, "Nothing is installed in %s" % run.layout.environment
    paths, folders = left_data(run) if run.options.purge else ([], [])
    if not paths:
        run.console.line("%s: nothing to do." % nothing)
    elif run.options.plan:
        run.console.line("%s. Would do this:" % nothing)
        for each in paths:
            text = "remove %s%s" % (each, " with everything in it" if os.path.isdir(each) else "")
            run.console.line("  - " + text)
            run.report.plan(RemoveStep.id, text)
    if run.options.plan:
        run.console.line("Nothing was changed.")
        return DONE
    if paths:
        run.console.phase("Looking for programs that use its files")
        problems = in_use(run.host.programs.users([each for path in paths for each in _files_in(run, path)]))
        if problems:
            raise of_problems(problems)
        purge_left(run, paths, folders)
        run.console.line("%s; removed %s." % (nothing, ", ".join(paths)))
    if run.options.purge:
        forget_what_is_gone(run)
    run.host.files.remove_empty(run.layout.environment)  # of a run that was killed as its first act
    _must_be_all(run)
    if data is not None and os.path.isdir(data):
        run.console.line("%s is kept%s." % (data, _why_kept(run, _UNKNOWN) if run.options.purge else _MAY_GO))
    if os.path.isdir(run.layout.quarantine):
        known = kept_quarantine(run.host, run.layout, run.bundle.manifest.bundle.name) is not None
        run.console.line("%s is kept%s." % (run.layout.quarantine, _QUARANTINE if known else _UNKNOWN))
    return DONE


def _why_kept(run, otherwise):
    # type: (Run, str) -> str
    """Why a purge leaves the data folder; ``otherwise``: where no other installation is the reason."""
    data = run.layout.data
    if data is not None and run.host.files.is_link(data):
        return _LINK % run.host.files.behind_links(data)
    needed = using(run.host, run.layout, data)
    return ": %s needs it" % ", ".join(needed) if needed else otherwise


def _seen_file(run):
    # type: (Run) -> list[str]
    path = file_of(run.host, run.bundle.manifest.bundle.name)
    return [path] if os.path.isfile(path) else []


def _must_be_all(run):
    # type: (Run) -> None
    """What couldn't be taken back stays on this machine, and so does the list of it."""
    left = findings(run)
    if run.after_restart:
        words = "%s is there until this machine restarts. The next run of bootstrap.bat looks at it again: run /uninstall once more then."
        run.console.line(words % ", ".join(run.after_restart))
        left = [each for each in left if not each.endswith(AT_RESTART)]
    if left:
        shown = ["- " + each for each in left] + [
            "Run the bundle's bootstrap.bat /uninstall again once that can be done."
        ]
        raise InstallError(FAILED, "Nothing is in use any more, but this is left:", shown)


def files_of(run, receipt):
    # type: (Run, Receipt) -> list[str]
    """Every file that is to be removed."""
    layout = run.layout
    folders = [os.path.join(layout.releases, each) for each in unwanted(layout, receipt, [])]
    folders += [layout.of(each).settings for each in listed_settings(layout)]
    folders += [layout.kept(each) for each in kept_programs(layout)]
    if run.options.purge:
        folders += purged(run, receipt)
    paths = [os.path.join(layout.shims, each) for each in receipt.shims]
    paths = [each for each in paths + [layout.pointer, layout.receipt] if os.path.isfile(each)]
    for folder in folders:
        if not run.runs_from(folder):
            paths += _files_in(run, folder)
    return paths


def _files_in(run, path):
    # type: (Run, str) -> list[str]
    """Of a folder what lies in it, else the file itself. Byte code isn't among it: Python reads it as a whole and has it closed when it runs."""
    if run.host.files.is_link(path) or not os.path.isdir(path):
        return [path] if os.path.isfile(path) else []
    return [each for each in run.host.files.walk(path) if not is_byte_code(each)]


class RemoveStep(Step):
    id = "remove"

    def __init__(self, run, receipt, held):
        # type: (Run, Receipt, list[str]) -> None
        """``held``: files that programs use; if they aren't those of its services, nothing is removed."""
        self._run = run
        self._receipt = receipt
        self._held = held

    def describe(self, context):
        # type: (Context) -> list[str]
        layout, receipt = context.layout, self._receipt
        lines = ["take %s out of use" % context.state.pointer] if context.state.pointer else []
        if context.state.pointer:
            commands = Commands(context.host, context.log, layout.of(context.state.pointer).settings)
            lines += ["run %s" % commands.shown(UNDO, i) for i in commands.undone]
        lines += ["remove it from the list of installed programs"] if receipt.registered else []
        lines += ["stop and remove the service %s" % each for each in own_services(context.host, layout, receipt)]
        for path, sid in [each[:2] for each in receipt.grants if each[1]]:
            words = (named(context.host, sid, receipt.services), path)
            had = receipt.rights_on(path, sid)[1]
            lines.append(
                "take the right of %s on %s back" % words + (", but for what it had there before" if had else "")
            )
        gone, kept = to_be_taken(context.host, receipt, [], receipt.services) if receipt.logons else ([], [])
        names = [context.host.rights.account_name(each) or each for each in gone]
        lines += ["take the right of %s to %s back" % (each, LOGON) for each in names] + kept
        lines += ["remove %s" % os.path.join(layout.shims, each) for each in receipt.shims]
        lines += ["remove the settings %s" % layout.of(each).settings for each in listed_settings(layout)]
        lines += ["remove the release %s" % os.path.join(layout.releases, each) for each in receipt.releases]
        for runtime in receipt.runtimes:
            needed = others(runtime, layout.environment)
            why = ": %s needs it" % needed[0] if needed else ""
            lines.append(("keep the Python in %s" if needed else "uninstall the Python in %s") % runtime + why)
        lines += ["keep %s, which was installed too" % each for each in receipt.prerequisites]
        lines += ["keep %s, by which an older bundle is known" % each for each in _seen_file(self._run)]
        return lines + self._describe_data(layout)

    def _describe_data(self, layout):
        # type: (Layout) -> list[str]
        data = layout.data
        if data is None or not os.path.isdir(data):
            return ["remove %s, if nothing else is in it" % layout.environment]
        if not self._run.options.purge:
            return ["keep %s as it is" % data, "remove %s, if nothing else is in it" % layout.environment]
        if takes_data(self._run, self._receipt.folders):
            return ["remove %s with everything in it" % data, "remove %s" % layout.environment]
        return ["remove %s" % each for each in self._receipt.files if is_below(each, data)] + [
            "keep what else is in %s" % data
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Removing"

    def run(self, context):
        # type: (Context) -> str
        layout = context.layout
        context.journal.intend(self._receipt)
        running = running_services(context.host, context.layout, self._receipt)
        context.journal.undo(*[ServiceStopped(each) for each in running])
        if running:
            self._run.console.phase("Stopping %s" % counted(len(running), "service"))
        stop(context.host, running, context.log)
        if running:
            self._must_be_free(context)
        context.journal.undo(PointerMoved(layout.pointer, context.state.pointer))
        write_pointer(context.host, layout.pointer, None)
        context.journal.commit()
        finish_uninstall(self._run, self._receipt, self._run.options.purge)
        return "Removed %s" % counted(len(self._receipt.releases), "release")

    def _must_be_free(self, context):
        # type: (Context) -> None
        """What services held nobody holds any more; who holds it is not always known before they are stopped."""
        for pause in _PAUSES:
            problems = in_use(context.host.programs.users(self._held))
            if not problems:
                return
            # a process ends a moment after its service, and a virus scanner looks at what has been used
            context.host.clock.sleep(pause)
        lines = ["- " + each.text for each in problems]
        raise InstallError(FAILED, "Files are in use although the services have stopped:", lines)
