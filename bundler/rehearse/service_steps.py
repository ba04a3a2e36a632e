"""Services: they run and answer, are stopped and started, start with Windows, come back after a crash, and go on running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.rehearse.bench import done
from bundler.rehearse.results import PASSED, Verdict, failed, skipped

if TYPE_CHECKING:
    from bundler.rehearse.bench import Bench
    from bundler.rehearse.port import Clock
    from bundler.rehearse.run_of_steps import Taker

STEADY = 30
"""Seconds that services must have run at the end: what dies after a while is seen."""
_PATIENCE = 120
_PAUSE = 0.2
_RUNNING, _STOPPED = "running", "stopped"


def services(taker: Taker, bench: Bench, clock: Clock) -> None:
    """All but the last look; nothing where the recipe has no services."""
    if not _names(bench):
        return
    taker.take("services", "services run and answer", bench, lambda: _status(bench))
    taker.take("services-stopped", "/stop and /start", bench, lambda: _stopped_and_started(bench, clock))
    taker.take("services-restart", "services start with Windows", bench, lambda: _restarted(bench, clock))
    taker.take("services-killed", "a service that crashes comes back", bench, lambda: _killed(bench, clock))


def steady(taker: Taker, bench: Bench, clock: Clock, since: float) -> None:
    """At the end, once they have run long enough; ``since``: when they were last started."""
    if _names(bench):
        taker.take(
            "services-steady", f"services still run after {STEADY} s", bench, lambda: _steady(bench, clock, since)
        )


def _names(bench: Bench) -> list[str]:
    """Of those that are to run."""
    return [each.name for each in bench.subject.manifest.services if each.start not in ("manual", "disabled")]


def _status(bench: Bench) -> Verdict:
    return done(bench.bootstrap("/status"), "/status")


def _steady(bench: Bench, clock: Clock, since: float) -> Verdict:
    clock.sleep(max(0.0, since + STEADY - clock.now()))
    return _status(bench)


def _stopped_and_started(bench: Bench, clock: Clock) -> Verdict:
    stopped = done(bench.bootstrap("/stop"), "/stop")
    if stopped is not PASSED:
        return stopped
    for name in _names(bench):
        if not _becomes(bench, clock, name, _STOPPED):
            return failed(f"the service {name} still runs after /stop: it is {bench.machine.services.state(name)}")
    started = done(bench.bootstrap("/start"), "/start")
    return started if started is not PASSED else _status(bench)


def _restarted(bench: Bench, clock: Clock) -> Verdict:
    if not bench.machine.restarts:
        return skipped("this engine's machine can't be restarted")
    bench.machine.restart()
    for name in _names(bench):
        if not _becomes(bench, clock, name, _RUNNING):
            state = bench.machine.services.state(name)
            bench.bootstrap("/start")  # the next steps are about something else
            return failed(f"the service {name} doesn't run {_PATIENCE} s after Windows started: it is {state}")
    # /start waits until they are healthy, and finds them running
    started = done(bench.bootstrap("/start"), "/start")
    return started if started is not PASSED else _status(bench)


def _killed(bench: Bench, clock: Clock) -> Verdict:
    if not bench.machine.services.recovers:
        return skipped("this engine's service manager keeps recovery actions and takes none")
    for name in _names(bench):
        bench.machine.services.kill(name)
        restart = next(each.restart for each in bench.subject.manifest.services if each.name == name)
        wait = (restart[0] if restart else 0) + _PATIENCE
        if not _becomes(bench, clock, name, _RUNNING, wait):
            bench.bootstrap("/start")
            return failed(f"the service {name} was ended and isn't back after {wait} s")
    return _status(bench)


def _becomes(bench: Bench, clock: Clock, name: str, state: str, wait: float = _PATIENCE) -> bool:
    last = clock.now() + wait
    while bench.machine.services.state(name) != state:
        if clock.now() > last:
            return False
        clock.sleep(_PAUSE)
    return True
