"""Stopping services for maintenance, and starting them again. Each is right at any moment it is ended: the next run of it goes on."""

from __future__ import absolute_import, unicode_literals

from ..errors import DONE, FAILED, InstallError, Problem, of_problems
from ..machine.services import STARTED, ServiceError, error_words
from ..state.believed_files import must_be_startable
from ..state.receipt import write_receipt
from ..state.release_services import read_services, services_file
from ..steps.service_control import by_need, must, own_services, running_services, start, stop
from ..steps.service_health import asked_here, wait_healthy
from ..steps.service_probe import held_ports
from .access import rights_to_change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..machine.host import Host
    from ..machine.services import Service
    from ..state.receipt import Receipt
    from .run import Run


_LOST = (
    "%s is missing, which says what the services are: the bootstrap.bat of the release's bundle makes it anew, /repair"
)
_GONE = "the service %s is not there any more: bootstrap.bat /repair makes it anew, stopped as long as /stop holds"


def stop_services(run):
    # type: (Run) -> int
    """What was stopped is written down first: other runs then leave it so."""
    host, receipt, services = _opened(run)
    running = running_services(host, run.layout, receipt)
    names = (
        receipt.stopped + running + _missing(host, receipt, services)
    )  # /repair makes one that is gone, and leaves it stopped
    # where the list of them is lost, the receipt knows their names
    known = [each.name for each in services] or own_services(host, run.layout, receipt)
    names = [each for each in known if each in names or _starts_by_itself(host, each)]
    if run.options.plan:
        return _planned(run, ["stop the service %s" % each for each in running])
    receipt.stopped = names
    write_receipt(host, run.layout.receipt, receipt)
    stop(host, running, run.log)
    for each in running:
        run.console.line("Stopped the service %s." % each)
    if names:
        text = (
            "Until bootstrap.bat /start no run starts %s. Windows itself does when it starts, as its start types say."
        )
        run.console.line(text % ", ".join(names))
    else:
        run.console.line("There is no service to stop.")
    return DONE


def start_services(run):
    # type: (Run) -> int
    """What ``/stop`` stopped, and what Windows would have started. Ends with 1603 where one isn't healthy; nothing is stopped again."""
    host, receipt, services = _opened(run)
    if not services and own_services(host, run.layout, receipt):
        raise InstallError(FAILED, _LOST % services_file(run.layout.of(receipt.current or "")))
    wanted = [each for each in by_need(services) if each.name in receipt.stopped or _starts_by_itself(host, each.name)]
    running = running_services(host, run.layout, receipt)
    problems = [Problem(FAILED, _GONE % each) for each in _missing(host, receipt, services)]
    problems += held_ports(host, wanted, own_services(host, run.layout, receipt))
    if run.options.plan:
        lines = ["start the service %s" % each.name for each in wanted if each.name not in running]
        return _planned(run, lines, problems)
    if problems:
        raise of_problems(problems)
    must_be_startable(host, run.layout.of(receipt.current or "").release)
    receipt.stopped = []
    write_receipt(host, run.layout.receipt, receipt)
    begun = host.clock.monotonic()
    for each in wanted:
        run.log.write("starting the service %s" % each.name)
        must(each.name, "started", start, host, each.name)
    for line in wait_healthy(host, wanted, begun):
        run.console.line("%s." % line)
    run.console.line(asked_here(wanted) if wanted else "There is no service to start.")
    return DONE


def _opened(run):
    # type: (Run) -> tuple[Host, Receipt, list[Service]]
    """The services of the release that is in use, as far as they are still the environment's."""
    run.must_lock()
    run.settle(locked=True)
    state = run.stands(run.layout)
    if state.receipt is None or state.pointer is None:
        raise InstallError(FAILED, "Nothing is installed in %s" % run.layout.environment)
    problems = rights_to_change(run.host, run.layout, state.receipt)
    if problems:
        raise of_problems(problems)
    ours = own_services(run.host, run.layout, state.receipt)
    services = read_services(services_file(run.layout.of(state.pointer)))[0]
    return run.host, state.receipt, [each for each in services if each.name in ours]


def _missing(host, receipt, services):
    # type: (Host, Receipt, list[Service]) -> list[str]
    """Those that should be started and that somebody has removed."""
    wanted = [each.name for each in services if each.name in receipt.stopped or each.start in STARTED]
    return [each for each in wanted if host.services.state(each) is None]


def _starts_by_itself(host, name):
    # type: (Host, str) -> bool
    try:
        settings = host.services.settings(name)
    except ServiceError as error:
        raise InstallError(FAILED, "Nothing can be told of the service %s: %s" % (name, error_words(error.code)))
    return settings is not None and settings.start in STARTED


def _planned(run, lines, problems=()):
    # type: (Run, list[str], Sequence[Problem]) -> int
    run.console.line("Would do this:" if lines else "There is nothing to do.")
    for each in lines:
        run.console.line("  - " + each)
        run.report.plan(run.options.mode, each)
    if problems:
        raise of_problems(list(problems))
    run.console.line("Nothing was changed.")
    return DONE
