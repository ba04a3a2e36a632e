"""The scenario of a rehearsal: which steps there are, in which order, on which machines. Written once, for every engine."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bundler.rehearse.application_steps import application, untouched
from bundler.rehearse.bench import Bench
from bundler.rehearse.installation_steps import install
from bundler.rehearse.port import BARE, Clock, Kind, Usage
from bundler.rehearse.removal_steps import removal
from bundler.rehearse.repair_steps import damage_and_repair, upgrade
from bundler.rehearse.results import Left, Rehearsal, failed
from bundler.rehearse.run_of_steps import Taker
from bundler.rehearse.second_machine_steps import SECOND, USED, second_machine
from bundler.rehearse.service_steps import services, steady
from bundler.rehearse.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.port import Engine, Machine
    from bundler.rehearse.results import Watcher

UPGRADED = Kind(name="upgraded")
PLACE = "From the disk"
"""The folder that the bundle is unpacked to, in the machine's room."""
OLD_PLACE = "From the disk of before"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What the user asks for: the bundle, one that is upgraded, site values, whether the longer groups of steps are left out."""

    subject: Subject
    previous: Subject | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    quick: bool = False

    @property
    def secrets(self) -> frozenset[str]:
        """Names of site values that one of both bundles calls secret: the other one may do without, and gets them too."""
        before = self.previous.secrets if self.previous is not None else frozenset()
        return self.subject.secrets | before


@dataclass(kw_only=True, slots=True)
class _Found:
    """What is found besides the steps' verdicts."""

    installed: tuple[tuple[str, str], ...] = ()
    left: tuple[Left, ...] = ()
    usages: list[Usage] = field(default_factory=list)

    def tell(self, left: tuple[Left, ...]) -> None:
        """What is left after an uninstallation, and then after /purge: declared things that went later aren't left."""
        stayed = tuple(each for each in self.left if not each.declared and each not in left)
        self.left = (*stayed, *left)


def rehearse(order: Order, engine: Engine, watcher: Watcher, logs: Path, clock: Clock) -> Rehearsal:
    """Rehearse a bundle. ``logs``: a folder that gets each step's log. Raises HostError where no machine can be made."""
    began = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    manifest = order.subject.manifest
    taker = Taker(watcher=watcher, logs=logs, clock=clock.now, allowed=manifest.rehearse.allow_connections)
    found = _Found()
    installed = _first_machine(order, engine, taker, found, clock)
    taker.catch_up()
    if installed and not order.quick:
        if order.previous is not None:
            _upgraded_machine(order, order.previous, engine, taker, found)
            taker.catch_up()
        if engine.uses_this_machine:
            taker.skip("used-machine", SECOND, "this machine is others' too, and stays as it is")
        else:
            _used_machine(order, engine, taker, found)
            taker.catch_up()
    return Rehearsal(
        bundle=order.subject.title,
        release=manifest.bundle.release,
        sha256=order.subject.sha256,
        sums=order.subject.sums,
        previous=order.previous.manifest.bundle.release if order.previous is not None else None,
        engine=engine.name,
        engine_words=engine.words,
        steps=tuple(taker.steps),
        installed=found.installed,
        left=found.left,
        began=began.isoformat(),
        peak_memory=max((each.memory for each in found.usages if each.memory is not None), default=None),
        disk=max((each.disk for each in found.usages if each.disk is not None), default=None),
    )


def _first_machine(order: Order, engine: Engine, taker: Taker, found: _Found, clock: Clock) -> bool:
    windows = any(each.window for each in order.subject.manifest.rehearse.commands)
    with engine.machine(dataclasses.replace(BARE, windows=windows)) as machine:
        bench = _bench(machine, order.subject, order, PLACE)
        bench.put()
        before = machine.picture()
        installed = install(taker, bench, before)
        if installed:
            found.installed = _installed(bench)
            services(taker, bench, clock)
            since = clock.now()
            application(taker, bench)
            steady(taker, bench, clock, since)
            untouched(taker, bench)
            if not order.quick:
                if order.previous is None:
                    damage_and_repair(taker, bench)
                removal(taker, bench, before, found.tell)
        else:
            taker.skip("application", "everything else", "it isn't installed")
        _used(taker, bench, found)
    return installed


def _upgraded_machine(order: Order, previous: Subject, engine: Engine, taker: Taker, found: _Found) -> None:
    with engine.machine(UPGRADED) as machine:
        old = _bench(machine, previous, order, OLD_PLACE)
        new = _bench(machine, order.subject, order, PLACE)
        old.put()
        new.put()
        upgrade(taker, old, new)
        _used(taker, new, found)


def _used_machine(order: Order, engine: Engine, taker: Taker, found: _Found) -> None:
    with engine.machine(USED) as machine:
        bench = _bench(machine, order.subject, order, PLACE)
        bench.put(read_only=True)
        second_machine(taker, bench)
        _used(taker, bench, found)


def _used(taker: Taker, bench: Bench, found: _Found) -> None:
    """What the machine's programs took. Where they were ended for it while no step waited for one, no step says so: what failed later may come of it."""
    usage = bench.machine.usage()
    found.usages.append(usage)
    if usage.fault and not taker.says(usage.fault):
        taker.take("usage", "its programs use what they may", bench, lambda: failed(usage.fault))


def _bench(machine: Machine, subject: Subject, order: Order, folder: str) -> Bench:
    return Bench(machine, subject, order.given, rf"{machine.room}\{folder}", order.secrets)


def _installed(bench: Bench) -> tuple[tuple[str, str], ...]:
    """What the manifest says and where it lies now."""
    manifest = bench.subject.manifest
    rows = [("environment", bench.subject.environment), ("release", bench.subject.release)]
    if bench.subject.data:
        rows.append(("data", bench.subject.data))
    rows += [("Python", f"{manifest.target.python} ({manifest.target.platform})")]
    rows += [("package", f"{each.name} {each.version}") for each in manifest.packages]
    rows += [("service", each.name) for each in manifest.services]
    rows += [("prerequisite", each.name) for each in manifest.prerequisites]
    return tuple(rows)
