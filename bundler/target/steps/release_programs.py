"""Commands of a release: which program a first word means, and how it is given its arguments."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..errors import FAILED, InstallError
from ..names import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host


ENDINGS = ("", ".exe", ".bat", ".cmd", ".py")
"""What may be left out of a program's name in a command; the system's own ending is tried first."""

_BATCH = (".bat", ".cmd")
_NOT_IN_QUOTES = re.compile('["\r\n\0]')


def command_of(host, program, arguments):
    # type: (Host, list[str], list[str]) -> list[str] | str
    """What runs a program that ``find_program`` found. Raises InstallError (1603).

    A batch file is run by cmd, which reads its command line by rules of its own: a site value could be a command there. In quotes nothing
    means anything to it but a quote, a line's end, and two percent signs.
    """
    path = program[-1]
    if os.path.splitext(path)[1].lower() not in _BATCH:
        return program + arguments
    line = " ".join('"%s"' % each for each in [path] + arguments)
    if any(_NOT_IN_QUOTES.search(each) for each in [path] + arguments) or line.count("%") > 1:
        text = "%s is a batch file, and isn't given arguments with a quote, percent signs or a line's end: they would be commands"
        raise InstallError(FAILED, text % os.path.basename(path))
    if not host.paths.exe:
        return program + arguments
    return '"%s" /d /v:off /s /c "%s"' % (os.path.join(host.environment.system_programs(), "cmd.exe"), line)


def find_program(host, release, name):
    # type: (Host, str, str) -> list[str] | None
    """In the scripts folder of the release and nowhere else, whatever is recorded; a script gets the release's Python before it."""
    if not is_name(name):
        return None
    scripts, python = os.path.join(release, host.paths.scripts), host.paths.script(release, "python")
    for ending in (host.paths.exe,) + ENDINGS:
        path = os.path.join(scripts, name + ending)
        if os.path.isfile(path):
            # a script of an older package has no launcher on Windows
            is_script = path.lower().endswith(".py") or (host.paths.exe and not os.path.splitext(path)[1])
            return [python, path] if is_script else [path]
    return None
