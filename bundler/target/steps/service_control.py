"""What is done to services outside of steps too: when a run is taken back, finished later, or when all is removed."""

from __future__ import absolute_import, unicode_literals

import os
import time
import traceback

from ..compat import to_text
from ..errors import FAILED, InstallError
from ..machine.services import STARTED, ServiceError, error_words
from ..state.leftovers import Left, add_leftovers
from ..state.release_services import host_program, read_services, services_file
from ..state.site_values import read_stored
from .access_rights import revoke

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service
    from ..state.receipt import Receipt

_PAUSE = 0.1
_ROOM = 600
"""Seconds: a service's own timeout is at most a day, and the host answers as long as it works on it; this is for one that is stuck."""
_DEPENDED_ON = 1051
_RUNS_ALREADY = 1056
_NOT_NOW = 1061
"""While a service starts, it takes no other wish."""


def password_of(service, values):
    # type: (Service, dict[str, str]) -> str | None
    return values.get(service.password) if service.password else None


def start(host, name):
    # type: (Host, str) -> None
    """One that runs already is no error."""
    try:
        host.services().start(name)
    except ServiceError as error:
        if error.code != _RUNS_ALREADY:
            raise


def stop(host, names, log):
    # type: (Host, list[str], Log) -> None
    """All of them, those that others need after those others; returns when they have stopped. Raises InstallError (1603)."""
    manager, left, begun = host.services(), list(names), host.monotonic()
    while left:
        waiting, starting = [], False
        for name in left:
            log.write("stopping the service %s" % name)
            try:
                manager.stop(name)
            except ServiceError as error:
                starting = starting or (error.code == _NOT_NOW and host.monotonic() - begun < _ROOM)
                if not starting and (error.code != _DEPENDED_ON or len(left) == 1):
                    raise InstallError(FAILED, "The service %s can't be stopped: %s" % (name, error_words(error.code)))
                waiting.append(name)
                continue
            _wait_stopped(host, name)
        if starting:
            time.sleep(_PAUSE)
        elif len(waiting) == len(left):
            raise InstallError(FAILED, "The service %s can't be stopped: %s" % (left[0], error_words(_DEPENDED_ON)))
        left = waiting


def _wait_stopped(host, name):
    # type: (Host, str) -> None
    begun = host.monotonic()
    while True:
        state = host.services().state(name)
        if state is None or state.status == "stopped":
            return
        if host.monotonic() - begun > _ROOM:
            raise InstallError(FAILED, "The service %s does not stop" % name)
        time.sleep(_PAUSE)


def running_services(host, receipt):
    # type: (Host, Receipt | None) -> list[str]
    """Those of the environment that run or begin to."""
    names = receipt.services if receipt is not None else []
    states = [(each, host.services().state(each)) for each in names]
    return [name for name, state in states if state is not None and state.status not in ("stopped", "stopping")]


def finish_services(host, layout, receipt, log):
    # type: (Host, Layout, Receipt, Log) -> None
    """After the point of no return: those of the release exist and run, those that it hasn't any more are gone.

    Usually only the latter is left to do. What fails is in the log: there is no way back from here. A service that is still there is
    one of the leftovers.
    """
    if not receipt.services:
        return
    services = read_services(services_file(layout))[0]
    values, manager = read_stored(layout.own_site), host.services()
    known = [each.name for each in services]
    for each in services:
        state = manager.state(each.name)
        if state is None or state.status == "stopped":
            _try(log, _renew, host, each, values, each.name in receipt.resume)
    gone = [each for each in receipt.services if each not in known]
    for name in gone:
        try:
            _remove(host, name, log)
        except (ServiceError, InstallError) as error:
            log.write(to_text(traceback.format_exc()))
            why = error_words(error.code) if isinstance(error, ServiceError) else error.message
            add_leftovers(host, layout, receipt.name, [Left(["service", name, host_program(layout)], why)])
    receipt.services, receipt.resume = known, []


def is_wanted(service, resumed):
    # type: (Service, bool) -> bool
    """Whether it is to run after a switch: those that Windows starts, and those that were started by hand before it."""
    return service.start in STARTED or (resumed and service.start != "disabled")


def _renew(host, service, values, resumed):
    # type: (Host, Service, dict[str, str], bool) -> None
    manager, password = host.services(), password_of(service, values)
    if manager.state(service.name) is None:
        manager.create(service, password)
    manager.change(service, password)
    if is_wanted(service, resumed):
        start(host, service.name)


def _remove(host, name, log):
    # type: (Host, str, Log) -> None
    stop(host, [name], log)
    host.services().remove(name)


def remove_services(host, layout, receipt, log):
    # type: (Host, Layout, Receipt, Log) -> list[str]
    """For an uninstallation: the services, the host, logs outside of the data folder. Gives what is left."""
    for name in receipt.services:
        _remove(host, name, log)
        host.discard(os.path.join(layout.logs, name))
    return host.discard(layout.services)


def _try(log, action, *arguments):
    # type: (Log, Callable[..., Any], *Any) -> None
    try:
        action(*arguments)
    except Exception:
        log.write(to_text(traceback.format_exc()))


# -- taking back: see undo.py


def undo_service(host, log, name, program):
    # type: (Host, Log, str, str) -> None
    """Only one that the program, our host, belongs to: until it is tried again, somebody may have made another of that name."""
    command = host.services().command(name)
    if command is not None and command.lower().startswith('"%s" ' % program.lower()):
        _remove(host, name, log)


def undo_start(host, log, name):
    # type: (Host, Log, str) -> None
    stop(host, [name], log)


def undo_stop(host, _log, name):
    # type: (Host, Log, str) -> None
    if host.services().state(name) is not None:
        start(host, name)


def undo_settings(host, _log, name, path, site):
    # type: (Host, Log, str, str, str) -> None
    """As the release had it that was in use before."""
    for each in read_services(path)[0]:
        if each.name == name:
            host.services().change(each, password_of(each, read_stored(site)))


def undo_grant(host, log, path, sid):
    # type: (Host, Log, str, str) -> None
    log.write(revoke(host, path, sid))
