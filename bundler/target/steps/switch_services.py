"""Services on the way to a new release: made, stopped; stopped for the switch; started, and asked whether they work."""

from __future__ import absolute_import, unicode_literals

import io
import os
import time

from ..compat import counted
from ..errors import FAILED, InstallError
from ..machine.services import STARTED
from ..state.release_services import host_program, read_services, services_file
from .base import Step
from .kept_program import programs_folder
from .service_control import (
    by_need,
    is_among,
    is_wanted,
    must,
    own_services,
    password_of,
    running_services,
    start,
    stop,
    stopped_of,
)
from .service_health import wait_healthy
from .service_probe import held_ports
from .service_settings import planned_services
from .site_services import Before
from .switch import put_program
from .undo_files import FileReplaced, FileWritten
from .undo_services import ServiceMade, ServiceStarted, ServiceStopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import Problem
    from ..machine.services import Service
    from .context import Context

HOST = "target/service.exe"


def services_of(context):
    # type: (Context) -> list[Service]
    """Those of the release that is switched to; of one that isn't made yet, what they will be."""
    path = services_file(context.layout)
    if os.path.isfile(path) or context.layout.release_id != context.manifest.bundle.release:
        return read_services(path)[0]
    return planned_services(context)


def ports_in_the_way(context):
    # type: (Context) -> list[Problem]
    """Ports that something else holds, of the services that this run would start."""
    host, layout, receipt = context.host, context.layout, context.state.receipt
    running = running_services(host, layout, receipt)
    held, start_of = stopped_of(context), Before(context).start_of
    wanted = [
        each
        for each in services_of(context)
        if is_wanted(start_of(each), is_among(each.name, running), is_among(each.name, held))
    ]
    return held_ports(host, wanted, own_services(host, layout, receipt))


class CreateServicesStep(Step):
    """Those that don't exist yet, stopped; the others go on as they are."""

    id = "services"

    def describe(self, context):
        # type: (Context) -> list[str]
        manager = context.host.services
        new = [each for each in services_of(context) if manager.state(each.name) is None]
        return ["make the service %s, which runs as %s" % (each.name, each.account) for each in new]

    def doing(self, context):
        # type: (Context) -> str
        return "Making services"

    def run(self, context):
        # type: (Context) -> str
        manager, services = context.host.services, services_of(context)
        _put_host(context)
        new = [each for each in services if manager.state(each.name) is None]
        for each in services:
            context.make_folder(os.path.dirname(each.log))
        for each in new:
            context.journal.undo(ServiceMade(each.name, host_program(context.layout)))
            context.log.write("service %s: %s as %s" % (each.name, each.command, each.account))
            context.made_services.append(each.name)
            must(each.name, "made", manager.create, each, password_of(each, context.values))
        return "Made %s" % counted(len(new), "service")


def _put_host(context):
    # type: (Context) -> None
    """One for all services; it may be running, and a new one reads what an old release says."""
    path, source = host_program(context.layout), os.path.join(programs_folder(context), *HOST.split("/"))
    if not os.path.isfile(source):
        if not os.path.isfile(path):
            raise InstallError(FAILED, "The service host is neither in %s nor in %s" % (path, source))
        return  # back to a release with services, by a copy of one without
    with io.open(source, "rb") as stream:
        content = stream.read()
    context.make_folder(os.path.dirname(path))
    old = None
    if os.path.isfile(path):
        with io.open(path, "rb") as stream:
            if stream.read() == content:
                return
        old = "%s.%d.old" % (path, int(time.time()))
    context.journal.undo(FileReplaced(path, old) if old is not None else FileWritten(path))
    put_program(context.host, path, content, old)


class StopServicesStep(Step):
    """Whatever of the environment runs; from here to the start nothing does."""

    id = "stop"

    def describe(self, context):
        # type: (Context) -> list[str]
        return [
            "stop the service %s" % each
            for each in running_services(context.host, context.layout, context.state.receipt)
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Stopping services"

    def run(self, context):
        # type: (Context) -> str
        names = running_services(context.host, context.layout, context.state.receipt)
        for each in names:
            context.journal.undo(ServiceStopped(each))
        stop(context.host, names, context.log)
        context.were_running = names
        return "Stopped %s" % counted(len(names), "service")


class StartServicesStep(Step):
    """After the switch: as the new release wants them, started, and healthy."""

    id = "start"

    def describe(self, context):
        # type: (Context) -> list[str]
        lines, held = [], stopped_of(context)
        running = running_services(context.host, context.layout, context.state.receipt) if held else []
        start_of = Before(context).start_of
        for each in services_of(context):
            how = start_of(each)
            if is_among(each.name, held) and not is_among(each.name, running):
                lines.append("leave the service %s stopped: /stop stopped it" % each.name)
            elif how in STARTED:
                lines.append("start the service %s" % each.name)
                lines += ["wait until %s answers" % (each.http or each.tcp)] if each.http or each.tcp else []
            else:
                lines.append("leave the service %s stopped: its start is %s" % (each.name, how))
        receipt = context.state.receipt
        known = [each.name for each in services_of(context)]
        gone = [each for each in own_services(context.host, context.layout, receipt) if not is_among(each, known)]
        return lines + ["remove the service %s" % each for each in gone]

    def doing(self, context):
        # type: (Context) -> str
        return "Starting services"

    def run(self, context):
        # type: (Context) -> str
        manager, services, before = context.host.services, services_of(context), Before(context)
        resumed, held = context.were_running, stopped_of(context)
        starts = {each.name: before.start_of(each) for each in services}
        for each in services:
            told, password = before.wanted(each)
            back = before.way_back(told)
            context.journal.undo(*[back] if back is not None else [])
            must(each.name, "changed", manager.change, told, password)
        started = context.host.clock.monotonic()
        wanted = [
            each
            for each in by_need(services)
            if is_wanted(starts[each.name], is_among(each.name, resumed), is_among(each.name, held))
        ]
        for each in wanted:
            context.journal.undo(ServiceStarted(each.name))
            must(each.name, "started", start, context.host, each.name)
        seen = wait_healthy(context.host, wanted, started)
        return "; ".join(seen) if seen else "Nothing to start"
