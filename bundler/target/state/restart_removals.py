"""What the next restart of the machine takes away: an uninstallation found it in use, and another installation may have come there since."""

from __future__ import absolute_import, unicode_literals

import os

from .places import is_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host

_RENAMED = ".old"
"""How names of files end that this program leaves to a restart: nothing comes in their place."""
_SHOWN = 3
_TEXT = "a restart of this machine removes %s, as an earlier uninstallation or another program has asked for: restart it, and start this again"


def restart_removals(host, layout):
    # type: (Host, Layout) -> list[str]
    """In words, of the Python and of what a release consists of; nothing of folders, which go only if they are empty by then."""
    asked = [each for each in host.files.removed_at_restart() if not each.endswith(_RENAMED)]
    own = (layout.runtime, layout.release, layout.shims, layout.kept(layout.release_id)) if asked else ()
    folders = [real for each in own for real in (each, host.files.real(each))]
    found = [each for each in asked if any(is_below(each, one) for one in folders) and not os.path.isdir(each)]
    if not found:
        return []
    more = " and %d more files" % (len(found) - _SHOWN) if len(found) > _SHOWN else ""
    return [_TEXT % (", ".join(found[:_SHOWN]) + more)]
