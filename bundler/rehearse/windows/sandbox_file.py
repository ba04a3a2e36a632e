"""The configuration of a Windows Sandbox, ``.wsb``: elements and values as Microsoft documents them.

https://learn.microsoft.com/windows/security/application-security/application-isolation/windows-sandbox/windows-sandbox-configure-using-wsb-file
"""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY = 8192
"""Megabytes; Windows gives 2,048 at least."""
_SWITCHES = {
    "VGpu": "Disable",
    "Networking": "Disable",
    "AudioInput": "Disable",
    "VideoInput": "Disable",
    "PrinterRedirection": "Disable",
    "ClipboardRedirection": "Disable",
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Mapped:
    """A folder of this host, ``host``, that the sandbox sees as ``guest``."""

    host: Path
    guest: PureWindowsPath
    read_only: bool

    def guest_path(self, path: Path) -> str:
        """How the sandbox sees something in it. Raises ValueError."""
        return str(self.guest.joinpath(*path.relative_to(self.host).parts))


def sandbox_file(mapped: Sequence[Mapped], command: Sequence[str]) -> bytes:
    """No network, nothing of this host but the folders, and one command once somebody is logged on."""
    configuration = ET.Element("Configuration")
    for name, value in _SWITCHES.items():
        ET.SubElement(configuration, name).text = value
    ET.SubElement(configuration, "MemoryInMB").text = str(MEMORY)
    folders = ET.SubElement(configuration, "MappedFolders")
    for each in mapped:
        folder = ET.SubElement(folders, "MappedFolder")
        ET.SubElement(folder, "HostFolder").text = str(each.host)
        ET.SubElement(folder, "SandboxFolder").text = str(each.guest)
        ET.SubElement(folder, "ReadOnly").text = "true" if each.read_only else "false"
    logon = ET.SubElement(configuration, "LogonCommand")
    ET.SubElement(logon, "Command").text = subprocess.list2cmdline(command)
    ET.indent(configuration)
    text: str = ET.tostring(configuration, encoding="unicode")
    return f"{text}\n".encode()
