r"""A stable name for a script of the current release: a copy of this file, under the script's name, in the environment's Scripts.

    python C:\PythonEnvs\Example\Scripts\twistd.py --help

starts ``twistd.py`` of the release that the file ``current`` names, in this very process if it runs the release's Python (which
``Scripts\python.exe`` does), else in a new one. It stands alone: nothing of the bundle is there when it runs. Paths are of the
kind that this Python has them in: on 2.7 arguments are bytes, and text beside them would have to be ASCII.
"""

from __future__ import absolute_import, unicode_literals

import io
import os
import re
import subprocess
import sys

# the launchers beside it say the same, and end so
NO_RELEASE = 9009
# and drop the same variables, which would lead the release's Python to other code
ASTRAY = tuple(str(each) for each in (
    "PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONUSERBASE", "PYTHONINSPECT",
    "PYTHONPYCACHEPREFIX", "PYTHONCASEOK", "__PYVENV_LAUNCHER__",
))  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType


def main():
    # type: () -> int | None
    here, name = os.path.split(os.path.abspath(__file__))
    environment = os.path.dirname(here)
    releases = os.path.join(environment, str("releases"))
    prefix = os.path.abspath(sys.prefix)
    own = _same(os.path.dirname(prefix), releases)
    # a switch while this Python starts: the script of another release would be the wrong one for it
    release = os.path.basename(prefix) if own else _current(os.path.join(environment, str("current")))
    if release is None:
        return None
    script = os.path.join(releases, release, os.path.basename(here), name)
    try:
        with io.open(script, "rb") as stream:
            source = stream.read()
    except EnvironmentError as error:
        return _no("The current release can't run %s: %s" % (script, error))
    if not own:
        return _started([_python(os.path.dirname(script)), script] + sys.argv[1:])
    if sys.path and _same(sys.path[0], here):
        sys.path[0] = os.path.dirname(script)
    sys.argv[0] = script
    _become(compile(source, script, "exec", 0, True), script)
    return 0


def _become(code, script):
    # type: (CodeType, str) -> None
    """Run the script as the module that is started: pickle, multiprocessing and the script itself look at it."""
    namespace = vars(sys.modules["__main__"])
    for name in [each for each in namespace if each not in ("__name__", "__builtins__")]:
        del namespace[name]
    namespace.update(__file__=script, __doc__=None, __package__=None)
    exec(code, namespace)  # noqa: S102 - it is what was asked for


def _current(pointer):
    # type: (str) -> str | None
    try:
        with io.open(pointer, "rb") as stream:
            name = stream.read(4096).strip()
    except EnvironmentError:
        _no("No release is in use: there is no readable file %s. Run bootstrap.bat of the bundle." % pointer)
        return None
    if not re.match(b"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}\\Z", name):
        _no("No release is in use: no release's name stands in the file %s. Run bootstrap.bat of the bundle." % pointer)
        return None
    return str(re.sub("[+][0-9]+\\Z", "", name.decode("ascii")))  # without the number of its settings


def _python(scripts):
    # type: (str) -> str
    """The release's own, with a console if this one has it."""
    found = os.path.join(scripts, os.path.basename(sys.executable or str("python")))
    return found if os.path.isfile(found) else os.path.join(scripts, str("python.exe" if os.name == "nt" else "python"))


def _started(command):
    # type: (list[str]) -> int
    environ = {name: value for name, value in os.environ.items() if name.upper() not in ASTRAY}
    process = subprocess.Popen(command, env=environ)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            pass  # it went to both: the script decides
    return code - (1 << 32) if code > 0x7FFFFFFF else code


def _same(one, other):
    # type: (str, str) -> bool
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


def _no(message):
    # type: (str) -> int
    sys.stderr.write(message + "\n")
    return NO_RELEASE


if __name__ == "__main__":
    _code = main()
    sys.exit(NO_RELEASE if _code is None else _code)
