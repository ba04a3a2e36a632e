"""Where in its code a Python program tried to reach out: it runs once more, with a hook that writes down who asks for a connection.

The run that proves is never this one: what it does and finds is thrown away, but for the calls. Audit hooks came with Python 3.8 (PEP 578).
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING

from bundler.errors import BundleError
from bundler.foreign import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bundler.rehearse.bench import Bench
    from bundler.rehearse.results import Attempt

_AGAIN = re.compile(r"checks|entry-points|command-\d+|request-\d+|services(-\w+)?")
"""Steps that can be taken twice."""
_SERVED = re.compile(r"request-\d+|services(-\w+)?")
"""Those of which services do the work."""
_FIRST = (3, 8)
_MOST_FRAMES, _LARGEST = 30, 4_000_000
_HOOK = "bundle-rehearsal-calls"
# Who starts Python gets this before any line of its own. Of loopback nothing is told, and of equal calls only the first.
_SOURCE = r"""
import sys
def begin(path):
    told = set()
    def hook(event, arguments):
        if event == "socket.connect" or event == "socket.sendto":
            address = arguments[1]
            if not isinstance(address, tuple) or len(address) < 2:
                return
            name = "%s:%s" % (("[%s]" if ":" in str(address[0]) else "%s") % address[0], address[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            name = arguments[0]
            name = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        else:
            return
        if not isinstance(name, str) or name in told or name.startswith(("127.", "[::1]", "localhost")):
            return
        told.add(name)
        import json, traceback
        calls = ["%s:%s in %s" % (each.filename, each.lineno, each.name) for each in traceback.extract_stack()[:-1]]
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps([name, calls]) + "\n")
    sys.addaudithook(hook)
"""


def with_stacks(
    name: str, bench: Bench, attempts: Sequence[Attempt], work: Callable[[], object]
) -> tuple[Attempt, ...]:
    """``attempts`` of the step ``name``, with Python's calls where ``work``, done once more, makes the same; never raises for a machine that ended."""
    target = tuple(int(each) for each in bench.subject.manifest.target.python.split(".")[:2])
    if target < _FIRST or not _AGAIN.fullmatch(name) or not bench.machine.files.exists(bench.python):
        return tuple(attempts)
    try:
        calls = _calls(bench, work, served=bool(bench.subject.manifest.services) and bool(_SERVED.fullmatch(name)))
    except BundleError:
        return tuple(attempts)
    return tuple(dataclasses.replace(each, stack=_of(each.address, calls)) for each in attempts)


def _calls(bench: Bench, work: Callable[[], object], *, served: bool) -> Mapping[str, tuple[str, ...]]:
    files, told = bench.machine.files, rf"{bench.machine.room}\{_HOOK}.txt"
    hook = rf"{bench.machine.room}\{_HOOK}.py"
    begins = rf"{bench.subject.release}\Lib\site-packages\{_HOOK}.pth"
    files.write(hook, f"{_SOURCE}begin({told!r})\n".encode())
    try:
        files.write(begins, f"import sys; exec(open({hook!r}, encoding='utf-8').read(), {{}})\n".encode())
        if served:
            _restart(bench)
        work()
        return _read(files.read(told) or b"")
    finally:
        bench.machine.network.attempts()  # those of this run
        gone = f"import os; [os.remove(each) for each in {[begins, told, hook]!r} if os.path.exists(each)]"
        bench.machine.programs.run([bench.python, "-S", "-c", gone], timeout=60)
        if served:
            _restart(bench)


def _restart(bench: Bench) -> None:
    for mode in ("/stop", "/start"):
        bench.bootstrap(mode)


def _read(content: bytes) -> dict[str, tuple[str, ...]]:
    """A rehearsed program's text: what has another form is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for line in content[:_LARGEST].decode("utf-8", errors="replace").splitlines():
        try:
            name, calls = json.loads(line)
        except (ValueError, RecursionError, TypeError):
            continue
        if isinstance(name, str) and isinstance(calls, list):
            kept = [one_line(str(each)) for each in calls[-_MOST_FRAMES:]]
            found.setdefault(name.rstrip(".").lower(), tuple(kept))
    return found


def _of(address: str, calls: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """By what was asked for; Windows may ask for a name with its own domain at the end."""
    asked = address.partition(" ")[2].rstrip(".").lower()
    if asked in calls:
        return calls[asked]
    return next((stack for name, stack in calls.items() if asked.startswith(name + ".")), ())
