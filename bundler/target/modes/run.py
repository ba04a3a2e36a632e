"""One run of bootstrap.bat: what all its modes share, from opening the bundle to the log that stays."""

from __future__ import absolute_import, unicode_literals

import os

from ..arguments import is_instance
from ..bundle.verification import is_only_program, verify
from ..compat import counted, shown_size, to_text
from ..errors import BAD_ARGUMENTS, FAILED, InstallError, denied, is_denied, of_problems
from ..layout import Layout
from ..state.believed_files import must_be_believable
from ..state.belongings import Belongings
from ..state.expected_state import expected_state
from ..state.formats import PROGRAM, read_or_none, read_table
from ..state.kept_programs import KEPT
from ..state.receipt import State, read_pointer
from ..state.releases import listed_settings
from ..state.site_values import kept_or_none, read_stored, secret_names
from ..state.trusted_folders import must_be_own, must_be_trusted, reasons_against, temporary_folder
from .outputs import begin_report, output_path
from .preflight import busy
from .recovery import (
    announce,
    findings,
    goes_forward,
    outlook,
    settle,
    take_back_lines,
    try_again,
    unfinished,
)
from .unreadable_state import set_aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..arguments import Options
    from ..bundle.verification import Bundle
    from ..console import Console, Log
    from ..machine.host import Host
    from ..run_report import RunReport
    from ..state.journal import Journal, Unfinished
    from ..steps.templates import Templates

_UNVERIFIED = "bundle-"
"""How the names of logs begin that are written before it is known whose they are."""
_QUICK = ("rollback", "uninstall", "stop", "start", "status", "set")
"""Modes that take nothing from the bundle but the program: only that is verified, and a kept copy will do."""
_WHOSE = (
    "%s is missing: to which installation this copy of the program belongs isn't known. Start the bootstrap.bat of the bundle: /repair makes "
    "the copy anew"
)


class Run(object):
    """``bundle`` and ``layout`` are there once ``open`` was called, ``belongings`` once ``settle`` was; ``kept``: the folder is a kept copy and no whole bundle.

    ``templates``: what a release is filled in from that isn't the bundle's own. ``journal``: of what was carried out, if anything was; ``left_behind``: not all of it could be taken back.
    ``after_restart``: folders of Pythons that Windows removes with the next restart, if at all.
    ``is_barred``: whoever runs it, the bundle isn't taken: its last day is over, or too few have signed it.
    """

    def __init__(self, host, folder, options, console, log, report):
        # type: (Host, str, Options, Console, Log, RunReport) -> None
        self.host = host
        self.folder = folder
        self.options = options
        self.console = console
        self.log = log
        self.report = report
        self.started = host.clock.monotonic()
        self.kept = os.path.isfile(os.path.join(folder, KEPT))
        self.bundle = None  # type: Bundle  # type: ignore[assignment]
        self.layout = None  # type: Layout  # type: ignore[assignment]
        self.belongings = None  # type: Belongings  # type: ignore[assignment]
        self.templates = None  # type: Templates | None
        self.verified = ""
        self.reboot = False
        self.after_restart = []  # type: list[str]
        self.journal = None  # type: Journal | None
        self.left_behind = False
        self.is_barred = False
        self._unsettled = None  # type: Unfinished | None
        self._held = None  # type: Any
        self._is_believed = False

    def open(self):
        # type: () -> None
        """Verify, and find the environment."""
        gives = bool(self.options.values or self.options.value_files or self.options.asked)
        if self.kept and (self.options.mode in ("add", "repair") or (self.options.mode == "install" and not gives)):
            text = "This copy was kept to verify, roll back, uninstall and change site values: to install, add or repair, start the bootstrap.bat of the bundle"
            raise InstallError(BAD_ARGUMENTS, text)
        self.console.doing("Verifying")
        self.bundle = verify(
            self.folder,
            self.host.files.is_link,
            whole=not self.kept and self.options.mode not in _QUICK,
            holds=not self.kept and self.options.mode in ("install", "add") and not self.options.plan,
        )
        if not self.kept and is_only_program(self.bundle):
            raise InstallError(FAILED, _WHOSE % os.path.join(self.folder, KEPT))
        info = self.bundle.manifest.bundle
        self.layout = Layout(self.bundle.manifest, self.host, self._instance())
        for each in reasons_against(self.host, self.folder) if not self.host.files.is_read_only(self.folder) else []:
            self.console.error("Others may change this bundle, and what of it runs before it is verified: %s" % each)
        self.verified = "Verified %s, %s" % (counted(self.bundle.files, "file"), shown_size(self.bundle.size))
        words = (info.name, info.version, self.layout.environment, info.release)
        self.console.line("%s %s \u2192 %s  (release %s)" % words)
        self.report.step("verify", self.verified, self.took())
        begin_report(self)

    def lock(self):
        # type: () -> bool
        """Whether no other bootstrap.bat works on the environment; then none does until this run ends."""
        self._held = self.host.system.lock(self.layout.environment)
        return self._held is not None

    def unlock(self):
        # type: () -> None
        self._held = None

    def settle(self, locked):
        # type: (bool) -> str | None
        """Finish, or take back, what an earlier run was killed in; a run that only looks says so and leaves it.

        The mode of the run that was finished, None: none was.
        """
        self._must_be_visible()
        must_be_trusted(self.host, self.layout.environment)
        looks = self.options.plan or self.options.mode in ("verify", "status", "set")
        if not looks:
            must_be_own(self.host, self.layout.environment)
        must_be_believable(self.host, self.layout)
        self._keep_secrets()
        aside = None
        if locked and not looks:
            aside = set_aside(self)
        self.belongings = Belongings(self.host, self.layout, self.bundle.manifest)
        self.belongings.must_belong()
        self._is_believed = True
        self._place_log()
        found = unfinished(self)
        if looks:
            self._unsettled = found
            if found is not None:
                told = announce(self, found, looks=not self.options.plan)
                self.console.line("First: " + told if self.options.plan else told)
            for each in findings(self) if self.options.plan else []:
                self.console.line("First, what an earlier run couldn't do: " + each)
        elif locked:
            if aside is not None:
                take_back_lines(self, aside)
            mode = settle(self, found) if found is not None else None
            try_again(self)
            return mode
        return None

    def state(self, layout):
        # type: (Layout) -> State
        """What this run begins with; of one that only looks, once the next one has settled what an interrupted one left."""
        found = self._unsettled
        if found is None:
            return self.stands(layout)
        undos = [each for each in found.undos if self.belongings.changes.is_ours(each)]
        state = expected_state(layout, found, undos, goes_forward(self, found))
        self.belongings.believed(state.receipt)
        return state

    def stands(self, layout):
        # type: (Layout) -> State
        """What is there as this run begins, whatever an interrupted one left of it."""
        state = State(layout)
        self.belongings.believed(state.receipt)
        return state

    def _must_be_visible(self):
        # type: () -> None
        """Raises InstallError (1625) where it can't be told whether anything is installed: what may not be seen looks like nothing."""
        for path in (self.layout.environment, self.layout.pointer, self.layout.receipt):
            try:
                os.lstat(path)
            except EnvironmentError as error:
                if is_denied(error):
                    raise denied("This account may not see whether anything is in %s" % self.layout.environment)

    def outlook(self):
        # type: () -> list[str]
        """What is in use, and what the next run does, if this one isn't over though it ends."""
        return outlook(self) if self._held is not None else []

    def release_in_use(self):
        # type: () -> str | None
        """None too where what is in the environment isn't believed."""
        return read_or_none(read_pointer, self.layout.pointer) if self._is_believed else None

    def in_use(self):
        # type: () -> list[str]
        """After a run that had begun to change something and is over: what the world uses."""
        if self.journal is None:
            return []
        pointer = read_or_none(read_pointer, self.layout.pointer)
        if pointer is None:
            return ["Nothing is in use."]
        return ["%s is in use%s." % (pointer, "" if self.journal.committed else ", as before")]

    def must_lock(self):
        # type: () -> None
        if not self.lock():
            raise of_problems([busy(self.layout)])

    def beside(self):
        # type: () -> InstallError | None
        """That another bootstrap.bat works on the environment, and changes what this run looks at without its lock."""
        if self.layout is None or self._held is not None or self.lock():
            return None
        return of_problems([busy(self.layout)])

    def took(self):
        # type: () -> float
        return self.host.clock.monotonic() - self.started

    def runs_from(self, folder):
        # type: (str) -> bool
        """Whether this very program lies in the folder: then it can't be removed yet."""
        inside = os.path.normcase(os.path.abspath(folder)) + os.sep
        return os.path.normcase(os.path.abspath(self.folder) + os.sep).startswith(inside)

    def _instance(self):
        # type: () -> str | None
        """A kept copy knows to which instance it belongs."""
        if not self.kept:
            return self.options.instance
        instance = (read_table(os.path.join(self.folder, KEPT), PROGRAM) or {}).get("instance")
        if self.options.instance not in (None, instance):
            raise InstallError(BAD_ARGUMENTS, "This copy belongs to another instance than %s" % self.options.instance)
        if instance is not None and not is_instance(instance):
            raise InstallError(FAILED, "%s is malformed: instance" % os.path.join(self.folder, KEPT))
        return instance

    def _keep_secrets(self):
        # type: () -> None
        """Of every release that is there: whatever is settled, taken back or removed, its programs may say them. None that others chose: what
        this run says would be unreadable.
        """
        layout, secret = self.layout, secret_names(self.bundle.manifest)
        if not secret:
            return
        places = [layout.site]
        if os.path.isdir(layout.releases):
            places += [layout.of(to_text(each)).own_site for each in os.listdir(layout.releases)]
        places += [layout.of(each).own_site for each in listed_settings(layout)]
        known = [read_or_none(read_stored, each) for each in places]  # whoever needs it will say so
        for stored in filter(None, known + [kept_or_none(self.host, layout)]):
            for name in secret:
                self.log.keep_secret(stored.get(name, ""))

    def _log_name(self):
        # type: () -> str
        info, name = self.bundle.manifest.bundle, os.path.basename(self.log.path)
        own = "%s-%s-" % (info.name, info.version)
        return own + name[len(_UNVERIFIED) :] if name.startswith(_UNVERIFIED) else name

    def _place_log(self):
        # type: () -> None
        """What has changed an environment is told in it. Only now is it known that its folder for logs leads nowhere else."""
        changes = (
            self.options.mode in ("install", "add", "repair", "rollback", "stop", "start") and not self.options.plan
        )
        logs = self.layout.logs
        if self.options.log is not None or not changes or os.path.dirname(self.log.path) == logs:
            return
        if os.path.isdir(logs) and self.host.files.may_create(logs):
            self.log.move(os.path.join(logs, self._log_name()))

    def keep_log(self):
        # type: () -> None
        """The log of the installation that made the environment goes there; later runs write theirs there at once. Nothing is put into an
        environment that this run refused.
        """
        if not self._is_believed or self.options.log is not None or self.options.mode != "install" or self.options.plan:
            return
        logs = self.layout.logs
        if not os.path.isfile(self.layout.pointer) or os.path.dirname(self.log.path) == logs:
            return
        is_there = os.path.isdir(logs) and not self.host.files.is_link(logs)  # a service's log may lie in there already
        if self.host.files.may_create(logs) if is_there else not os.path.lexists(logs):
            try:
                if not is_there:
                    self.host.files.make_guarded(logs)
                self.log.copy(os.path.join(logs, self._log_name()))
            except EnvironmentError:
                pass  # the one in the temporary folder is there


def log_path(host, folder, options):
    # type: (Host, str, Options) -> str
    if options.log is not None:
        return output_path(host, folder, "log", options.log)
    return temporary_log(host)


def temporary_log(host):
    # type: (Host) -> str
    """What isn't verified yet says neither where the log lies nor what it is called."""
    stamp = "%04d%02d%02d-%02d%02d%02d" % tuple(host.clock.now()[:6])
    try:
        folder = temporary_folder(host)
    except (EnvironmentError, InstallError):
        folder = host.environment.temporary()  # where nothing is started
    return os.path.join(folder, "%s%s-%d.log" % (_UNVERIFIED, stamp, os.getpid()))
