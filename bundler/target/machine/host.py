"""The machine that a run works on, as one value: its parts, each the port to one concern of the system.

Everything that the rest of this package asks of the system and can't ask portably goes through them. ``posix`` and ``windows.host``
put together those of this machine, a test puts together others.
"""

from __future__ import absolute_import, unicode_literals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .clock import Clock
    from .environment import Environment
    from .files import Files
    from .installers import Installers
    from .operator_terminal import Operator
    from .paths import Paths
    from .processes import Processes
    from .programs import Programs
    from .registry import Registry
    from .rights import Rights
    from .services import ServiceManager
    from .system import System


class Host(object):
    """Each attribute is a port, described in the module of its name."""

    def __init__(self, **parts):
        # type: (**Any) -> None
        self.clock = parts.pop("clock")  # type: Clock
        self.environment = parts.pop("environment")  # type: Environment
        self.files = parts.pop("files")  # type: Files
        self.installers = parts.pop("installers")  # type: Installers
        self.operator = parts.pop("operator")  # type: Operator
        self.paths = parts.pop("paths")  # type: Paths
        self.processes = parts.pop("processes")  # type: Processes
        self.programs = parts.pop("programs")  # type: Programs
        self.registry = parts.pop("registry")  # type: Registry
        self.rights = parts.pop("rights")  # type: Rights
        self.services = parts.pop("services")  # type: ServiceManager
        self.system = parts.pop("system")  # type: System
        if parts:
            raise TypeError("unknown parts of a machine: %s" % ", ".join(sorted(parts)))
