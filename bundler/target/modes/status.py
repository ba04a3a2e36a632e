"""What is in use, how its services are, when it was changed last, and how much room is left. Nothing is changed, and no file is hashed."""

from __future__ import absolute_import, unicode_literals

import io
import os
import re

from ..compat import shown_size, to_text
from ..errors import DONE, FAILED
from ..machine.services import ServiceError, error_words
from ..state.inventory import read_inventory
from ..state.receipt import State
from ..state.release_services import read_services, services_file
from ..steps.service_faults import STOPPED, standing
from .recovery import findings

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    state, layout, console = State(run.layout), run.layout, run.console
    if state.receipt is None or state.pointer is None:
        console.line("Nothing is installed in %s." % layout.environment)
        return DONE
    layout, receipt, code = layout.of(state.pointer), state.receipt, DONE
    release = read_inventory(layout)
    console.line("In use: %s, version %s, made %s" % (layout.id, release.version, release.installed))
    if receipt.previous is not None:
        console.line("Before it: %s, to which /rollback leads" % receipt.previous)
    for each in read_services(services_file(layout))[0]:
        words, is_right = _service(run.host, each, receipt)
        console.line("Service %s: %s" % (each.name, words))
        code = code if is_right else FAILED
    console.line("Last change: %s" % (_last_run(layout) or "no log of one is there"))
    for name, path in (("environment", layout.environment), ("data folder", layout.data)):
        if path is not None and os.path.isdir(path):
            volume, free = run.host.files.volume(path)
            console.line("Disk: %s has %s free, for the %s" % (volume, shown_size(free), name))
    for left in findings(run):
        console.line("Left: an earlier run couldn't %s" % left)
    return code


def _service(host, service, receipt):
    # type: (Host, Service, Receipt) -> tuple[str, bool]
    try:
        settings = host.services.settings(service.name)
        if settings is None:
            return "it is not there any more", False
        state, wrong = standing(host, service, wait=False)
    except ServiceError as error:
        return "nothing can be told of it: %s" % error_words(error.code), True
    if not state:
        if wrong:
            return "runs, and %s" % wrong, False
        asked = service.http or service.tcp
        return "runs, and answers at %s" % asked if asked else "runs", True
    if service.name in receipt.stopped:
        return STOPPED, True
    return "%s; its start is %s" % (state, settings.start), settings.start not in ("automatic", "delayed")


def _last_run(layout):
    # type: (Layout) -> str | None
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
            ended = "exit code %s" % code.group(1) if code is not None else "it has not ended"
            return "%s at %s, %s (%s)" % (begun.group(2).strip(), begun.group(1), ended, path)
    return None
