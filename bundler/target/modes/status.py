"""What is in use, how its services are, when it was changed last, and how much room is left. Nothing is changed, and no file is hashed."""

from __future__ import absolute_import, unicode_literals

import io
import os
import re

from ..compat import shown_size, to_text
from ..errors import DONE, FAILED
from ..machine.services import STARTED, ServiceError, error_words
from ..state.inventory import read_inventory
from ..state.release_services import read_services, services_file
from ..steps.service_faults import STOPPED, standing
from .adding import added_words
from .recovery import findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service
    from ..state.receipt import Receipt
    from .run import Run

_MODE = re.compile(r"^(\S+ \S+)  mode (.+)$", re.MULTILINE)
_CODE = re.compile(r"^\S+ \S+  exit code (\d+)\s*\Z", re.MULTILINE)
_END = 4096


def status(run):
    # type: (Run) -> int
    """1603 where a service that should run doesn't run or answer, else 0."""
    run.settle(locked=False)
    state, layout, console = run.stands(run.layout), run.layout, run.console
    if state.receipt is None or state.pointer is None:
        console.line("Nothing is installed in %s." % layout.environment)
        return DONE
    layout, receipt = layout.of(state.pointer), state.receipt
    release = read_inventory(layout)
    services = [_service(run.host, each, receipt) for each in read_services(services_file(layout))[0]]
    last, disks, left = _last_run(layout), _disks(run), findings(run)
    made = {
        "release": layout.id,
        "version": release.version,
        "installed": release.installed,
        "added": added_words(release),
    }
    run.report.status(
        dict(made, previous=receipt.previous, services=services, last_change=last, disks=disks, left=left)
    )
    console.line("In use: %s, version %s, made %s" % (layout.id, release.version, release.installed))
    for added in added_words(release):
        console.line("Added here, by no bundle: %s" % added)
    if receipt.previous is not None:
        console.line("Before it: %s, to which /rollback leads" % receipt.previous)
    for each in services:
        console.line("Service %s: %s" % (each["name"], each["text"]))
    console.line("Last run: %s" % (_shown(last) if last is not None else "no log of one is there"))
    for each in disks:
        console.line("Disk: %s has %s free, for the %s" % (each["volume"], shown_size(each["free"]), each["holds"]))
    for what in left:
        console.line("Left: an earlier run couldn't %s" % what)
    return DONE if all(each["is_right"] for each in services) else FAILED


def _service(host, service, receipt):
    # type: (Host, Service, Receipt) -> dict[str, Any]
    """``runs``: None where it can't be found out."""
    address = service.http or service.tcp
    found = {"name": service.name, "address": address, "runs": False, "is_right": False}  # type: dict[str, Any]
    try:
        settings = host.services.settings(service.name)
        if settings is None:
            return dict(found, text="it is not there any more")
        state, wrong = standing(host, service, wait=False)
    except ServiceError as error:
        text = "nothing can be told of it: %s" % error_words(error.code)
        return dict(found, runs=None, is_right=True, text=text)
    if not state:
        if wrong:
            return dict(found, runs=True, text="runs, and %s" % wrong)
        text = "runs, and answers at %s" % address if address else "runs"
        return dict(found, runs=True, is_right=True, text=text)
    if service.name in receipt.stopped:
        return dict(found, is_right=True, text=STOPPED)
    text = "%s; its start is %s" % (state, settings.start)
    return dict(found, is_right=settings.start not in STARTED, text=text)


def _disks(run):
    # type: (Run) -> list[dict[str, Any]]
    found = []
    for name, path in (("environment", run.layout.environment), ("data folder", run.layout.data)):
        if path is not None and os.path.isdir(path):
            volume, free = run.host.files.volume(path)
            found.append({"holds": name, "path": path, "volume": volume, "free": free})
    return found


def _shown(last):
    # type: (dict[str, Any]) -> str
    ended = "exit code %d" % last["exit_code"] if last["exit_code"] is not None else "it has not ended"
    return "%s at %s, %s (%s)" % (last["mode"], last["started"], ended, last["log"])


def _last_run(layout):
    # type: (Layout) -> dict[str, Any] | None
    """Of the runs that change something, which write their logs there."""
    folder = layout.logs
    names = [to_text(each) for each in os.listdir(folder)] if os.path.isdir(folder) else []
    paths = [os.path.join(folder, each) for each in names if each.endswith(".log")]
    paths = sorted((each for each in paths if os.path.isfile(each)), key=os.path.getmtime)
    for path in reversed(paths):
        try:
            with io.open(path, "rb") as stream:
                head = stream.read(_END).decode("utf-8", "replace").replace("\r\n", "\n")
                stream.seek(max(0, os.path.getsize(path) - _END))
                end = stream.read().decode("utf-8", "replace").replace("\r\n", "\n")
        except EnvironmentError:
            continue
        begun, code = _MODE.search(head), _CODE.search(end)
        if begun is not None:
            ended = int(code.group(1)) if code is not None else None
            return {"mode": begun.group(2).strip(), "started": begun.group(1), "exit_code": ended, "log": path}
    return None
