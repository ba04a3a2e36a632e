"""A Python that the site installed (kind ``none``): found, looked at and used; nothing of it is ever changed or removed.

Before it is started, it is known that nobody but administrators decides what it is, where the run is an administrator's.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import representable, start_error
from ..errors import FAILED, OTHER_VERSION, REFUSED, InstallError, Problem, of_problems
from ..state.runtime_claims import claimed, folder_of
from ..state.trusted_folders import (
    ADVICE,
    NOT_STARTED,
    first_of,
    of_other_users,
    reasons_against,
    reasons_inside,
    temporary_folder,
)
from .base import Step
from .child_processes import tail
from .runtime import parse_identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest, TargetInfo
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.registry import InstalledPython
    from .context import Context

_STORE = "windowsapps"
"""Programs of the Store, and the stand-ins that start them or the Store itself: another account can't use them, and each update moves them."""
_NEEDED = ("ctypes", "ssl", "zlib")
_TIMEOUT = 120
_SHOWN = 3

_PROBE = """\
import struct, sys
print('%d.%d.%d' % sys.version_info[:3] + ' %d' % (struct.calcsize('P') * 8))
import platform, sysconfig
free = bool(sysconfig.get_config_var('Py_GIL_DISABLED'))
inside = hasattr(sys, 'real_prefix') or getattr(sys, 'base_prefix', sys.prefix) != sys.prefix
facts = [platform.python_implementation(), sysconfig.get_platform(), int(free), int(inside), int(hasattr(sys, 'gettotalrefcount'))]
print(' '.join(str(each) for each in facts))
for name in sys.argv[1:]:
    try:
        __import__(name)
    except Exception:
        print('lacks ' + name)
"""

Found = collections.namedtuple("Found", ["directory", "problems"])
"""``directory``: the Python's; None: there is none."""


def find_python(host, manifest, layout, environ):
    # type: (Host, Manifest, Layout, dict[str, str]) -> Found
    """The Python that the recipe means: in its folder, or the first registered one (PEP 514) that will do; without one that does, all that
    speaks against those there are.
    """
    runtime, target = manifest.runtime, manifest.target
    if runtime.directory is not None:
        return Found(runtime.directory, faults_of(host, manifest, layout, runtime.directory, environ))
    every = host.registry.pythons(target.python.rpartition(".")[0])
    machine_only = runtime.all_users or host.rights.is_admin()
    taken = [each for each in every if _fits(each, target) and (each.all_users or not machine_only)]
    looked = []  # type: list[Found]
    for folder in [each.directory.rstrip("\\/") for each in taken]:  # PEP 514's end with a separator
        if folder not in [known.directory for known in looked]:
            looked.append(Found(folder, faults_of(host, manifest, layout, folder, environ)))
            if not looked[-1].problems:
                return looked[-1]
    if looked:
        return Found(looked[0].directory, [problem for each in looked for problem in each.problems])
    scope = "for all users of this machine" if machine_only else "on this machine"
    words = (target.python, target.bits, scope)
    text = "this bundle uses a Python %s (%d bits) that is there already, and none is registered %s" % words
    text += "".join("; %s" % _passed_over(each, target) for each in every)
    return Found(None, [Problem(FAILED, text + ". Install it, from python.org for instance, and start this again")])


def _fits(python, target):
    # type: (InstalledPython, TargetInfo) -> bool
    return python.bits in (None, target.bits) and python.arm64 == (target.platform == "win_arm64")


def _passed_over(python, target):
    # type: (InstalledPython, TargetInfo) -> str
    if not _fits(python, target):
        kind = "64-bit ARM" if python.arm64 else "%s bits" % python.bits
        return "the one in %s is for %s" % (python.directory, kind)
    return "the one in %s is registered for this account only" % python.directory


def faults_of(host, manifest, layout, directory, environ):
    # type: (Host, Manifest, Layout, str, dict[str, str]) -> list[Problem]
    """What speaks against the Python in a folder. It is started only where nothing speaks against the folder itself."""
    python = host.paths.runtime_python(directory)
    problem = _untouchable(host, layout, directory, python)
    if problem is not None:
        return [problem]
    if not representable(python):
        return []  # its letters are a problem of their own
    modules = list(_NEEDED) + (["venv"] if manifest.environment.maker == "venv" else [])
    try:
        command = [python, "-E", "-s", "-B", "-c", _PROBE] + modules
        output = host.processes.run(command, environ, directory, _TIMEOUT).output
    except EnvironmentError as error:
        return [Problem(FAILED, "%s can't be started: %s" % (python, start_error(error)))]
    problems = _unfit(python, output.splitlines(), manifest)
    return problems or (_without_environments(host, python, environ) if "venv" in modules else [])


def _untouchable(host, layout, directory, python):
    # type: (Host, Layout, str, str) -> Problem | None
    """Why it isn't even started."""
    if _STORE in directory.lower().replace("\\", "/").split("/"):
        text = "%s belongs to the Store, whose Pythons can't be used for this: install one from python.org"
        return Problem(FAILED, text % directory)
    if not os.path.isfile(python):
        return Problem(FAILED, "the bundle uses the Python in %s, and there is no %s" % (directory, python))
    against = reasons_against(host, directory) or reasons_inside(host, directory)
    if against:
        return Problem(REFUSED, "%s. %s" % ("; ".join(first_of(against)), ADVICE))
    others = of_other_users(host, directory, python)
    if others:
        return Problem(REFUSED, NOT_STARTED % others[0])
    if os.path.isdir(folder_of(directory)) and not claimed(directory, layout.environment):
        text = (
            "the Python in %s was installed by another bundle, and goes with it: give this one a Python of the site's"
        )
        return Problem(OTHER_VERSION, text % directory)
    return None


def _unfit(python, lines, manifest):
    # type: (str, list[str], Manifest) -> list[Problem]
    target = manifest.target
    found = parse_identity(lines[0]) if lines else None
    if found is None:
        return [Problem(FAILED, "%s doesn't run: %s" % (python, " / ".join(lines[-_SHOWN:]) or "it says nothing"))]
    if found != (target.python, target.bits):
        words = (python,) + found + (target.python, target.bits)
        text = "%s is Python %s with %d bits, and this bundle is made for %s with %d bits"
        return [Problem(OTHER_VERSION, text % words)]
    facts = lines[1].split() if len(lines) > 1 else []
    if len(facts) != 5:
        return [Problem(FAILED, "%s is not complete: %s" % (python, " / ".join(lines[-_SHOWN:])))]
    kind, platform, free, inside, debug = facts
    problems = []
    if kind != "CPython":
        problems.append("%s is %s, and this bundle is made for CPython" % (python, kind))
    if platform.startswith("win") and platform.replace("-", "_") != target.platform:
        problems.append("%s is for %s, and this bundle for %s" % (python, platform, target.platform))
    if (free == "1") != target.abi.endswith("t"):
        kinds = ("free-threaded", "one with a global lock")
        problems.append(
            "%s is %s, and this bundle is made for %s" % ((python,) + (kinds if free == "1" else kinds[::-1]))
        )
    if inside == "1":
        problems.append(
            "%s belongs to a virtual environment: name the folder of the Python that it was made of" % python
        )
    if debug == "1":
        problems.append("%s is a debug build, which takes no ordinary packages" % python)
    lacking = [each[len("lacks ") :] for each in lines[2:] if each.startswith("lacks ")]
    if lacking:
        text = "%s is not complete, as an embeddable one isn't: it has no working module %s"
        problems.append(text % (python, ", ".join(lacking)))
    return [Problem(FAILED, each) for each in problems]


def _without_environments(host, python, environ):
    # type: (Host, str, dict[str, str]) -> list[Problem]
    """Whether it makes no environments: one is made in the folder for temporary files."""
    work = host.files.make_work(temporary_folder(host))
    try:
        place = os.path.join(work, "environment")
        command = [python, "-E", "-s", "-B", "-m", "venv", "--without-pip"] + list(host.paths.venv_options) + [place]
        done = host.processes.run(command, environ, work, _TIMEOUT)
        if done.code == 0 and os.path.isfile(host.paths.script(place, "python")):
            return []
        said = " / ".join(each.strip() for each in tail(done.output)[-_SHOWN:])
        return [Problem(FAILED, "%s makes no virtual environments: %s" % (python, said or "it says nothing"))]
    except EnvironmentError as error:
        return [Problem(FAILED, "%s makes no virtual environments: %s" % (python, start_error(error)))]
    finally:
        host.files.remove_tree(work)


def changed_python(host, directory, version, environ):
    # type: (Host, str, str, dict[str, str]) -> str | None
    """How the Python outside of a release isn't the one any more that the release was made with; None: it is."""
    python = host.paths.runtime_python(directory)
    if not os.path.isfile(python):
        return "its Python is gone: there is no %s" % python
    against = reasons_against(host, directory) or reasons_inside(host, directory)
    against = against or [NOT_STARTED % each for each in of_other_users(host, directory, python)]
    if against:
        return "; ".join(first_of(against))
    if not representable(python):
        return None
    try:
        output = host.processes.run([python, "-E", "-s", "-B", "-c", _PROBE], environ, directory, _TIMEOUT).output
    except EnvironmentError as error:
        return "its Python can't be started: %s" % start_error(error)
    found = parse_identity((output.splitlines() or [""])[0])
    if found is None or found[0] != version:
        return "%s is %s, and it was made with Python %s" % (
            python,
            "Python " + found[0] if found else "broken",
            version,
        )
    return None


class UsePythonStep(Step):
    """The Python is looked at once more: the machine may have changed since the preflight."""

    id = "runtime"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["use the Python %s that is in %s" % (context.manifest.target.python, context.layout.runtime)]

    def doing(self, context):
        # type: (Context) -> str
        return "Looking at Python %s" % context.manifest.target.python

    def run(self, context):
        # type: (Context) -> str
        layout = context.layout
        problems = faults_of(context.host, context.manifest, layout, layout.runtime, context.environ())
        if problems:
            error = of_problems(problems)
            raise InstallError(error.code, "The Python in %s can't be used:" % layout.runtime, list(error.details))
        return "Found Python %s in %s" % (context.manifest.target.python, layout.runtime)
