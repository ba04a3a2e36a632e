"""From the arguments to the exit code: open the bundle, settle what an earlier run left, and do what was asked for."""

from __future__ import absolute_import, unicode_literals

import os
import sys
import time
import traceback

from .arguments import USAGE, Options, parse
from .compat import error_text, to_text
from .console import Console, Log, stamp
from .errors import CANCELLED, DONE, FAILED, OTHER_PROMPT, REFUSED, InstallError, is_denied
from .machine.services import ServiceError, error_words
from .modes.elevation import offer_elevation
from .modes.install import add, install
from .modes.next_steps import next_steps
from .modes.outputs import is_new_log, report_path, write_report
from .modes.repair import repair
from .modes.rollback import rollback
from .modes.run import Run, log_path, temporary_log
from .modes.site_list import list_values
from .modes.status import status
from .modes.stop_and_start import start_services, stop_services
from .modes.uninstall import uninstall
from .modes.verify import verify_installed
from .run_report import RunReport
from .state.kept_programs import KEPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .machine.host import Host

_UNREAD, _BEFORE_REMOVAL = 600, 20
"""Seconds that a window stays which nobody has read. What removes a kept copy once its program has ended waits for a minute."""
_MODES = {
    "install": install,
    "add": add,
    "verify": verify_installed,
    "repair": repair,
    "rollback": rollback,
    "uninstall": uninstall,
    "stop": stop_services,
    "start": start_services,
    "status": status,
    "set": list_values,
}


def main(host=None, folder=None):
    # type: (Host | None, str | None) -> int
    """``folder`` is the unpacked bundle, or the kept copy: the one that this package lies in."""
    host = host or _this_host()
    host.system.no_message_boxes()
    folder = folder or os.path.dirname(os.path.dirname(os.path.abspath(to_text(__file__))))
    started = host.clock.monotonic()
    report = RunReport(stamp(time.time()))
    console = Console(heard=report.say)
    code = _run(host, folder, console, report)
    write_report(host, report, console, code, host.clock.monotonic() - started)
    if not console.quiet and host.operator.window_closes():
        _hold(host, console, _BEFORE_REMOVAL if os.path.isfile(os.path.join(folder, KEPT)) else _UNREAD)
    return code


def _hold(host, console, seconds):
    # type: (Host, Console, int) -> None
    """So that what stands in the window can be read."""
    console.line("\nPress a key to close this window; it closes by itself after %d seconds." % seconds)
    try:
        host.operator.wait_for_key(seconds)
    except KeyboardInterrupt:
        pass


def _say_next(host, console, lines):
    # type: (Host, Console, list[str]) -> None
    if lines and not console.quiet and host.operator.window_closes():
        console.line("\nWhat to do next:")
        for each in lines:
            console.line(each)


def _run(host, folder, console, report):
    # type: (Host, str, Console, RunReport) -> int
    try:
        options = _options(host, folder, report)
        console.quiet = options.quiet
        if options.mode == "help":
            console.line(USAGE)
            return DONE
        report.log = log = _log(host, folder, options, console)
        run = Run(host, folder, options, console, log, report)
        code = _logged(run)
        code = offer_elevation(run, code) if code == REFUSED and not run.is_barred else code
        _say_next(host, console, next_steps(host, options.mode, code, run.layout))
        return code
    except InstallError as error:
        console.error("\n".join((error.message,) + error.details))
        report.refused(error)
        _say_next(host, console, next_steps(host, "", error.code))
        return error.code
    except KeyboardInterrupt:
        console.error("Cancelled; nothing was changed.")
        report.failed("Cancelled")
        return CANCELLED


def _options(host, folder, report):
    # type: (Host, str, RunReport) -> Options
    """Of faulty ones is told where that was asked for, too."""
    options, found = Options(), []  # type: Options, list[InstallError]
    try:
        parse(host.operator.arguments(), options)
    except InstallError as error:
        found.append(error)
    report.asked(options)
    try:
        report.path = report_path(host, folder, options)
    except InstallError as error:
        found.append(error)
    for each in found[1:]:
        raise InstallError(found[0].code, found[0].message, found[0].details + (each.message,))
    for each in found:
        raise each
    return options


def _log(host, folder, options, console):
    # type: (Host, str, Options, Console) -> Log
    """One that can't be written where it was asked for lies in the temporary folder; where it can't either, there is none."""
    path = log_path(host, folder, options)
    log = Log(path, new=is_new_log(host, path, options.log is not None))
    if log.fault is not None:
        console.error("The log %s can't be written: %s" % (log.path, log.fault))
        log = Log(temporary_log(host), new=True)
    return log


def _this_host():
    # type: () -> Host
    if sys.platform == "win32":
        from .machine.windows.host import windows_host

        return windows_host()
    else:
        from .machine.posix import posix_host

        return posix_host()


def _logged(run):
    # type: (Run) -> int
    """Everything that can go wrong in a run ends here, in words on the screen and with all that is known in the log."""
    log, console = run.log, run.console
    log.write("bootstrap of %s, Python %s" % (run.folder, sys.version.replace("\n", " ")))
    log.write("mode %s%s" % (run.options.mode, ", planning only" if run.options.plan else ""))
    try:
        run.open()
        code = _MODES[run.options.mode](run)
    except InstallError as error:
        code = _refused(run, error)
    except KeyboardInterrupt:
        log.write("cancelled")
        console.error("\nCancelled. %s" % _cancelled(run))
        run.report.failed("Cancelled. %s" % _cancelled(run))
        if run.host.operator.is_asked_by_batch():
            console.error(
                "Answer N if you are asked whether to terminate the batch job: only then the exit code is %d."
                % CANCELLED
            )
        code = _ended(run, CANCELLED)
    except Exception as error:
        log.write(to_text(traceback.format_exc()))
        busy = run.beside() if isinstance(error, EnvironmentError) else None
        if busy is not None:
            code = _refused(run, busy)
        elif isinstance(error, EnvironmentError) and is_denied(error) and not run.host.rights.is_admin():
            run.report.failed(_named(error))
            console.error(log.mask("\nThis account may not do that (%s): %s" % (error_text(error), OTHER_PROMPT)))
            code = _ended(run, REFUSED if run.journal is None else FAILED)
        else:
            run.report.failed(_named(error))
            console.error("\nFailed: %s" % log.mask(_named(error)))
            code = _ended(run, FAILED)
    finally:
        run.unlock()
    run.report.in_use = run.release_in_use()
    log.write("exit code %d" % code)
    log.close()
    run.keep_log()
    return code


def _refused(run, error):
    # type: (Run, InstallError) -> int
    lines = (error.message,) + error.details
    for line in lines:
        run.log.write(line)
    run.console.error(run.log.mask("\n".join(("",) + lines)))
    run.report.refused(error)
    return _ended(run, error.code)


def _named(error):
    # type: (Exception) -> str
    """One that nobody expected there."""
    words = error_words(error.code) if isinstance(error, ServiceError) else error_text(error)
    return "%s: %s" % (type(error).__name__, words)


def _cancelled(run):
    # type: (Run) -> str
    """What became of what was begun; where the run isn't over, its outlook says more."""
    if run.journal is None:
        begun = run.options.mode in ("stop", "start")
        return "What was done of it stays: run it again." if begun else "Nothing was begun."
    if run.outlook():
        return "It had been begun already."
    if run.journal.committed:
        return "It had been done already."
    return "What was begun has been taken back%s." % (", but for what is named above" if run.left_behind else "")


def _ended(run, code):
    # type: (Run, int) -> int
    """The last words of a run that failed or was cancelled, and its exit code: nobody may take one that left something behind for one
    that took everything back.
    """
    for line in run.outlook() or run.in_use():
        run.log.write(line)
        run.console.error(line)
    log = run.log
    run.console.error("The log is %s" % log.path if log.fault is None else "There is no whole log: %s" % log.fault)
    return FAILED if run.left_behind else code
