"""The Python of the release: installed by python.org's installer, or a copy of the boot Python inside the release."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import counted
from ..errors import BUSY, CANCELLED, FAILED, OTHER_VERSION, InstallError
from ..machine.parent_folders import missing_folders
from ..state.restart_removals import restart_removals
from ..state.runtime_claims import claim, folder_of, hold, keep_installer, record_files
from ..state.trusted_folders import must_be_own, must_be_trusted
from .base import Step
from .detection import expanded
from .installer_logs import InstallerLog
from .installer_runs import REBOOT
from .member_copies import copy_members
from .undo_runtimes import RuntimeClaimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host
    from .context import Context

_PASSED_ON = (CANCELLED, BUSY, OTHER_VERSION)
_UNWANTED = ("Extensions", "Documentation", "Testsuite", "pip_feature")
"""Features of python.org's MSIs that change the machine (file associations) or the Python itself, or are of no use."""

_VARIABLES = ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", "HKCU\\Environment")
"""Where Windows keeps what every logon, and this account's, begins with."""

Setup = collections.namedtuple("Setup", ["directory", "log", "all_users", "prepend_path"])
"""What an installer of python.org is to do. ``directory`` without a backslash at its end: that would escape the closing quote."""

_IDENTITY = "import struct, sys; print('%d.%d.%d' % sys.version_info[:3] + ' %d' % (struct.calcsize('P') * 8))"


def identity(context, python):
    # type: (Context, str) -> tuple[str, int] | None
    """Version and bits of a Python, None if it doesn't run."""
    if not os.path.isfile(python):
        return None
    return parse_identity(context.run(context.python(python) + ["-c", _IDENTITY], timeout=120).output)


def parse_identity(output):
    # type: (str) -> tuple[str, int] | None
    words = output.split()
    return (words[0], int(words[1])) if len(words) == 2 and words[1].isdigit() else None


def identity_command(python):
    # type: (str) -> list[str]
    return [python, "-E", "-s", "-B", "-c", _IDENTITY]


class InstallRuntimeStep(Step):
    """msi and exe. The installer is one step that isn't ours: it's never believed, but looked at afterwards."""

    id = "runtime"

    def describe(self, context):
        # type: (Context) -> list[str]
        runtime = context.manifest.runtime
        whose = "for all users" if runtime.all_users else "for this account"
        lines = ["install Python %s %s into %s" % (context.manifest.target.python, whose, runtime.directory)]
        if runtime.prepend_path:
            lines.append("put that folder on PATH")
        if runtime.replace:
            lines.append("replace another Python of the same minor version, wherever it lies")
        return lines

    def doing(self, context):
        # type: (Context) -> str
        return "Installing Python %s" % context.manifest.target.python

    def run(self, context):
        # type: (Context) -> str
        runtime, directory = context.manifest.runtime, context.layout.runtime
        installer = context.bundle.path(runtime.file)
        _claim(context)
        keep_installer(context.host, directory, installer, runtime.kind)
        log = InstallerLog(context.host, context.log, context.work("logs"), "python")
        setup = Setup(directory.rstrip("\\"), log.path, runtime.all_users, runtime.prepend_path)
        if runtime.kind == "msi":
            msiexec = os.path.join(context.host.environment.system_programs(), "msiexec.exe")
            features = context.host.installers.msi_features(installer)
            command = msi_command(msiexec, installer, features, setup)
        else:
            command = exe_command(installer, setup)
        try:
            code = context.install(command).code
        except KeyboardInterrupt:
            # it came to its end all the same: what it made isn't half of a Python
            if os.path.isfile(context.layout.runtime_python):
                record_files(context.host, directory)
            raise
        finally:
            log.keep()
        if code in REBOOT:
            context.reboot = True
        elif code != 0:
            known = code if code in _PASSED_ON else FAILED
            words = {
                CANCELLED: "was cancelled",
                BUSY: "waited for another one, which did not end",
                OTHER_VERSION: "found another version",
            }
            what = "The installation of Python %s" % words.get(known, "failed")
            raise InstallError(known or FAILED, "%s (exit code %s)%s" % (what, code, log.words()))
        wanted = (context.manifest.target.python, context.manifest.target.bits)
        found = identity(context, context.layout.runtime_python)
        if found != wanted:
            there = "Python %s with %d bits" % found if found else "no Python that runs"
            raise InstallError(
                FAILED,
                "The installer ended with %s, but in %s there is %s and not %s with %d bits%s"
                % ((code, directory, there) + wanted + (log.words(),)),
            )
        if runtime.prepend_path and not _is_on_path(context.host, directory):
            text = "The installer ended with %s, and yet %s is not on PATH%s"
            raise InstallError(FAILED, text % (code, directory, log.words()))
        record_files(context.host, directory)
        context.host.files.to_disk(
            directory
        )  # a switch that survives a power failure must not lead to files that didn't
        return "Installed Python %s into %s" % (wanted[0], directory)


def _is_on_path(host, directory):
    # type: (Host, str) -> bool
    """That of later logons: this process has the one of before."""
    entries = [each for key in _VARIABLES for each in (host.registry.value(key, "Path", None) or "").split(";")]
    wanted = os.path.normcase(directory).rstrip("\\")
    return wanted in [os.path.normcase(expanded(host, each.strip(' "'))).rstrip("\\") for each in entries]


def _claim(context):
    # type: (Context) -> None
    """Before the installer runs: whoever finds its Python must find out whose it is, wherever this run was killed."""
    layout = context.layout
    held = hold(context.host, layout.runtime)  # noqa: F841 - until it is claimed
    context.journal.undo(RuntimeClaimed(layout.runtime, layout.environment, layout.runtime_python))
    for each in missing_folders(folder_of(layout.runtime)):
        context.host.files.make_guarded(each)  # an installer takes the rights of a folder that is there
    # one that wasn't there when this machine was looked at may be somebody's by now
    for each in (layout.runtime, folder_of(layout.runtime)):
        must_be_trusted(context.host, each)
        must_be_own(context.host, each)
    for words in restart_removals(context.host, layout):  # as may an uninstallation that ended since then
        raise InstallError(FAILED, words)
    claim(context.host, layout.runtime, layout.environment)


class ClaimRuntimeStep(Step):
    """The Python is there, and a bundle installed it: from now on this environment needs it too."""

    id = "claim"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["use the Python that a bundle installed into %s" % context.layout.runtime]

    def doing(self, context):
        # type: (Context) -> str
        return "Looking at Python %s" % context.manifest.target.python

    def run(self, context):
        # type: (Context) -> str
        _claim(context)
        return "Found Python %s in %s" % (context.manifest.target.python, context.layout.runtime)


def msi_command(msiexec, msi, features, setup):
    # type: (str, str, list[str], Setup) -> str
    """One string: msiexec wants PROPERTY="a value" and not "PROPERTY=a value". Every feature is named: ALL takes PATH along."""
    wanted = [each for each in features if each not in _UNWANTED and (setup.prepend_path or each != "PrependPath")]
    words = ['"%s"' % msiexec, "/i", '"%s"' % msi, "/qn", "/norestart", "/l*v", '"%s"' % setup.log]
    if setup.all_users:
        words.append("ALLUSERS=1")
    words.append('TARGETDIR="%s"' % setup.directory)
    words.append("ADDLOCAL=" + ",".join(wanted))
    return " ".join(words)


def exe_command(exe, setup):
    # type: (str, Setup) -> str
    """python.org's installer of 3.5 and later."""
    words = ['"%s"' % exe, "/quiet", "/norestart", "/log", '"%s"' % setup.log, "InstallAllUsers=%d" % setup.all_users]
    words += ['TargetDir="%s"' % setup.directory, "PrependPath=%d" % setup.prepend_path, "Include_test=0"]
    words += ["Include_launcher=0"] if setup.all_users else ["InstallLauncherAllUsers=0", "Include_launcher=0"]
    return " ".join(words + ["Shortcuts=0", "AssociateFiles=0"])


class CopyRuntimeStep(Step):
    """All other kinds: the boot Python, file by file, each hashed as it is copied and compared with the manifest."""

    id = "runtime"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["put Python %s into %s" % (context.manifest.target.python, context.layout.runtime)]

    def doing(self, context):
        # type: (Context) -> str
        return "Copying Python %s" % context.manifest.target.python

    def run(self, context):
        # type: (Context) -> str
        places = [
            (each, os.path.join(context.layout.runtime, *each.path.split("/")[1:]))
            for each in context.manifest.members
            if each.path.startswith("boot/") and not _hides_the_library(each.path)
        ]
        empty = frozenset(context.manifest.boot.placeholders)
        copy_members(context.host, context.bundle, places, empty)
        context.hashes.update((path, (each.sha256, each.size)) for each, path in places if each.path not in empty)
        wanted = (context.manifest.target.python, context.manifest.target.bits)
        found = identity(context, context.layout.runtime_python)
        if found != wanted:
            there = "Python %s with %d bits" % found if found else "no Python that runs"
            words = (context.layout.runtime_python, there, wanted[0])
            raise InstallError(FAILED, "%s is %s and not Python %s" % words)
        return "Copied Python %s (%s)" % (context.manifest.target.python, counted(len(places), "file"))


def _hides_the_library(path):
    # type: (str) -> bool
    """An embeddable Python's ``python311._pth`` cuts off site-packages, for every environment made from it too."""
    return path.lower().endswith("._pth") and path.count("/") == 1
