"""Put back what was changed or is missing, to the byte, and say what it was; what the release needs and isn't there is installed again."""

from __future__ import absolute_import, unicode_literals

import hashlib
import os

from ..compat import counted, to_text
from ..errors import DONE, FAILED, OTHER_VERSION, REBOOT, REFUSED, InstallError, Problem, of_problems
from ..layout import release_of
from ..state.additions import additions, beside_programs
from ..state.believed_files import must_be_startable
from ..state.build_landmark import is_open, planted, with_python
from ..state.data_trust import Judged, judge_data
from ..state.formats import read_or_none
from ..state.inventory import closed_files, drift, read_inventory, read_spare
from ..state.release_services import host_program, read_services, services_file
from ..state.secret_files import open_secrets, secret_files
from ..state.settings_list import as_in_use, in_place, settings_drift
from ..state.site_values import read_stored
from ..steps.admin_rights import lacking_rights, prerequisite_reasons
from ..steps.base import Step
from ..steps.bundle_contents import content_of, contents_of
from ..steps.checks import ChecksStep
from ..steps.close_landmark import CloseLandmarkStep
from ..steps.commit import CommitStep
from ..steps.data_folder import DataFolderStep, missing_data
from ..steps.grant_rights import GuardStep, RightsStep, services_and_grants
from ..steps.kept_program import keep_program, must_be_kept, name_of
from ..steps.later_settings import write_settings
from ..steps.prerequisites import PrerequisiteStep, missing
from ..steps.program_faults import changed_programs
from ..steps.quarantine import set_aside_additions
from ..steps.service_faults import RestoreServicesStep
from ..steps.spare_faults import spare_faults
from ..steps.spare_files import keep_spares
from ..steps.switch import SwitchStep
from ..steps.switch_services import CreateServicesStep, ports_in_the_way
from ..steps.trust_data import TrustDataStep
from ..steps.undo_files import FileWritten
from .access import in_use, rights_to_change
from .adding import adopt_additions
from .install import install, say_taken
from .signatures import unsigned
from .site import hide_secrets
from .transaction import carry_out, intention_of, planning_context, show_plan
from .verify import closed_folders, faults_of_python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..state.receipt import Receipt
    from ..steps.context import Context
    from .run import Run

_AWAY = "move %s, which no bundle brought, to %s"
_SITES_OWN = ". This bundle doesn't bring that Python: whoever installed it must put it back"


def repair(run):
    # type: (Run) -> int
    run.must_lock()
    run.settle(locked=True)
    adopt_additions(run)
    layout, release = run.layout, run.bundle.manifest.bundle.release
    state = run.stands(layout)
    if state.receipt is None:
        raise InstallError(FAILED, "Nothing is installed in %s" % layout.environment)
    if release_of(state.pointer) not in (None, release):
        text = "%s is installed, and this bundle holds %s: only a release's own bundle can repair it"
        raise InstallError(OTHER_VERSION, text % (state.pointer, release))
    if not state.release_complete or state.pointer is None:
        run.console.line("The release is not complete, or not in use: it is installed again.")
        run.unlock()
        return install(run)
    run.layout = layout = layout.of(state.pointer)
    must_be_startable(run.host, layout.release)
    problems = rights_to_change(run.host, layout, state.receipt)
    problems += in_use(run.host.programs.users(_to_be_changed(run, state.receipt)))
    problems += (
        [Problem(REFUSED, e) for e in planted(run.host, with_python(layout), run.bundle.manifest)]
        + _of_the_sites_python(run, layout)
        + unsigned(run, state)
    )
    problems += lacking_rights(run.host, prerequisite_reasons(missing(run.host, run.bundle.manifest)))
    # the first is damaged: the copy of it outside is the same
    values = read_or_none(read_stored, layout.own_site) or read_stored(layout.site)
    hide_secrets(run, run.bundle.manifest, values)
    problems += ports_in_the_way(planning_context(run, layout, values))
    gone, programs = missing_data(read_inventory(layout)), changed_programs(layout, state.receipt, run.bundle)
    files, services, rights = (
        RepairFilesStep(programs),
        RestoreServicesStep(run.options.reset_services, host_program(layout) in dict(programs)),
        RightsStep(restore=True, anew=gone),
    )
    steps = [PrerequisiteStep(each) for each in missing(run.host, run.bundle.manifest)]  # type: list[Step]
    closing = [CloseLandmarkStep()] if is_open(run.host, layout, run.bundle.manifest) else []  # type: list[Step]
    data = [DataFolderStep(gone)] if gone is not None else []
    steps += closing + [files] + data + [ChecksStep()]
    made, grants = services_and_grants(planning_context(run, layout, values))  # the list may be what is repaired
    judged = _to_be_guarded(run, state.receipt)
    problems += [Problem(REFUSED, each) for each in judged.refused]
    say_taken(run, judged.taken)
    read = open_secrets(run.host, secret_files(layout, state.receipt, run.bundle.manifest))
    steps += [TrustDataStep(each) for each in (layout.data,) if each is not None and judged.taken]
    steps += [GuardStep(each) for each in judged.guards] + ([CreateServicesStep()] if made else [])
    steps += ([rights] if grants else []) + ([services] if made else [])
    steps += [SwitchStep(), CommitStep()]
    if run.options.plan:
        return show_plan(run, values, steps, problems)
    if problems:
        raise of_problems(problems)
    context = carry_out(run, layout, values, intention_of(run, "repair", layout, layout.id, layout.id), steps)
    lines = ["moved %s" % each for each in files.moved] + ["repaired %s" % each for each in files.repaired]
    lines += ["repaired %s, which %s" % each for each in programs] + ["made %s, which was gone" % e.path for e in data]
    lines += ["installed %s, which was not there" % each for each in context.prerequisites]
    lines += ["put right: %s" % each for each in services.restored + rights.restored]
    lines += ["closed %s to others" % each for each in judged.guards] + ["put right: %s" % each for each in read]
    for line in lines:
        run.console.line("  - " + line)
    run.console.line("Repaired in %.1f s." % run.took() if lines else "Nothing had to be repaired.")
    if context.reboot:
        run.console.line("Restart this machine to finish the installation.")
        return REBOOT
    return DONE


def _to_be_changed(run, receipt):
    # type: (Run, Receipt) -> list[str]
    """Files that are there and that will be replaced or moved."""
    host, layout = run.host, run.layout
    inventory = as_in_use(layout, read_inventory(layout))
    wanted = [each.path for each, _ in drift(layout, inventory)] + additions(host, layout, inventory)
    paths = [path_of(layout, each) for each in wanted]
    paths += [os.path.join(layout.environment, *e.split("/")) for e in beside_programs(host, layout, receipt)]
    return [each for each in paths if os.path.isfile(each)]


def _to_be_guarded(run, receipt):
    # type: (Run, Receipt) -> Judged
    """Of folders that an earlier run closed and that are open now."""
    ours, found = receipt.folders + receipt.runtimes, Judged([], [], [])
    changes = run.belongings.changes
    # whatever is recorded, others' folders are left as they are
    closed = [
        each for each in closed_folders(run.layout, receipt) if changes.has_folder(each) or changes.has_runtime(each)
    ]
    for path in closed:
        trusts = run.options.trust_data and path == run.layout.data
        judged = judge_data(run.host, path, receipt.granted(), ours, trusts)
        guards = [each for each in judged.guards if each not in found.guards]
        found = Judged(found.guards + guards, found.refused + judged.refused, found.taken + judged.taken)
    return found


def _of_the_sites_python(run, layout):
    # type: (Run, Layout) -> list[Problem]
    if not layout.present_runtime:
        return []  # of one that a bundle installed the checks tell
    return [Problem(FAILED, each + _SITES_OWN) for each in faults_of_python(run, layout)]


def path_of(layout, path):
    # type: (Layout, str) -> str
    return os.path.join(layout.release, *path.split("/"))


class RepairFilesStep(Step):
    """Each file is replaced in one step, and only by bytes that have the SHA-256 which was recorded: it can be killed at any point."""

    id = "repair"

    def __init__(self, programs):
        # type: (list[tuple[str, str]]) -> None
        """``programs``: launchers and the service host, as far as something happened to them; later steps put them."""
        self._programs = programs
        self.repaired = []  # type: list[str]
        self.moved = []  # type: list[str]

    def describe(self, context):
        # type: (Context) -> list[str]
        layout = context.layout
        inventory = as_in_use(layout, read_inventory(layout))
        away = additions(context.host, layout, inventory) + _beside(context)
        lines = [_AWAY % (each, layout.quarantine) for each in away]
        lines += ["repair %s, which %s" % (each.path, what) for each, what in drift(layout, inventory)]
        lines += ["repair %s, which %s" % each for each in settings_drift(layout)]
        lines += ["repair what is kept of the release's files: %s" % each for each in spare_faults(layout, inventory)]
        lines += ["repair %s, which %s" % each for each in self._programs]
        return lines + (["repair the copy in %s" % self._kept(context)] if must_be_kept(context.bundle, layout) else [])

    def doing(self, context):
        # type: (Context) -> str
        return "Comparing every file with what was installed"

    def run(self, context):
        # type: (Context) -> str
        layout = context.layout
        inventory = as_in_use(layout, read_inventory(layout))
        self.moved = set_aside_additions(context, layout.release, additions(context.host, layout, inventory))
        self.moved += set_aside_additions(context, layout.environment, _beside(context))
        found = drift(layout, inventory)
        self.moved += set_aside_additions(
            context, layout.release, _in_place_of(context, [each.path for each, _ in found])
        )
        known = contents_of(context.bundle) if found else {}
        held = in_place(layout)
        lost, granted = [], [each.path for each in read_services(services_file(layout))[1]]
        closed = closed_files(layout, inventory, granted)
        for each, what in found:
            content = content_of(context.bundle, known[each.sha256]) if each.sha256 in known else None
            if content is None or _sha256(content) != each.sha256:
                content = read_spare(layout, each.sha256)
            if (content is None or _sha256(content) != each.sha256) and each in held:
                content = _filled_in(context, each.path)
            if content is None or _sha256(content) != each.sha256:
                lost.append("- %s %s" % (each.path, what))
                continue
            path = path_of(layout, each.path)
            _put(context, path, content, path in closed)
            self.repaired.append("%s, which %s" % (each.path, what))
            context.log.write("repaired " + self.repaired[-1])
        gone = settings_drift(layout)
        if gone:
            write_settings(context)
            self.repaired += ["%s, which %s" % each for each in gone]
        if must_be_kept(context.bundle, layout):
            keep_program(context)
            self.repaired.append("the copy in %s" % self._kept(context))
        spoilt = spare_faults(layout, inventory) if not lost else []
        if spoilt:
            keep_spares(context, inventory)
            self.repaired += ["what is kept of the release's files: %s" % each for each in spoilt]
        if lost:
            lost.append("Uninstall and install again; the data folder stays.")
            raise InstallError(FAILED, "Neither the bundle nor this machine has these files:", lost)
        words = ", moved %s away" % counted(len(self.moved), "file") if self.moved else ""
        return "Repaired %s of %d%s" % (counted(len(self.repaired), "file"), len(inventory.files), words)

    def _kept(self, context):
        # type: (Context) -> str
        return context.layout.kept(name_of(context.bundle))


def _beside(context):
    # type: (Context) -> list[str]
    receipt = context.state.receipt
    return beside_programs(context.host, context.layout, receipt) if receipt is not None else []


def _in_place_of(context, paths):
    # type: (Context, list[str]) -> list[str]
    """Folders in the place of these files, and files in the place of a folder above one."""
    found = set()
    for each in paths:
        parts = each.split("/")
        for count in range(1, len(parts) + 1):
            name = "/".join(parts[:count])
            place = path_of(context.layout, name)
            if os.path.lexists(place) and context.host.files.is_folder(place) != (count < len(parts)):
                found.update([name] if count < len(parts) or context.host.files.is_folder(place) else [])
                break
    return sorted(found)


def _filled_in(context, path):
    # type: (Context, str) -> bytes | None
    """What the settings in use say of a file of the release."""
    place, layout = path_of(context.layout, path), context.layout
    named = [each for each in context.manifest.files if each.template and layout.destination(each.destination) == place]
    return context.filling().in_place(named[0]) if named else None


def _put(context, path, content, private):
    # type: (Context, str, bytes, bool) -> None
    """``private``: those who may read it get that right again with all rights of the release."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    mode = os.stat(path).st_mode & 0o777 if os.path.isfile(path) else None
    context.journal.undo(FileWritten(path + ".new"))  # as which it is written: nobody else brought it
    context.host.files.write(path, content, private=private)
    if private:
        return
    if mode is None and folder == context.layout.scripts:
        mode = 0o755
    if mode is not None:
        os.chmod(path, mode)


def _sha256(content):
    # type: (bytes) -> str
    return to_text(hashlib.sha256(content).hexdigest())
