"""What remains to be done to services after the point of no return, and at an uninstallation."""

from __future__ import absolute_import, unicode_literals

import os
import traceback

from ..compat import to_text
from ..errors import InstallError
from ..machine.services import ServiceError, error_words
from ..state.leftovers import Left, add_leftovers
from ..state.release_services import host_program, read_services, services_file
from .service_control import is_among, is_wanted, must, own_services, remove, start
from .undo_services import ServiceMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


def finish_services(host, layout, receipt, log):
    # type: (Host, Layout, Receipt, Log) -> None
    """After the point of no return: those of the release run as they did before it, those that it hasn't any more are gone.

    Usually only the latter is left to do. What fails is in the log: there is no way back from here. A service that is still there is
    one of the leftovers.
    """
    if not receipt.services:
        return
    services = read_services(services_file(layout))[0]
    known = [each.name for each in services]
    for each in services:
        resumed, held = is_among(each.name, receipt.resume), is_among(each.name, receipt.stopped)
        _try(log, _start_again, host, each.name, resumed, held)
    gone = [each for each in own_services(host, layout, receipt) if not is_among(each, known)]
    for name in gone:
        try:
            remove(host, name, log)
        except (ServiceError, InstallError) as error:
            log.write(to_text(traceback.format_exc()))
            why = error_words(error.code) if isinstance(error, ServiceError) else error.message
            add_leftovers(host, layout, receipt.name, [Left(ServiceMade(name, host_program(layout)).encode(), why)])
    receipt.services, receipt.resume = known, []
    receipt.stopped = [each for each in known if is_among(each, receipt.stopped)]


def _start_again(host, name, resumed, held):
    # type: (Host, str, bool, bool) -> None
    """One that the machine's end has stopped; whether Windows starts it by itself is for the site to say."""
    settings, state = host.services.settings(name), host.services.state(name)
    if settings is None or state is None or state.status != "stopped":
        return
    if is_wanted(settings.start, resumed, held):
        start(host, name)


def remove_services(host, layout, receipt, log):
    # type: (Host, Layout, Receipt, Log) -> tuple[list[str], bool]
    """For an uninstallation: the services, the host, logs outside of the data folder. Gives what is left, and whether a restart removes
    what others hold until then: the event log's service has a host open that an earlier version named to it.
    """
    for name in own_services(host, layout, receipt):
        must(name, "removed", remove, host, name, log)
        host.files.discard(os.path.join(layout.logs, name))
    held = host.files.discard(layout.services)
    left = host.files.leave_to_restart(held)
    restart = len(left) < len(held)
    if restart:
        for folder in (layout.services, layout.environment):
            host.files.remove_at_restart(folder)
        log.write("a restart removes what is in use in %s" % layout.services)
    return left, restart


def _try(log, action, *arguments):
    # type: (Log, Callable[..., Any], *Any) -> None
    try:
        action(*arguments)
    except Exception:
        log.write(to_text(traceback.format_exc()))
