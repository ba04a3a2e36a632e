"""What must be right before the release is used: the set of packages, its own consistency, imports, commands."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..bundle.added_bundle import added_to
from ..compat import counted, to_text
from ..errors import FAILED, InstallError
from ..layout import substitute
from ..wheels.pip_check import first, metadata_of, normal_name
from ..wheels.worker_processes import program_beside
from .base import Step
from .beside import Beside
from .child_processes import ending, tail
from .install_wheels import pip_seed
from .release_programs import command_of, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context

_TIMEOUT = 300
_IMPORT = """\
import os, sys, traceback
said, failed = os.dup(1), 0
for name in sys.argv[1:]:
    try:
        __import__(name)
    except BaseException:
        failed = 1
        print("import " + name + ":")
        traceback.print_exc(file=sys.stdout)
os.write(said, b"\\nevery module was tried\\n")
sys.exit(failed)
"""
_TRIED = "every module was tried"
"""Said to the output as it was at first: a module may put another one in its place, and may end the program as if all were well."""
_PARTS = re.compile(r"[0-9]+|preview|alpha|beta|post|rev|dev|pre|rc|[a-z]|!")
_SPELLED = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc", "rev": "post", "r": "post"}
"""What versions may have for the words of their normal form."""


def _installed(number):
    # type: (int) -> str
    if number == 1:
        return "1 package is installed and its requirements are met"
    return "%s are installed and fit together" % counted(number, "package")


class ChecksStep(Step):
    id = "checks"

    def describe(self, context):
        # type: (Context) -> list[str]
        checks = context.manifest.checks
        lines = ["check that exactly %s" % _installed(len(context.manifest.frozen))]
        lines += ["check: import %s" % each for each in checks.imports]
        return lines + [
            "check: %s" % " ".join(substitute(word, context.layout.references(context.values)) for word in each)
            for each in checks.commands
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Checking"

    def run(self, context):
        # type: (Context) -> str
        checks = context.manifest.checks
        compare_frozen(context.manifest.frozen, frozen(context.layout.site_packages))
        together = Beside(context, "Checking that the packages fit together", _fitting(context), _TIMEOUT)
        try:
            self._use(context)
        except InstallError:
            together.must()  # what doesn't fit together is the better reason
            raise
        except BaseException:
            together.wait()
            raise
        together.must()
        done = [counted(len(context.manifest.frozen), "package")]
        done += [counted(len(checks.imports), "import")] if checks.imports else []
        done += [counted(len(checks.commands), "command")] if checks.commands else []
        return "Checked %s" % ", ".join(done)

    def _use(self, context):
        # type: (Context) -> None
        checks, references = context.manifest.checks, context.layout.references(context.values)
        if checks.imports:
            command = context.python(context.layout.python) + ["-c", _IMPORT] + list(checks.imports)
            what = "Importing %s" % ", ".join(checks.imports)
            output = context.must(what, command, timeout=_TIMEOUT)
            if _TRIED not in output.splitlines():
                text = "%s failed: a module ended the program (exit code 0):"
                raise InstallError(FAILED, text % what, tail(context.log.mask(output)))
        for words in checks.commands:
            self._command(context, [substitute(each, references) for each in words])

    def _command(self, context, words):
        # type: (Context, list[str]) -> None
        command = command_of(context.host, find_command(context, words[0]), words[1:])
        done = context.run(command, context.layout.release, _TIMEOUT)
        if done.code != 0:
            shown = context.log.mask(" ".join(words))
            raise InstallError(
                FAILED, "The check %s failed (%s):" % (shown, ending(done)), tail(context.log.mask(done.output))
            )


def _fitting(context):
    # type: (Context) -> list[str]
    """What checks that the packages fit together. Nothing of the environment takes part: without it this is one process less on Windows, whose
    environments start their Python by another one.
    """
    layout = context.layout
    python = layout.python if layout.present_runtime else layout.runtime_python
    command = [python, "-E", "-s", "-S", "-B", program_beside("pip_check.py")]
    command += [context.bundle.path(pip_seed(context).file), layout.site_packages]
    return command + [each.name for each, _ in added_to(context.bundle)]


def find_command(context, name):
    # type: (Context, str) -> list[str]
    """The program that a first word means; raises InstallError (1603) if there is none."""
    found = find_program(context.host, context.layout.release, name)
    if found is None:
        words = (name, name, context.layout.scripts)
        raise InstallError(FAILED, "The check %s can't be made: there is no %s in %s" % words)
    return found


def frozen(site_packages):
    # type: (str) -> list[str]
    """``name==version`` of everything that is installed there, names normalized (PEP 503), sorted."""
    found = []
    for name in os.listdir(site_packages):
        folder = os.path.join(site_packages, to_text(name))
        if folder.endswith(".dist-info"):
            found.append(_identity(os.path.join(folder, "METADATA")))
        elif folder.endswith(".egg-info"):
            found.append(_identity(os.path.join(folder, "PKG-INFO") if os.path.isdir(folder) else folder))
    return sorted(found)


def _identity(path):
    # type: (str) -> str
    try:
        fields = metadata_of(path)
    except EnvironmentError:
        return "(unreadable: %s)" % path
    return "%s==%s" % (normal_name(first(fields, "name") or "?"), first(fields, "version") or "?")


def compare_frozen(wanted, found):
    # type: (tuple[str, ...], list[str]) -> None
    known, there = {spelling(each) for each in wanted}, [spelling(each) for each in found]
    details = ["- missing: %s" % each for each in sorted(wanted) if spelling(each) not in there]
    details += ["- unexpected: %s" % each for each in sorted(set(found)) if spelling(each) not in known]
    details += ["- duplicate: %s" % each for each in sorted(set(found)) if there.count(spelling(each)) > 1]
    if details:
        raise InstallError(FAILED, "What is installed is not what the bundle holds:", details)


def spelling(identity):
    # type: (str) -> str
    """Equal for ``name==version`` of one version: a bundle has it in its normal form (PEP 440), METADATA as somebody wrote it, such as ``14.05.14-RC``."""
    name, equals, version = identity.partition("==")
    public, plus, local = version.lower().partition("+")
    parts = _PARTS.findall(re.sub(r"(?<=[0-9])-(?=[0-9])", "post", re.sub(r"^v?(0+!)?", "", public)))
    for at, each in enumerate(parts):
        parts[at] = _SPELLED.get(each, each) if each.isalpha() else each.lstrip("0") or "0"
        if each.isalpha() and not "".join(parts[at + 1 : at + 2]).isdigit():
            parts[at] += ".0"
    tagged = (each.lstrip("0") or "0" if each.isdigit() else each for each in re.split(r"[-_.]", local))
    return name + equals + ".".join(parts) + plus + ".".join(tagged)
