"""Files that a run writes where it is told to: whether they may lie there, and what is written for programs."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import BAD_ARGUMENTS, FAILED, InstallError
from ..names import is_device, is_name
from ..state.places import is_below
from ..state.trusted_folders import must_lead_here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..arguments import Options
    from ..console import Console
    from ..machine.host import Host
    from ..run_report import RunReport
    from .run import Run

_JSON = "JSON file"
_NOT_OF_FILES = ("\\\\.\\", "\\\\?\\")
_OF_ENVIRONMENTS = (("receipt.json", "releases"), ("current", "releases", "uninstall"))
"""What only an environment's folder holds; which one this bundle's is, nobody knows before the bundle is verified."""


def output_path(host, folder, name, given):
    # type: (Host, str, str, str) -> str
    """``folder``: the bundle's; ``name``: the argument's. Raises InstallError (1639; 1625 where others would decide what is written to)."""
    path = os.path.abspath(given)
    words = (name if name == "log" else _JSON, path)
    inside = InstallError(BAD_ARGUMENTS, "The %s can't lie inside the bundle: it would no longer be whole" % words[0])
    if (os.path.dirname(path) + os.sep).lower().startswith(folder.lower() + os.sep):
        raise inside
    if os.path.isdir(path):
        raise InstallError(BAD_ARGUMENTS, "The %s %s is a folder: /%s needs a file" % (words + (name,)))
    if (
        given.replace("/", "\\")[:4] in _NOT_OF_FILES
        or not is_name(os.path.basename(path))
        or is_device(os.path.basename(path))
    ):
        text = "The %s %s has a name that no file has (a device, a stream, a dot or a blank at its end)"
        raise InstallError(BAD_ARGUMENTS, text % words)
    must_lead_here(host, path)
    if not os.path.isdir(os.path.dirname(path)):
        raise InstallError(BAD_ARGUMENTS, "There is no folder for the %s %s" % words)
    if is_below(host.files.real(os.path.dirname(path)), host.files.real(folder)):
        raise inside
    place = _environment_of(host, path)
    if place is not None and (name != "log" or os.path.dirname(host.files.real(path)) != os.path.join(place, "logs")):
        raise _in_environment(words[0], path, place)
    return path


def _environment_of(host, path):
    # type: (Host, str) -> str | None
    """The folder of the environment that a file would lie in."""
    above = os.path.dirname(host.files.real(path))
    while os.path.dirname(above) != above:
        if any(all(os.path.lexists(os.path.join(above, name)) for name in each) for each in _OF_ENVIRONMENTS):
            return above
        above = os.path.dirname(above)
    return None


def is_new_log(host, path, is_given):
    # type: (Host, str, bool) -> bool
    """Whether the log has to be made. One that is there is removed, and not written to: what is written there, others would read under the
    names that they have given to it, or it would be lost there. What an administrator put in its place, a link or a device, is written to.
    """
    if not is_given or not os.path.lexists(path):
        return True
    if host.files.is_link(path) or not os.path.isfile(path):
        return False
    try:
        host.files.unlink(path)
    except EnvironmentError:
        pass  # whoever makes it says why it can't be written
    return True


def report_path(host, folder, options):
    # type: (Host, str, Options) -> str | None
    """Where what programs read is written; None: nowhere. Raises InstallError."""
    if options.json is None:
        return None
    path = output_path(host, folder, "json", options.json)
    if host.files.is_link(path) or os.path.isdir(path + ".new"):
        raise InstallError(
            BAD_ARGUMENTS, "The JSON file %s can't be written: a link or a folder is in its place" % path
        )
    if options.log is not None and os.path.normcase(os.path.abspath(options.log)) == os.path.normcase(path):
        raise InstallError(BAD_ARGUMENTS, "/log and /json need two files")
    return path


def begin_report(run):
    # type: (Run) -> None
    """Until the run is over the file says that it isn't: nobody may take an earlier run's for this one's. Raises InstallError."""
    report, layout, info = run.report, run.layout, run.bundle.manifest.bundle
    bundle = {"name": info.name, "version": info.version, "release": info.release, "folder": run.folder}
    report.opened(dict(bundle, kept=run.kept), layout.environment, layout.data)
    if report.path is None:
        return
    path, real = report.path, run.host.files.real(report.path)
    for place in [each for each in (layout.environment, layout.data) if each is not None]:
        if is_below(path, place) or is_below(real, run.host.files.real(place)):
            report.path = None
            raise _in_environment(_JSON, path, place)
    try:
        run.host.files.write(path, report.encoded(), private=True)
    except EnvironmentError as error:
        report.path = None
        raise InstallError(FAILED, "The JSON file %s can't be written: %s" % (path, error_text(error)))


def write_report(host, report, console, code, seconds):
    # type: (Host, RunReport, Console, int, float) -> None
    """At the run's end, whatever that is; where it can't be written any more, the exit code stays what it is."""
    report.ended(code, seconds)
    if report.path is None:
        return
    try:
        host.files.write(report.path, report.encoded(), private=True)
    except EnvironmentError as error:
        console.error("The JSON file %s can't be written: %s" % (report.path, error_text(error)))


def _in_environment(what, path, place):
    # type: (str, str, str) -> InstallError
    text = "The %s %s can't lie in %s: an environment's folders hold nothing but what belongs to it"
    return InstallError(BAD_ARGUMENTS, text % (what, path, place))
