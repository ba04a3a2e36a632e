"""Removing what the receipt records, and nothing else; folders only when they are empty. May be done twice, like all that is finished."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text, to_text
from ..errors import FAILED, InstallError
from ..state.build_landmark import folder_beside
from ..state.formats import unreadable_ones
from ..state.kept_data import forget, kept_data, kept_quarantine, remember
from ..state.kept_programs import discard_program, kept_programs
from ..state.leftovers import Left, add_leftovers, read_leftovers, write_leftovers
from ..state.neighbours import using
from ..state.places import is_below
from ..state.receipt import Receipt
from ..state.releases import discard_release, listed_settings, unwanted
from ..state.runtime_claims import claim_file, others
from ..state.site_values import kept_or_none, read_stored, store
from ..state.trusted_folders import must_lead_here
from ..state.uninstall_entry import key_of
from ..steps.finish_services import remove_services
from ..steps.kept_program import discard_starter
from ..steps.logon_rights import to_be_taken
from ..steps.post_install_commands import Commands
from ..steps.runtime_removal import AT_RESTART, RuntimeRemoval
from ..steps.undo import take_back
from ..steps.undo_files import FolderMade
from ..steps.undo_rights import LogonGiven, RightAdded
from ..steps.undo_runtimes import RuntimeLeft

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..steps.undo_action import Action
    from .run import Run

_SHOWN = 10
_AGAIN = "Run /uninstall again when nothing uses them any more."


def finish_uninstall(run, receipt, purge):
    # type: (Run, Receipt, bool) -> None
    """Raises InstallError (1603) with what couldn't be removed; then the journal stays, and the next run goes on from there."""
    host, layout = run.host, run.layout
    if receipt.registered:
        host.registry.unregister(receipt.registered, key_of(layout.environment))
    run.console.doing("Removing services and launchers")
    left, restart = remove_services(host, layout, receipt, run.log)
    run.reboot = run.reboot or restart
    if receipt.current is not None:
        _take_back_commands(run, layout.of(receipt.current).settings)
    own = [each for each in (layout.environment, layout.data) if each is not None]
    elsewhere = [each for each in receipt.grants if not any(is_below(each[0], folder) for folder in own)]
    _take_back_rights(run, receipt, elsewhere)  # while the releases are there that say who gave them
    for name in receipt.shims:
        left += host.files.discard(os.path.join(layout.shims, name))
    if os.path.isdir(layout.shims):
        for name in [to_text(each) for each in os.listdir(layout.shims)]:
            if name.endswith(".old"):
                left += host.files.discard(os.path.join(layout.shims, name))
    for name in unwanted(layout, receipt, []):
        run.console.phase("Removing %s" % name)
        left += discard_release(host, os.path.join(layout.releases, name), run.console.counting("Removing %s" % name))
    for name in listed_settings(layout):
        left += host.files.discard(os.path.join(layout.all_settings, name))
    for name in kept_programs(layout):
        if not run.runs_from(layout.kept(name)):
            what = "Removing the copy of the program in %s" % layout.kept(name)
            left += discard_program(host, layout.kept(name), run.console.counting(what))
    run.console.doing("Removing what is left")
    left += _site_and_data(run, receipt, purge)
    _take_back_rights(run, receipt, [each for each in receipt.grants if each not in elsewhere])
    _take_back_logons(run, receipt)
    _leave_runtimes(run, receipt)
    if left:
        more = ["- and %d more" % (len(left) - _SHOWN)] if len(left) > _SHOWN else []
        shown = ["- " + each for each in left[:_SHOWN]] + more + [_AGAIN]
        raise InstallError(FAILED, "It is no longer in use, but this couldn't be removed yet:", shown)
    _remember_data(run, receipt, purge)
    _last(run, receipt)
    forget_what_is_gone(run)


def _remember_data(run, receipt, purge):
    # type: (Run, Receipt, bool) -> None
    """What stays is known to a later /purge, and to the next installation."""
    data, quarantine = run.layout.data, run.layout.quarantine
    kept = []  # type: list[str]
    if data is not None and os.path.isdir(data) and (not purge or using(run.host, run.layout, data)):
        kept.append(data)
    kept += [quarantine] if os.path.isdir(quarantine) else []
    try:
        if kept:
            remember(run.host, run.layout, receipt)
        else:
            forget(run.host, run.layout)
    except EnvironmentError as error:
        text = "That %s stays can't be remembered (%s): /uninstall /purge will leave it"
        run.console.error(text % (" and ".join(kept) or data, error_text(error)))


def forget_what_is_gone(run):
    # type: (Run) -> None
    """An empty data folder goes with the rest, or somebody removes it later: nothing of it is left to a /purge then."""
    data, name = run.layout.data, run.bundle.manifest.bundle.name
    if data is not None and os.path.isdir(data):
        return
    try:
        if kept_quarantine(run.host, run.layout, name) is not None:
            remember(run.host, run.layout, Receipt(name))
        else:
            forget(run.host, run.layout)
    except EnvironmentError as error:
        run.log.write("The note about %s can't be removed: %s" % (data or run.layout.quarantine, error_text(error)))


def _take_back_commands(run, folder):
    # type: (Run, str) -> None
    """What the release did to the machine; what of that can't be taken back is reported, and keeps nothing installed."""
    for each in Commands(run.host, run.log, folder).take_back():
        run.console.error(run.log.mask(each))


def _take_back_rights(run, receipt, grants):
    # type: (Run, Receipt, list[list[str]]) -> None
    """Where that can't be done, the uninstallation ends all the same; what goes anyway needs no second try."""
    inside = run.layout.environment + os.sep
    places = []  # type: list[tuple[str, str]]
    for path, sid, _ in grants:
        places += [(path, sid)] if sid and (path, sid) not in places else []
    actions = [RightAdded(path, sid, *receipt.rights_on(path, sid)) for path, sid in reversed(places)]  # type: list[Action]
    left = take_back(actions, run.host, run.log)
    stays = [each for each in left if not (each.action[1] + os.sep).startswith(inside)]
    add_leftovers(run.host, run.layout, receipt.name, stays)


def _take_back_logons(run, receipt):
    # type: (Run, Receipt) -> None
    gone, words = to_be_taken(run.host, receipt, [], receipt.services) if receipt.logons else ([], [])
    for each in words:
        run.console.line("%s." % each)
    add_leftovers(run.host, run.layout, receipt.name, take_back([LogonGiven(sid) for sid in gone], run.host, run.log))


def _site_and_data(run, receipt, purge):
    # type: (Run, Receipt, bool) -> list[str]
    host, layout = run.host, run.layout
    left = []  # type: list[str]
    if purge:
        for path in purged(run, receipt) + [layout.quarantine]:
            left += _discard(run, path)
    elif layout.kept_site is not None and os.path.isfile(layout.site):
        _keep_site(run, layout.kept_site)
    left += host.files.discard(layout.site)
    if os.path.isdir(layout.logs):
        for name in [to_text(each) for each in os.listdir(layout.logs)]:
            if name.startswith(receipt.name + "-") and name.endswith(".log"):
                left += host.files.discard(os.path.join(layout.logs, name))
    return left


def _discard(run, path):
    # type: (Run, str) -> list[str]
    """What data a folder holds nobody knows: it may take long."""
    if not os.path.isdir(path):
        return run.host.files.discard(path)
    run.console.phase("Removing %s" % path)
    return run.host.files.discard(path, run.console.counting("Removing %s" % path))


def _keep_site(run, place):
    # type: (Run, str) -> None
    """The values wait for the next installation where the data does; without them it goes on all the same."""
    try:
        must_lead_here(run.host, place)
        run.host.files.discard(place)
        store(run.host, place, read_stored(run.layout.site))
    except (EnvironmentError, InstallError) as error:
        why = error.message if isinstance(error, InstallError) else error_text(error)
        run.console.error("The site values can't be kept in %s: %s" % (place, why))


def purged(run, receipt):
    # type: (Run, Receipt) -> list[str]
    """The data folder if a bundle made it, else what a bundle put there: what else is in it is somebody's. Never another folder, whatever
    is recorded, and wherever a link in it leads.
    """
    layout = run.layout
    if layout.data is None:
        return []
    if takes_data(run, receipt.folders):
        return [layout.data]
    files = [each for each in receipt.files if is_below(each, layout.data)] + [layout.kept_site or layout.site]
    return [each for each in files if run.belongings.changes.has_file(each)]


def takes_data(run, folders):
    # type: (Run, list[str]) -> bool
    """Whether a purge removes the whole data folder: a bundle made it, one of these ``folders``, and no other installation has its own in it. Of
    one that leads elsewhere by now, or in which a volume is mounted, only that would go, and everything else would stay.
    """
    layout = run.layout
    if layout.data not in folders or run.host.files.is_link(layout.data):
        return False
    return not using(run.host, layout, layout.data)


def left_data(run):
    # type: (Run) -> tuple[list[str], list[str]]
    """Once nothing is installed any more: what an uninstallation left that a purge removes, and the folders that then go if they are empty."""
    quarantine = kept_quarantine(run.host, run.layout, run.bundle.manifest.bundle.name)
    paths, folders = _left_in_data(run)
    return paths + ([quarantine] if quarantine is not None else []), folders


def _left_in_data(run):
    # type: (Run) -> tuple[list[str], list[str]]
    data, kept = run.layout.data, run.layout.kept_site
    if data is None or kept is None or not os.path.isdir(data):
        return [], []
    found, changes = kept_data(run.host, run.layout, run.bundle.manifest.bundle.name), run.belongings.changes
    if found is None:
        return [kept] if kept_or_none(run.host, run.layout) else [], []
    folders = [each for each in found.folders if changes.has_folder(each)]
    if takes_data(run, folders):
        return [data], folders
    files = [each for each in found.files if changes.has_file(each)]
    return [each for each in files + [kept] if os.path.lexists(each)], folders


def purge_left(run, paths, folders):
    # type: (Run, list[str], list[str]) -> None
    """Raises InstallError (1603) with what couldn't be removed: what is remembered stays then."""
    left = []  # type: list[str]
    for path in paths:
        must_lead_here(run.host, path)
        left += _discard(run, path)
    if left:
        raise InstallError(FAILED, "This couldn't be removed yet:", ["- " + each for each in left[:_SHOWN]] + [_AGAIN])
    for each in sorted(folders, key=len, reverse=True):
        run.host.files.remove_empty(each)
    forget(run.host, run.layout)


def _leave_runtimes(run, receipt):
    # type: (Run, Receipt) -> None
    """Uninstall the Pythons that a bundle installed, if this was the last environment that needed them; what stays is left to later runs."""
    environment = run.layout.environment
    for runtime in receipt.runtimes:
        if not run.belongings.changes.has_runtime(runtime):
            run.log.write("%s is kept: it isn't known to be a Python of this installation" % runtime)
            continue
        needed = others(runtime, environment)
        if needed:
            run.host.files.unlink(claim_file(runtime, environment))
            run.console.line("The Python in %s is kept: %s needs it." % (runtime, needed[0]))
            continue
        removal = RuntimeRemoval(run.host, run.log, run.console)
        try:
            removal.remove(runtime, environment)
            why = AT_RESTART if removal.is_left else None
        except (EnvironmentError, InstallError) as error:
            why = run.log.mask(error.message if isinstance(error, InstallError) else error_text(error))
        if why is not None:
            left = Left(RuntimeLeft(runtime, environment).encode(), why)
            add_leftovers(run.host, run.layout, receipt.name, [left])
        if removal.is_left:
            run.after_restart.append(runtime)
        run.reboot = run.reboot or removal.reboot
        for each in removal.notes:
            run.console.line(each)


def _last(run, receipt):
    # type: (Run, Receipt) -> None
    """The receipt, the journal, the folders; the folder that this program itself runs from goes after its end."""
    host, layout = run.host, run.layout
    recorded = [each for each in receipt.folders if run.belongings.changes.has_folder(each)]
    needed = [folder_beside(each) for each in receipt.runtimes if os.path.isfile(host.paths.runtime_python(each))]
    recorded = [each for each in recorded if each not in needed]
    made = {layout.shims, layout.releases, layout.all_settings, layout.keeping, layout.logs} | set(recorded)
    folders = sorted(made, key=len, reverse=True)  # each before the one that it lies in
    left = read_leftovers(layout)
    if left:  # and the folder that holds the list of them
        # those that a site value named are removed below, if ever: what named them is gone when the next run looks
        own = [each for each in (layout.environment, layout.data) if each is not None]
        kept = [each for each in folders if any(is_below(each, one) or is_below(one, each) for one in own)]
        there = [Left(FolderMade(each).encode(), None) for each in reversed(kept) if os.path.isdir(each)]
        write_leftovers(host, layout, receipt.name, there + [each for each in left if each not in there])
    written = [layout.journal, layout.leftovers, layout.receipt]
    written_anew = written + [layout.pointer, layout.site]
    for path in unreadable_ones(written_anew) + [each + ".new" for each in written_anew]:
        host.files.discard(path)  # the latter is left of a run that was killed while it wrote
    discard_starter(host, layout)
    for path in (layout.pointer, layout.receipt, layout.journal):  # whoever finds no journal finds empty folders
        host.files.unlink(path)
    for each in folders:
        host.files.remove_empty(each)
    if run.runs_from(layout.keeping):
        host.files.remove_after_exit(run.folder, [each for each in folders if os.path.isdir(each)])
