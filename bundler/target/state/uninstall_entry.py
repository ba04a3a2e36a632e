"""The bundle's line among the installed programs of Windows ("Apps", "Programs and Features")."""

from __future__ import absolute_import, unicode_literals

import hashlib
import os

from ..compat import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from .inventory import Inventory
    from .receipt import Receipt


BEGINNING = "offline-bundle-"
"""Of the names of all such keys."""


_LARGEST = 2**32 - 1
"""That Windows' registry holds in a number of 32 bits."""


def key_of(environment):
    # type: (str) -> str
    """The name of the registry key: one environment, one line, whatever release is in it."""
    return BEGINNING + to_text(hashlib.sha256(environment.lower().encode("utf-8")).hexdigest())[:16]


def entry(host, layout, receipt, release):
    # type: (Host, Layout, Receipt, Inventory) -> dict[str, str | int]
    """The values of the key, as Windows documents them."""
    named = release.display_name or receipt.name
    return {
        "DisplayName": named + (" (%s)" % receipt.instance if receipt.instance else ""),
        "DisplayVersion": receipt.version or "",
        "Publisher": release.publisher or receipt.name,
        "InstallLocation": layout.environment,
        "InstallDate": (receipt.installed or "")[:10].replace("-", ""),
        "UninstallString": uninstall_command(host, layout, "/uninstall"),
        "QuietUninstallString": uninstall_command(host, layout, "/uninstall /quiet"),
        "DisplayIcon": layout.icon if release.icon else os.path.join(layout.shims, os.path.basename(layout.python)),
        "EstimatedSize": min((max(release.size or 0, 0) + 1023) // 1024, _LARGEST),
        "NoModify": 1,
        "NoRepair": 1,
    }


def uninstall_command(host, layout, arguments):
    # type: (Host, Layout, str) -> str
    """The same for every release: tools note it down once. Of what stands behind ``/c`` cmd drops the first and the last quote, so that no
    letter of the path can mean anything to it.
    """
    cmd = os.path.join(host.environment.system_programs(), "cmd.exe")
    return '"%s" /d /c ""%s" %s"' % (cmd, layout.kept_starter, arguments)
