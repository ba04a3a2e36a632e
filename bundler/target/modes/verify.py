"""Is the bundle whole, and is what is installed still what was installed? Nothing is changed."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import counted
from ..errors import DONE, FAILED, OTHER_PROMPT, InstallError
from ..state.additions import additions, beside_programs
from ..state.believed_files import opened_to_others
from ..state.build_landmark import folder_beside, is_open, planted, with_python
from ..state.inventory import HIDDEN, drift, read_inventory
from ..state.places import is_below
from ..state.release_services import GUARD, read_services, services_file
from ..state.secret_files import open_secrets, secret_files
from ..state.settings_list import as_in_use, settings_drift
from ..state.trusted_folders import is_others, reasons_against, temporary_folder
from ..state.uninstall_entry import entry, key_of, uninstall_command
from ..steps.access_rights import WORDS, lost_rights, named
from ..steps.child_processes import cleaned
from ..steps.data_folder import missing_data
from ..steps.kept_program import icon_faults, starter_faults
from ..steps.logon_rights import LOGON, lost_logons
from ..steps.prerequisites import missing
from ..steps.present_runtime import changed_python
from ..steps.program_faults import changed_kept_program, changed_programs
from ..steps.service_faults import compare
from ..steps.spare_faults import spare_faults
from .adding import added_words
from .recovery import findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.inventory import Inventory
    from ..state.receipt import Receipt, State
    from .run import Run

_SHOWN = 20
_NOT_BROUGHT = "isn't what its bundle brought"
_AS_INSTALLED = "%s is in use, and its %s are as they were installed."
_CHANGEABLE = "%s belongs to others than administrators, or can be changed by others"
_OPEN = "%s isn't there: whoever makes it can lead Python %s to another library (CVE-2026-12003)"


def verify_installed(run):
    # type: (Run) -> int
    run.console.done(run.verified, run.took())
    run.console.line("The bundle is whole." if not run.kept else "The kept copy is whole.")
    run.settle(locked=False)
    state = run.stands(run.layout)
    left = ["an earlier run couldn't %s" % each for each in findings(run)]
    if left and (state.receipt is None or state.pointer is None):
        shown = ["- " + each for each in left] + ["Every other run of bootstrap.bat tries it again first."]
        raise InstallError(
            FAILED, "Nothing is in use in %s, but something is left there:" % run.layout.environment, shown
        )
    if state.receipt is None or state.pointer is None:
        run.console.line("Nothing is installed in %s." % run.layout.environment)
        return DONE
    layout = run.layout.of(state.pointer)
    count, faults, hidden = faults_of(run.host, layout, state)
    services = compare(run.host, layout, state.receipt.stopped)
    faults += faults_of_python(run, layout) + services.faults + faults_of_rights(run.host, layout, state) + left
    faults += ["%s %s" % each for each in changed_programs(layout, state.receipt, run.bundle)]
    faults += ["%s %s" % (each, _NOT_BROUGHT) for each in changed_kept_program(layout, state.receipt, run.bundle)]
    faults += open_secrets(run.host, secret_files(layout, state.receipt, run.bundle.manifest))
    inventory = read_inventory(layout)
    faults += spare_faults(layout, inventory)
    faults += ["the data folder %s is missing" % each for each in (missing_data(inventory),) if each is not None]
    if inventory.manifest_sha256 == run.bundle.manifest_sha256:
        gone = missing(run.host, run.bundle.manifest)
        faults += planted(run.host, with_python(layout), run.bundle.manifest)
        if is_open(run.host, layout, run.bundle.manifest):
            faults.append(_OPEN % (folder_beside(layout.runtime), run.bundle.manifest.target.python))
        faults += ["%s is needed and not there: the bundle's bootstrap.bat installs it" % each.name for each in gone]
    run.report.verified(count, faults, services.notes, hidden, added_words(inventory))
    for each in added_words(inventory):
        run.console.line("Note: added here, by no bundle: %s." % each)
    for each in services.notes:
        run.console.line("Note: %s." % each)
    if hidden:
        words = ", ".join(hidden[:_SHOWN]), OTHER_PROMPT
        run.console.line(
            "Note: this account may not read these files, so they weren't compared: %s. For them too, %s." % words
        )
    if faults:
        shown = ["- " + each for each in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            shown.append("- and %d more" % (len(faults) - _SHOWN))
        shown.append("The bundle of this release repairs it: bootstrap.bat /repair")
        raise InstallError(
            FAILED, "%s is not as it was installed (%s):" % (layout.id, counted(len(faults), "fault")), shown
        )
    run.console.line(_AS_INSTALLED % (layout.id, counted(count - len(hidden), "file")))
    if state.receipt.services:
        run.console.line("So are its services: %s." % ", ".join(state.receipt.services))
    return DONE


def faults_of_python(run, layout):
    # type: (Run, Layout) -> list[str]
    """What is wrong with the Python of a release, where it lies outside of it."""
    inventory = read_inventory(layout)
    if inventory.runtime is None:
        return []
    environ = cleaned(run.host, temporary_folder(run.host))
    fault = changed_python(run.host, inventory.runtime, inventory.python, environ)
    return [fault] if fault is not None else []


def faults_of_rights(host, layout, state):
    # type: (Host, Layout, State) -> list[str]
    """Accounts that lack what they were given, and folders that were closed and that others may change."""
    receipt = state.receipt
    if receipt is None:
        return []
    services, grants = read_services(services_file(layout))
    lost = lost_rights(host, grants)
    names = [each.name for each in services]
    words = [(named(host, each.sid, names), WORDS[each.rights], each.path) for each in lost]
    faults = ["%s may not %s %s any more" % each for each in words]
    faults += ["%s may not %s any more" % (each, LOGON) for each in lost_logons(host, receipt, services)]
    closed = closed_folders(layout, receipt)
    for path in closed:
        faults += reasons_against(host, path, receipt.granted())
    if host.rights.is_admin():
        return faults + [each for each in opened_to_others(host, layout.release) if each not in faults]
    if [layout.environment, "", GUARD] in receipt.grants:  # what an administrator closed
        faults += [_CHANGEABLE % each for each in closed if _can_be_seen(host, each, receipt.granted())]
    return faults


def _can_be_seen(host, path, given):
    # type: (Host, str, list[str]) -> bool
    """That others may change it, by an account without an administrator's rights."""
    try:
        host.rights.access(path)
    except EnvironmentError:
        return False  # nor may it see that all is well
    return is_others(host, path, given)


def closed_folders(layout, receipt):
    # type: (Layout, Receipt) -> list[str]
    """Those in which only administrators, and accounts that were given it, may change something."""
    found = [each[0] for each in receipt.grants if each[2] == GUARD] + ([layout.data] if layout.data else [])
    return sorted(each for each in set(found) if os.path.isdir(each))


def faults_of(host, layout, state):
    # type: (Host, Layout, State) -> tuple[int, list[str], list[str]]
    """How many files the release that is in use has, what is wrong with it and with what leads to it, and which of its files are for
    administrators only: of those another account can't tell.
    """
    inventory = as_in_use(layout, read_inventory(layout))
    found = drift(layout, inventory)
    hidden = [each.path for each, what in found if what == HIDDEN and not host.rights.is_admin()]
    faults = ["%s %s" % (each.path, what) for each, what in found if each.path not in hidden]
    faults += ["%s %s" % each for each in settings_drift(layout) if each[1] != HIDDEN or host.rights.is_admin()]
    faults += ["%s was added: no bundle brought it" % each for each in additions(host, layout, inventory)]
    receipt = state.receipt
    if receipt is not None:
        if receipt.current != layout.id:
            faults.append("%s says that %s is current" % (layout.receipt, receipt.current))
        beside = [os.path.join(layout.environment, *each.split("/")) for each in beside_programs(host, layout, receipt)]
        faults += ["%s was added: no bundle brought it" % each for each in beside]
        if receipt.registered is not None and host.registry.registered(key_of(layout.environment)) is None:
            faults.append("it is not listed among the installed programs any more")
        elif receipt.registered is not None:
            faults += _faults_of_entry(host, layout, receipt, inventory)
    return len(inventory.files), faults, hidden


def _faults_of_entry(host, layout, receipt, inventory):
    # type: (Host, Layout, Receipt, Inventory) -> list[str]
    """What Windows starts to uninstall it must be there, and the environment's own; what people see of it must be the release's."""
    return _faults_of_command(host, layout, receipt) + _faults_of_looks(host, layout, receipt, inventory)


def _faults_of_looks(host, layout, receipt, inventory):
    # type: (Host, Layout, Receipt, Inventory) -> list[str]
    """Of a release that says nothing of them an earlier version has written them."""
    faults, wanted = [], entry(host, layout, receipt, inventory)
    for key, given in (("DisplayName", inventory.display_name), ("DisplayIcon", inventory.icon)):
        found = host.registry.listed(receipt.registered or "", key_of(layout.environment), key) or "nothing"
        if given is not None and found != wanted[key]:
            faults.append("its entry among the installed programs has %s as %s and not %s" % (found, key, wanted[key]))
    return faults + icon_faults(layout, inventory)


def _faults_of_command(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> list[str]
    command = host.registry.listed(receipt.registered or "", key_of(layout.environment), "UninstallString") or ""
    own = uninstall_command(host, layout, "/uninstall")
    if command.lower() == own.lower():
        return starter_faults(layout, receipt.program or layout.release_id)
    # an older version's names the kept copy's Python itself
    program = command.split('"')[1] if command.count('"') > 1 else command.partition(" ")[0]
    if os.path.isfile(program) and is_below(program, layout.environment):
        return []
    return ["its entry among the installed programs starts %s to uninstall it" % (program or "nothing")]
