"""The first process of a session's namespaces: mounts, a network that records, and the end of everything.

Run by first_process.py with CHROOT PREFIX OWN MEMORY PROCESSES [REMOVED], and the standard library only. It prints
its process id (as the host sees it) when the namespaces can be entered, answers each line on its standard input with what it
has seen so far, as a JSON object, once every other process has ended where the line says END, and ends when that input does, however its other end was closed: the kernel then kills every
other process in the namespace and drops the mounts. OWN is removed then, with the claim beside it, and the folder REMOVED. What lies in OWN/session the programs
see and may change, and nothing else of it; of OWN/filter, where there is one, they have a copy. OWN/shown says which places of this host
they see, read-only, as a JSON object: {"/usr": "/usr"}. Where CHROOT is "/" this is a container: it has its mounts, and nothing is removed.

More than MEMORY bytes or PROCESSES (0: no limit) at a time, or more attempts to reach outside than are written down, and every other process
is ended; where there is a limit of memory, also when this host's memory, or the disk of the prefix or of OWN, is nearly used up. Started by
root it runs before all others: what multiplies leaves the rest ever less of the processor.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from bundler.rehearse.wine.connection_record import Recorder
from bundler.rehearse.wine.session_limits import END, Limits, Spare, end_all, end_others
from bundler.rehearse.wine.session_mounts import connect_nothing, mount, tool

_TICK = 0.5


def run() -> None:
    """Hold the namespaces that the command line speaks of."""
    chroot, prefix, own, memory, count, *removed = sys.argv[1:]
    limits = Limits(Path(chroot, "proc"), int(memory), int(count))
    _hold(Path(chroot), Path(prefix), Path(own), limits, Path(removed[0]) if removed else None)


def _hold(chroot: Path, prefix: Path, own: Path, limits: Limits, removed: Path | None) -> None:
    """Prepare the namespaces, then record until the standard input ends."""
    outside = int(Path("/proc/self").readlink().name)  # /proc is still that of the namespace this one was made in
    is_container = chroot == Path("/")
    with suppress(OSError):  # a user's may not
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    connect_nothing()
    recorder = Recorder(chroot / "proc")
    if not is_container:
        mount(chroot, prefix, own)
    # what they print goes to files that lie beside OWN
    spare = Spare(Path("/proc"), prefix, own) if limits.are_given else None
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans come to the first process: let the kernel reap them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's; it closes the input
    _say(str(outside))
    while True:
        readable, _, _ = select.select([0, *(each.fileno() for each in recorder.inputs)], [], [], _TICK)
        recorder.drain()
        limits.look("connections" if recorder.is_full else spare.short() if spare is not None else None)
        if 0 in readable:
            asked = os.read(0, 4096)
            if not asked:
                break
            alone = END in asked and end_all(chroot / "proc")
            recorder.drain()
            said = {
                "attempts": recorder.attempts,
                "peak": limits.peak,
                "exceeded": limits.exceeded,
                "ends": limits.ends,
                "alone": alone,
            }
            _say(json.dumps(said))
    end_others()
    if is_container:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if removed is not None:
        with suppress(subprocess.CalledProcessError):
            tool("umount", "--lazy", chroot / "srv/prefix/drive_c/windows")
    with suppress(subprocess.CalledProcessError):
        tool("rm", "-rf", own, f"{own}.claim", *([removed] if removed is not None else []))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
