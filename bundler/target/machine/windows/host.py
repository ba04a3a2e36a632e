"""This Windows, put together of its ports: right under 2.7 too, and whatever language Windows speaks."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

from ..clock import Clock
from ..host import Host
from .environment import WindowsEnvironment
from .files import WindowsFiles
from .installers import WindowsInstallers
from .operator_terminal import WindowsOperator
from .paths import WindowsPaths
from .processes import WindowsProcesses
from .programs import WindowsPrograms
from .registry import WindowsRegistry
from .rights import WindowsRights
from .services import WindowsServiceManager
from .system import WindowsSystem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def windows_host(**parts):
    # type: (**Any) -> Host
    """This machine; ``parts`` take the places of its own."""
    environment, system = WindowsEnvironment(), WindowsSystem()
    rights = WindowsRights(environment)
    own = {
        "clock": Clock(),
        "environment": environment,
        "files": WindowsFiles(environment, rights),
        "installers": WindowsInstallers(),
        "operator": WindowsOperator(),
        "paths": WindowsPaths(),
        "processes": WindowsProcesses(),
        "programs": WindowsPrograms(),
        "registry": WindowsRegistry(system),
        "rights": rights,
        "services": WindowsServiceManager(),
        "system": system,
    }
    own.update(parts)
    return Host(**own)
