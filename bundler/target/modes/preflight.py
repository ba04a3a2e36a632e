"""Can this machine take this bundle? Looks at everything, changes nothing, and gives all problems at once."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import representable
from ..errors import BUSY, FAILED, OTHER_VERSION, REFUSED, Problem
from ..layout import release_of
from ..machine.parent_folders import existing_parent
from ..state.build_landmark import is_open, planted
from ..state.data_trust import judge_data
from ..state.formats import unreadable_ones
from ..state.kept_programs import only_kept_programs
from ..state.leftovers import read_leftovers
from ..state.neighbours import mixed
from ..state.restart_removals import restart_removals
from ..state.runtime_claims import folder_of
from ..state.trusted_folders import ADVICE, first_of, reasons_against, reasons_inside, to_be_guarded
from ..steps.access_rights import is_unguarded, movable
from ..steps.admin_rights import admin_reasons, lacking_rights
from ..steps.prerequisites import missing
from ..steps.runtime_removal import AT_RESTART
from ..steps.service_settings import services_in_the_way, unknown_accounts
from ..steps.undo_action import subjects
from ..steps.undo_files import FileReplaced, FileWritten, FolderMade
from ..steps.undo_releases import ReleaseMade, TreeWritten
from ..steps.undo_runtimes import RuntimeLeft
from .access import in_use, rights_to_change
from .free_space import lacking_space
from .installed_pythons import InstalledPythons
from .path_lengths import too_long

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import State


class Findings(object):
    """``runtime_there``: the Python that the bundle would install is there already, and is used as it is; ``ours``: a bundle's.

    ``unguarded``: folders of this installation in which others than administrators may change something, and this account may change that;
    ``movable``: those that an account may rename or remove which is only to change what is in them, with its SID;
    ``landmark``: others could lead the Python to their library; ``taken``: what speaks against the data folder, which is taken over all the same.
    """

    taken = ()  # type: Sequence[str]

    def __init__(self, problems, runtime, unguarded, movable, landmark):
        # type: (list[Problem], tuple[bool, bool], list[str], list[tuple[str, str]], bool) -> None
        self.problems = problems
        self.runtime_there, self.runtime_ours = runtime
        self.unguarded = unguarded
        self.movable = movable
        self.landmark = landmark


class Preflight(object):
    """``environ`` is the cleaned environment in which a Python that is found is asked for its version; ``trust_data``: the operator takes the
    data folder over, whosever it is.
    """

    def __init__(self, manifest, layout, state, host, environ, trust_data=False):
        # type: (Manifest, Layout, State, Host, dict[str, str], bool) -> None
        self._manifest = manifest
        self._layout = layout
        self._state = state
        self._host = host
        self._environ = environ
        self._trusts = trust_data
        self._open = []  # type: list[str]
        self._taken = []  # type: list[str]

    def run(self):
        # type: () -> Findings
        problems = self._machine() + self._ownership()
        there, runtime_problems = InstalledPythons(self._manifest, self._layout, self._host, self._environ).look()
        problems += runtime_problems
        problems += self._rights(there) + self._trust() + self._paths()
        problems += lacking_space(self._host, self._layout, self._state, self._manifest, there)
        problems += self._in_the_way() + self._leaving()
        if self._state.receipt is not None:
            problems += rights_to_change(self._host, self._layout, self._state.receipt)
        ours = there and os.path.isdir(folder_of(self._layout.runtime))
        problems += services_in_the_way(self._manifest, self._layout, self._host)
        problems += unknown_accounts(self._manifest, self._layout, self._host)
        if is_unguarded(self._host, self._layout, self._state.receipt):
            self._open.insert(0, self._layout.environment)
        landmark = is_open(self._host, self._layout, self._manifest, self._state.taken_back)
        found = Findings(problems, (there, ours), self._open, movable(self._host, self._state.receipt), landmark)
        found.taken = self._taken
        return found

    def _machine(self):
        # type: () -> list[Problem]
        problems = []
        target, found = self._manifest.target, self._host.system.windows_version()
        if found is not None and tuple(found) < tuple(target.windows):
            versions = (target.python, ".".join(map(str, target.windows)), ".".join(map(str, found)))
            problems.append(Problem(FAILED, "Python %s needs Windows %s or later; this is Windows %s" % versions))
        if target.bits > self._host.system.bits():
            words = (target.bits, self._host.system.bits())
            problems.append(Problem(FAILED, "the bundle is for %d-bit Windows; this one has %d bits" % words))
        return problems

    def _ownership(self):
        # type: () -> list[Problem]
        """The environment's folder must be ours, empty or not there: shims would overwrite what somebody else put there."""
        name, layout, receipt = self._manifest.bundle.name, self._layout, self._state.receipt
        if receipt is not None:
            if (receipt.name, receipt.instance) != (name, layout.instance):
                words = (layout.environment, _shown(receipt.name, receipt.instance), _shown(name, layout.instance))
                return [Problem(OTHER_VERSION, "%s belongs to the bundle %s and not to %s" % words)]
            moves = os.path.normcase(layout.data or "") != os.path.normcase(receipt.data or "")
            return [Problem(OTHER_VERSION, each) for each in mixed(self._host, layout, only_data=True) if moves]
        if os.path.exists(layout.environment) and not os.path.isdir(layout.environment):
            return [Problem(OTHER_VERSION, "%s is a file" % layout.environment)]
        shared = [Problem(OTHER_VERSION, each) for each in mixed(self._host, layout)]
        if not os.path.isdir(layout.environment) or os.path.isfile(layout.journal):
            return shared  # ours, unfinished, if there is a journal: its name was looked at before
        return shared or self._foreign()

    def _foreign(self):
        # type: () -> list[Problem]
        """What no bundle put into the environment's folder."""
        layout = self._layout
        harmless = [layout.logs, layout.data or layout.logs, layout.leftovers, layout.quarantine]
        harmless += unreadable_ones([layout.journal, layout.leftovers, layout.receipt, layout.pointer, layout.site])
        harmless += subjects(read_leftovers(layout), FileWritten, FileReplaced, FolderMade, TreeWritten, ReleaseMade)
        there = self._host.files.walk(layout.services) if os.path.isdir(layout.services) else [layout.services]
        if all(each.endswith(".old") for each in there):
            harmless.append(layout.services)  # what a restart removes of an earlier installation, and nothing else
        if only_kept_programs(layout.keeping):
            harmless.append(layout.keeping)
        foreign = [
            each
            for each in sorted(os.listdir(layout.environment))
            if not any((path + os.sep).startswith(os.path.join(layout.environment, each, "")) for path in harmless)
        ]
        if not foreign:
            return []
        shown = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        text = "%s was not made by a bundle and holds %s: move it out of the way"
        return [Problem(OTHER_VERSION, text % (layout.environment, shown))]

    def _rights(self, runtime_there):
        # type: (bool) -> list[Problem]
        layout, host = self._layout, self._host
        in_use = release_of(self._state.pointer) == layout.release_id
        reasons = admin_reasons(self._manifest, missing(host, self._manifest), runtime_there, in_use)
        problems = lacking_rights(host, reasons)
        for path in (layout.environment, layout.data):
            if path is not None:
                parent = existing_parent(path)
                if not os.path.isdir(parent):
                    problems.append(Problem(FAILED, "%s can't be made: there is no %s" % (path, parent)))
                # in a folder that isn't there yet this account will be the one who made it
                elif not (host.files.may_create if parent == path else host.files.may_make_folder)(parent):
                    problems.append(Problem(REFUSED, "%s can't be made or written to: this account may not" % path))
        return problems

    def _trust(self):
        # type: () -> list[Problem]
        """Nobody else may decide what an administrator's run finds. What an earlier version of this program had made is guarded now."""
        layout, receipt = self._layout, self._state.receipt
        ours = set(receipt.folders + receipt.runtimes) if receipt is not None else set()
        problems, needed = [], []  # type: list[Problem], list[str]
        if layout.data:
            given = receipt.granted() if receipt is not None else []
            judged = judge_data(self._host, layout.data, given, ours, self._trusts)
            problems += [Problem(REFUSED, each) for each in judged.refused]
            needed, self._taken = judged.guards, judged.taken
        if layout.installed_runtime:
            found = to_be_guarded(self._host, layout.runtime, [], ours)
            if found is None:
                problems.append(_refused(reasons_against(self._host, layout.runtime)))
            needed = needed + (found or [])
        self._open += [each for each in needed if each not in self._open]
        if layout.installed_runtime and os.path.isdir(layout.runtime) and not problems:
            found = reasons_inside(self._host, layout.runtime, closing=layout.runtime in self._open)
            problems += [_refused(found)] if found else []
        return problems + [Problem(REFUSED, each) for each in planted(self._host, layout, self._manifest)]

    def _drives(self):
        # type: () -> list[Problem]
        """Services run in a session of their own, in which the letters of this one mean nothing."""
        places = [self._layout.environment, self._layout.data, self._layout.runtime] if self._manifest.services else []
        text = "%s lies on a drive that stands for %s in this session only (subst, or a mapped drive): services can't see it. Build the bundle with a path on a drive of this machine"
        found = [(each, self._host.files.behind_drive(each)) for each in places if each is not None]
        return [Problem(FAILED, text % (each, behind)) for each, behind in found if behind is not None]

    def _paths(self):
        # type: () -> list[Problem]
        return self._drives() + self._letters() + too_long(self._host, self._layout, self._manifest)

    def _letters(self):
        # type: () -> list[Problem]
        """The last virtualenv for 2.7 decodes paths as UTF-8, and fails at any other letter than ASCII's."""
        if self._manifest.target.python.startswith("2.") and self._manifest.environment.maker == "virtualenv":
            text = "%s holds letters that are not ASCII: virtualenv for Python 2.7 can't work with them"
            paths = (self._layout.environment, self._layout.runtime)
            return [Problem(FAILED, text % each) for each in paths if any(ord(letter) > 127 for letter in each)]
        text = "%s holds letters that the code page of this machine lacks: this Python can't work with them"
        places = (self._layout.environment, self._layout.data, self._layout.runtime)
        return [Problem(FAILED, text % each) for each in places if each is not None and not representable(each)]

    def _in_the_way(self):
        # type: () -> list[Problem]
        """Files that will be replaced or removed and that a program holds."""
        layout, paths = self._layout, []
        if self._state.release_exists and not self._state.release_complete:
            paths += self._host.files.walk(layout.release)
        paths += [each for each in (layout.pointer, layout.receipt, layout.site) if os.path.isfile(each)]
        return in_use(self._host.programs.users(paths))

    def _leaving(self):
        # type: () -> list[Problem]
        """A Python, or files of one, that go with the next restart: what was installed meanwhile would stand without them then."""
        left = [each for each in read_leftovers(self._layout) if (each.why or "").endswith(AT_RESTART)]
        wanted = os.path.normcase(self._layout.runtime)
        text = "the Python in %s goes when this machine restarts, since it was uninstalled: restart it, and start this again"
        found = [text % e for e in subjects(left, RuntimeLeft) if os.path.normcase(e) == wanted]
        return [Problem(FAILED, each) for each in found or restart_removals(self._host, self._layout)]


def _shown(name, instance):
    # type: (str, str | None) -> str
    return "%s (instance %s)" % (name, instance) if instance else name


def busy(layout):
    # type: (Layout) -> Problem
    return Problem(BUSY, "another bootstrap.bat is working on %s" % layout.environment)


def _refused(reasons):
    # type: (list[str]) -> Problem
    return Problem(REFUSED, "%s. %s" % ("; ".join(first_of(reasons)), ADVICE))
