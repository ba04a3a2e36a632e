"""Services started, stopped and removed: by steps, when a run is taken back, finished later, or when all is removed."""

from __future__ import absolute_import, unicode_literals

from ..errors import FAILED, InstallError
from ..machine.services import STARTED, ServiceError, command_of, error_words, has_password
from ..state.release_services import starts_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service
    from ..state.receipt import Receipt
    from .context import Context

_PAUSE = 0.1
_ROOM = 600
"""Seconds: a service's own timeout is at most a day, and the host answers as long as it works on it; this is for one that is stuck."""
_DEPENDED_ON = 1051
_RUNS_ALREADY = 1056
_NOT_NOW = 1061
"""While a service starts, it takes no other wish."""


def password_of(service, values):
    # type: (Service, dict[str, str]) -> str | None
    return values.get(service.password) if service.password and has_password(service.account) else None


def must(name, what, action, *arguments):
    # type: (str, str, Callable[..., Any], *Any) -> None
    """Raises InstallError (1603) with Windows' reason; ``what`` couldn't be done, as a participle."""
    try:
        action(*arguments)
    except ServiceError as error:
        raise InstallError(FAILED, "The service %s can't be %s: %s" % (name, what, error_words(error.code)))


def start(host, name):
    # type: (Host, str) -> None
    """One that runs already is not an error."""
    try:
        host.services.start(name)
    except ServiceError as error:
        if error.code != _RUNS_ALREADY:
            raise


def stop(host, names, log):
    # type: (Host, list[str], Log) -> None
    """All of them, those that others need after those others; returns when they have stopped. Raises InstallError (1603)."""
    manager, left, begun = host.services, list(names), host.clock.monotonic()
    while left:
        waiting, starting = [], False
        for name in left:
            log.write("stopping the service %s" % name)
            try:
                manager.stop(name)
            except ServiceError as error:
                starting = starting or (error.code == _NOT_NOW and host.clock.monotonic() - begun < _ROOM)
                if not starting and (error.code != _DEPENDED_ON or len(left) == 1):
                    raise InstallError(FAILED, "The service %s can't be stopped: %s" % (name, error_words(error.code)))
                waiting.append(name)
                continue
            _wait_stopped(host, name)
        if starting:
            host.clock.sleep(_PAUSE)
        elif len(waiting) == len(left):
            raise InstallError(FAILED, "The service %s can't be stopped: %s" % (left[0], error_words(_DEPENDED_ON)))
        left = waiting


def _wait_stopped(host, name):
    # type: (Host, str) -> None
    begun = host.clock.monotonic()
    while True:
        state = host.services.state(name)
        if state is None or state.status == "stopped":
            return
        if host.clock.monotonic() - begun > _ROOM:
            raise InstallError(FAILED, "The service %s does not stop" % name)
        host.clock.sleep(_PAUSE)


def own_services(host, layout, receipt):
    # type: (Host, Layout, Receipt | None) -> list[str]
    """Those of the receipt that are the environment's: one that starts something else now is nobody's to stop or remove."""
    names = receipt.services if receipt is not None else []
    commands = [(each, command_of(host.services, each)) for each in names]
    return [name for name, command in commands if command is None or starts_host(layout, command)]


def running_services(host, layout, receipt):
    # type: (Host, Layout, Receipt | None) -> list[str]
    """Those of the environment that run or begin to."""
    states = [(each, host.services.state(each)) for each in own_services(host, layout, receipt)]
    return [name for name, state in states if state is not None and state.status not in ("stopped", "stopping")]


def processes_of(host, services):
    # type: (Host, Iterable[str]) -> set[int]
    """All that these services run, as far as this account may ask."""
    numbers = []
    for each in services:
        try:
            numbers.append(host.services.process(each))
        except ServiceError:
            continue
    return host.programs.family([each for each in numbers if each is not None])


def by_need(services):
    # type: (Iterable[Service]) -> list[Service]
    """Those that others need before those: Windows would start them unasked, and stops none that a running one needs."""
    left, found = list(services), []  # type: list[Service], list[Service]
    while left:
        names = {each.name.lower() for each in left}
        free = [each for each in left if not names.intersection(need.lower() for need in each.dependencies)]
        found += free or left  # two that need each other: Windows has the word
        left = [each for each in left if each not in found]
    return found


def stopped_of(context):
    # type: (Context) -> list[str]
    """What ``/stop`` stopped."""
    return context.state.receipt.stopped if context.state.receipt is not None else []


def is_among(name, names):
    # type: (str, Iterable[str]) -> bool
    """Windows tells no cases apart in services' names: a newer bundle may write one otherwise, and it is the same service."""
    return name.lower() in [each.lower() for each in names]


def is_wanted(how, resumed, held):
    # type: (str, bool, bool) -> bool
    """Whether a service with this start type is to run after a switch: one that Windows starts unless ``/stop`` stopped it (``held``), or that
    ran before it.
    """
    return (how in STARTED and not held) or (resumed and how != "disabled")


def remove(host, name, log):
    # type: (Host, str, Log) -> None
    stop(host, [name], log)
    host.services.remove(name)
