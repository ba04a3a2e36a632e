"""Where in its code a Python program tried to reach out, or waits for ever: it runs once more, with a hook that writes that down.

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
_AUDITED, _DUMPED = (3, 8), (3, 5)
"""The first versions with audit hooks, and with what tells of threads on their way to the end (``faulthandler``)."""
_PATIENCE = 20
_CALL = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
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
_WAITING = f"""
import faulthandler
def begin(path):
    faulthandler.dump_traceback_later({_PATIENCE}, exit=True, file=open(path, "a"))
"""


def with_stacks(
    name: str, bench: Bench, attempts: Sequence[Attempt], work: Callable[[], object]
) -> tuple[Attempt, ...]:
    """``attempts`` of the step ``name``, with Python's calls where ``work``, done once more, makes the same; never raises for a machine that ended."""
    told = _told_again(name, bench, _SOURCE, work) if _version(bench) >= _AUDITED else b""
    calls = _read(told)
    return tuple(dataclasses.replace(each, stack=_of(each.address, calls)) for each in attempts)


def waiting_at(name: str, bench: Bench, work: Callable[[], object]) -> tuple[str, ...]:
    """Where a Python program is that doesn't end, the innermost call first: ``work``, done once more, is ended after _PATIENCE seconds. Empty: unknown."""
    told = _told_again(name, bench, _WAITING, work) if _version(bench) >= _DUMPED else b""
    threads = told[:_LARGEST].decode("utf-8", errors="replace").split("(most recent call first):")
    calls = _CALL.findall(threads[-1])  # the main thread stands last
    return tuple(one_line(f"{file}:{line} in {function}") for file, line, function in calls[:_MOST_FRAMES])


def _version(bench: Bench) -> tuple[int, ...]:
    return tuple(int(each) for each in bench.subject.manifest.target.python.split(".")[:2])


def _told_again(name: str, bench: Bench, source: str, work: Callable[[], object]) -> bytes:
    """What ``source``, in each Python that starts, writes while ``work`` is done once more; services begin with it if they do the work, and are as
    they were afterwards.
    """
    if not _AGAIN.fullmatch(name):
        return b""
    try:
        if not bench.machine.files.exists(bench.python):
            return b""
        return _done_again(
            bench, source, work, served=bool(bench.subject.manifest.services and _SERVED.fullmatch(name))
        )
    except BundleError:
        return b""


def _done_again(bench: Bench, source: str, work: Callable[[], object], *, served: bool) -> bytes:
    files, told = bench.machine.files, rf"{bench.machine.room}\{_HOOK}.txt"
    hook = rf"{bench.machine.room}\{_HOOK}.py"
    begins = rf"{bench.subject.release}\Lib\site-packages\{_HOOK}.pth"
    files.write(hook, f"{source}begin({told!r})\n".encode())
    try:
        files.write(begins, f"import sys; exec(open({hook!r}).read(), {{}})\n".encode())
        if served:
            _restart(bench)
        work()
        return files.read(told) or b""
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
    while asked and asked not in calls:
        asked = asked.rpartition(".")[0]
    return calls.get(asked, ())
