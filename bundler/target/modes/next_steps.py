"""What to do next, for somebody whose window closes with the run: there is no prompt in which the documentation's commands would be typed."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import BAD_ARGUMENTS, BUSY, CANCELLED, DONE, FAILED, OTHER_VERSION, REBOOT, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host

_INSTALLING = ("install", "repair", "rollback", "start")
_AFTER = {
    CANCELLED: "Start it again to go on: what is done already is found.",
    FAILED: "Put right what is named above (the log has more), and start it again.",
    BUSY: "Wait until the other installation is over, and start it again.",
    OTHER_VERSION: "Move what is named above out of the way, or ask whoever made the bundle, and start it again.",
    BAD_ARGUMENTS: "Give what is missing in a command prompt (bootstrap.bat /? says how), or in a file site.toml beside bootstrap.bat.",
    REBOOT: "Restart this machine.",
}
_RIGHTS = "Right-click bootstrap.bat and choose 'Run as administrator'."
_OTHERS = "Let an administrator look at the folders that are named above: others may have prepared them."


def next_steps(host, mode, code, layout=None):
    # type: (Host, str, int, Layout | None) -> list[str]
    """Lines; ``layout``: None where the run ended before it was known."""
    lines = [_AFTER[code]] if code in _AFTER else []
    if code == REFUSED:
        lines.append(_OTHERS if host.rights.is_admin() else _RIGHTS)
    if code in (DONE, REBOOT) and mode in _INSTALLING and layout is not None and os.path.isfile(layout.kept_starter):
        lines.append("Its programs are in %s." % layout.shims)
        lines.append("In a command prompt, also when this folder is gone:")
        for argument, meaning in (
            ("/status", "how it is"),
            ("/verify", "whether all is as installed"),
            ("/uninstall", "remove it"),
        ):
            lines.append('  "%s" %s: %s' % (layout.kept_starter, argument, meaning))
    return lines
