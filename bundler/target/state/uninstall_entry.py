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


def key_of(environment):
    # type: (str) -> str
    """The name of the registry key: one environment, one line, whatever release is in it."""
    return BEGINNING + to_text(hashlib.sha256(environment.lower().encode("utf-8")).hexdigest())[:16]


def entry(host, layout, receipt, release):
    # type: (Host, Layout, Receipt, Inventory) -> dict[str, str | int]
    """The values of the key, as Windows documents them. The boot Python is named and no .bat: no quoting is lost on cmd."""
    folder = layout.kept(receipt.program or layout.id)
    command = uninstall_command(host, folder)
    return {
        "DisplayName": receipt.name + (" (%s)" % receipt.instance if receipt.instance else ""),
        "DisplayVersion": receipt.version or "",
        "Publisher": release.publisher or receipt.name,
        "InstallLocation": layout.environment,
        "InstallDate": (receipt.installed or "")[:10].replace("-", ""),
        "UninstallString": command,
        "QuietUninstallString": command + " /quiet",
        "DisplayIcon": os.path.join(folder, "boot", "python.exe"),
        "EstimatedSize": (release.size + 1023) // 1024,
        "NoModify": 1,
        "NoRepair": 1,
    }


def uninstall_command(host, folder):
    # type: (Host, str) -> str
    """Of the kept program in a folder."""
    python = os.path.join(folder, "boot", "python" + (host.paths.exe or ".exe"))
    start = os.path.join(folder, "target", "__main__.py")
    return '"%s" -E -s -S -B "%s" /uninstall' % (python, start)
