"""The scenario of a rehearsal: which steps there are, in which order, on which machines. Written once, for every engine."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bundler.rehearse.application_steps import application, untouched
from bundler.rehearse.bench import Bench
from bundler.rehearse.installation_steps import install
from bundler.rehearse.port import BARE, Usage
from bundler.rehearse.results import Left, Rehearsal
from bundler.rehearse.run_of_steps import Taker
from bundler.rehearse.service_steps import Clock, services, steady
from bundler.rehearse.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.port import Engine
    from bundler.rehearse.results import Watcher

PLACE = r"C:\From the disk"
"""Where the bundle is unpacked to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What the user asks for: the bundle, site values, whether the longer groups of steps are left out."""

    subject: Subject
    given: Mapping[str, str] = field(default_factory=dict)
    quick: bool = False


@dataclass(kw_only=True, slots=True)
class _Found:
    """What is found besides the steps' verdicts."""

    installed: tuple[tuple[str, str], ...] = ()
    left: tuple[Left, ...] = ()
    usages: list[Usage] = field(default_factory=list)


def rehearse(order: Order, engine: Engine, watcher: Watcher, logs: Path, clock: Clock) -> Rehearsal:
    """Rehearse a bundle. ``logs``: a folder that gets each step's log. Raises HostError where no machine can be made."""
    began = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    manifest = order.subject.manifest
    taker = Taker(watcher=watcher, logs=logs, clock=clock.now, allowed=manifest.rehearse.allow_connections)
    found = _Found()
    _first_machine(order, engine, taker, found, clock)
    return Rehearsal(
        bundle=order.subject.title,
        release=manifest.bundle.release,
        sha256=order.subject.sha256,
        previous=None,
        engine=engine.name,
        engine_words=engine.words,
        steps=tuple(taker.steps),
        installed=found.installed,
        left=found.left,
        began=began.isoformat(),
        peak_memory=max((each.memory for each in found.usages if each.memory is not None), default=None),
        disk=max((each.disk for each in found.usages if each.disk is not None), default=None),
    )


def _first_machine(order: Order, engine: Engine, taker: Taker, found: _Found, clock: Clock) -> None:
    with engine.machine(BARE) as machine:
        bench = Bench(machine, order.subject, order.given, PLACE)
        bench.put()
        if install(taker, bench):
            found.installed = _installed(bench)
            services(taker, bench, clock)
            since = clock.now()
            application(taker, bench)
            steady(taker, bench, clock, since)
            untouched(taker, bench)
        else:
            taker.skip("application", "everything else", "it isn't installed")
        found.usages.append(machine.usage())


def _installed(bench: Bench) -> tuple[tuple[str, str], ...]:
    """What the manifest says and where it lies now."""
    manifest = bench.subject.manifest
    rows = [("environment", manifest.environment.path), ("release", bench.subject.release)]
    if manifest.environment.data:
        rows.append(("data", manifest.environment.data))
    rows += [("Python", f"{manifest.target.python} ({manifest.target.platform})")]
    rows += [("package", f"{each.name} {each.version}") for each in manifest.packages]
    rows += [("service", each.name) for each in manifest.services]
    rows += [("prerequisite", each.name) for each in manifest.prerequisites]
    return tuple(rows)
