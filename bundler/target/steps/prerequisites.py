"""Third-party installers: run unless what they install is there, and never believed: what they left is looked at."""

from __future__ import absolute_import, unicode_literals

import os
import re
import subprocess

from ..errors import BUSY, CANCELLED, FAILED, OTHER_VERSION, InstallError
from ..layout import substitute
from .base import Step
from .child_processes import ending, tail
from .detection import detect
from .installer_logs import InstallerLog
from .installer_runs import REBOOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest, PrerequisiteInfo
    from ..machine.host import Host
    from ..machine.processes import Completed
    from .context import Context

_TIMEOUT = 3600
_NOT_IN_QUOTES = "In the argument %s of an installer, {%s} can't hold a quote or end with a backslash: it would end the quotes around it"


def missing(host, manifest):
    # type: (Host, Manifest) -> list[PrerequisiteInfo]
    return [each for each in manifest.prerequisites if not detect(host, each.detect).there]


class PrerequisiteStep(Step):
    """One installer is one step. It is not ours to take back: what it installed stays, and the receipt says who brought it."""

    def __init__(self, prerequisite):
        # type: (PrerequisiteInfo) -> None
        self.id = "prerequisite:" + prerequisite.name
        self._wanted = prerequisite

    def describe(self, context):
        # type: (Context) -> list[str]
        found = detect(context.host, self._wanted.detect)
        if found.there:
            return ["leave %s as it is: %s" % (self._wanted.name, found.words)]
        words = (self._wanted.name, self._command(context, "LOG"), found.words)
        return ["install %s by %s (%s)" % words]

    def doing(self, context):
        # type: (Context) -> str
        return "Installing %s" % self._wanted.name

    def run(self, context):
        # type: (Context) -> str
        wanted, host = self._wanted, context.host
        found = detect(host, wanted.detect)
        if found.there:
            return "Found %s: %s" % (wanted.name, found.words)
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted.name)
        log = InstallerLog(host, context.log, context.work("logs"), name)
        try:
            done = context.install(self._command(context, log.path), _TIMEOUT)
        finally:
            if not context.goes_on:
                log.keep()
        kept = log.words()
        found = detect(host, wanted.detect)
        restart = done.code in REBOOT
        self._judge(context, done, found.there, kept)
        if not found.there:
            if restart:
                text = "%s is finished by a restart: restart this machine, and run bootstrap.bat again (exit code %s%s)"
                raise InstallError(FAILED, text % (wanted.name, done.code, kept))
            words = (wanted.name, done.code, found.words, kept)
            raise InstallError(FAILED, "The installer of %s ended with %s, and yet %s%s" % words)
        context.reboot = context.reboot or restart
        context.prerequisites.append(wanted.name)
        return "Installed %s%s" % (wanted.name, ": a restart will finish it" if restart else "")

    def _judge(self, context, done, there, kept):
        # type: (Context, Completed, bool, str) -> None
        """Raise InstallError for an exit code that means no success."""
        wanted, code = self._wanted, done.code
        if code == 0 or code in REBOOT or code in wanted.exit_codes or (code == OTHER_VERSION and there):
            return
        if code is None:
            text = (
                "The installer of %s did not end within an hour, and goes on: ending it would leave half of it. Are its arguments silent "
                "ones? Look what it waits for, and run bootstrap.bat again when it has ended%s"
            )
            raise InstallError(FAILED, text % (wanted.name, kept))
        known = {
            CANCELLED: "was cancelled",
            BUSY: "waited for another installation, which did not end",
            OTHER_VERSION: "found another version, and not one that will do",
        }
        words = (wanted.name, known.get(code, "failed"), ending(done), kept)
        details = tail(context.log.mask(done.output))
        raise InstallError(code if code in known else FAILED, "The installation of %s %s (%s)%s" % words, details)

    def _command(self, context, log):
        # type: (Context, str) -> str
        wanted = self._wanted
        references = dict(context.layout.references(context.values), log=log)
        file = context.bundle.path(wanted.file)
        if wanted.kind == "exe":
            return " ".join(['"%s"' % file] + [_exe_word(each, references) for each in wanted.arguments])
        words = ['"%s"' % os.path.join(context.host.environment.system_programs(), "msiexec.exe"), "/i", '"%s"' % file]
        words += ["/qn", "/norestart", "/l*v", '"%s"' % log]
        return " ".join(words + [_msi_word(each, references) for each in wanted.arguments])


def _exe_word(word, references):
    # type: (str, dict[str, str]) -> str
    """Quoted as Microsoft's C library reads it; one that has quotes of its own (``/v"/qn"``) is taken as it is."""
    return _as_written(word, references) if '"' in word else subprocess.list2cmdline([substitute(word, references)])


def _msi_word(word, references):
    # type: (str, dict[str, str]) -> str
    """``NAME="a value"``, as Windows Installer wants it: quotes around the value alone, those inside doubled."""
    if '="' in word:
        return _as_written(word, references)
    filled = substitute(word, references)
    name, equals, value = filled.partition("=")
    if word.startswith("/") or re.search(r"\s", word.partition("=")[0]):  # an option, and what it is given
        return substitute(word, {each: _in_quotes(text) for each, text in references.items()})
    return "%s=%s" % (name, _in_quotes(value)) if equals else _in_quotes(filled)


def _in_quotes(text):
    # type: (str) -> str
    """Where it needs them. A backslash before the last one would make that a letter."""
    if re.match(r"[^\s\"]+\Z", text):
        return text
    ending = text[len(text.rstrip("\\")) :]
    return '"%s%s"' % (text.replace('"', '""'), ending)


def _as_written(word, references):
    # type: (str, dict[str, str]) -> str
    """The quotes are the recipe's own: what is filled in may not end them, or be arguments of its own. Raises InstallError (1603)."""
    for name, value in references.items():
        is_there = substitute(word, {name: value}) != word
        ends = value.endswith("\\") and re.search(r'\{%s\}\\*"' % re.escape(name), word)
        if is_there and ('"' in value or ends):
            raise InstallError(FAILED, _NOT_IN_QUOTES % (word, name))
    return substitute(word, references)
