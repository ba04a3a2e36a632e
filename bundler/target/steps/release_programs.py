"""Commands of a release: which program a first word means."""

from __future__ import absolute_import, unicode_literals

import os

from ..names import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host


ENDINGS = ("", ".exe", ".bat", ".cmd", ".py")
"""What may be left out of a program's name in a command; the system's own ending is tried first."""


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
