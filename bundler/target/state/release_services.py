r"""What a release says of its services, for a switch that has nothing but the release, and of the rights that they need.

The service manager starts ``ENVIRONMENT\services\service.exe NAME LOG``, and that host reads what to run from the release that the
pointer names: ``releases\ID\services\NAME.conf``, or ``settings\ID+2\services\NAME.conf`` where the pointer names later settings. So one file decides for services too, and the service manager knows only what it
must know itself: names, accounts, when to start, what to do after a failure. That stands in ``releases\ID\services\services.json``,
for a switch back that has nothing but the release.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import text_type
from ..machine.rights import is_sid
from ..machine.services import STARTED, Service
from .formats import SERVICES, encode_table, malformed, read_table
from .shapes import TEXT, Maybe, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host

Grant = collections.namedtuple("Grant", ["path", "sid", "rights"])
"""``rights``: read, modify or full; GUARD: the folder takes no rights from above."""
GUARD = "guard"
_STARTS = STARTED + ("manual", "disabled")
RIGHTS = ("read", "modify", "full")
_SERVICE = {
    "name": TEXT, "display_name": TEXT, "description": TEXT, "command": TEXT, "account": TEXT, "password": Maybe(TEXT), "start": TEXT,
    "dependencies": [TEXT], "restart": [int], "reset": int, "stop_timeout": int, "log": Maybe(TEXT), "http": Maybe(TEXT),
    "tcp": Maybe(TEXT), "health_timeout": Maybe(int), "settle": Maybe(int), "owner": Maybe(bool),
}  # fmt: skip


def services_file(layout):
    # type: (Layout) -> str
    return os.path.join(layout.settings, "services", "services.json")


def host_program(layout):
    # type: (Layout) -> str
    return os.path.join(layout.services, "service.exe")


def starts_host(layout, command):
    # type: (Layout, Any) -> bool
    """Whether a service with this command line is one of the environment's."""
    own = '"%s" ' % host_program(layout)
    return isinstance(command, text_type) and command.lower().startswith(own.lower())


def full_name(layout, name):
    # type: (Layout, str) -> str
    """Services of several instances are told apart as their folders are."""
    return name + ("-" + layout.instance if layout.instance else "")


def write_services(host, layout, services, grants):
    # type: (Host, Layout, list[Service], list[Grant]) -> None
    data = {
        "services": [each._asdict() for each in services],
        "grants": [list(each) for each in grants],
    }
    host.files.write(services_file(layout), encode_table(data, SERVICES))


def read_services(path):
    # type: (str) -> tuple[list[Service], list[Grant]]
    """Of a release's file; none where there is none. Raises InstallError: 1603 where it can't be read, 1638 where a newer program wrote it."""
    data = read_table(path, SERVICES)
    if data is None:
        return [], []
    for key, wanted in (("services", [_SERVICE]), ("grants", [(TEXT, TEXT, TEXT)])):
        if not fits(data.get(key), wanted):
            raise malformed(path, key)
    if not all(each["start"] in _STARTS for each in data["services"]):
        raise malformed(path, "start")
    if not all(each[2] in RIGHTS and is_sid(each[1]) for each in data["grants"]):
        raise malformed(path, "grants")
    services = [Service(**{name: each.get(name) for name in Service._fields}) for each in data["services"]]
    return services, [Grant(*each) for each in data["grants"]]
