"""From a bundle to what its rehearsal found: unpacked, an engine opened, the scenario run."""

from __future__ import annotations

import dataclasses
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError, InputError
from bundler.pack.unpacked_bundle import archive_sha256, unpack_bundle
from bundler.rehearse.results import Watcher
from bundler.rehearse.scenario import Order, rehearse
from bundler.rehearse.service_steps import Clock
from bundler.rehearse.subject import Subject
from bundler.rehearse.unproven import unproven
from bundler.report import Reporter

if TYPE_CHECKING:
    from bundler.rehearse.port import Engine
    from bundler.rehearse.results import Rehearsal

ENGINES = ("wine",)
_OWN = re.compile(r"[0-9]{2,}-[a-z0-9-]+\.(log|png)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalWishes:
    """What the user asks for. ``previous``: a bundle that is upgraded; ``given``: site values; ``store``: the product's cache; ``shell``, ``keep``: as the engine has them."""

    store: Path
    environ: Mapping[str, str]
    previous: Path | None = None
    engine: str = ENGINES[0]
    given: Mapping[str, str] = dataclasses.field(default_factory=dict)
    quick: bool = False
    shell: bool = False
    keep: Path | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What rehearsals need is there: in which folder, and how many bytes it takes."""

    folder: Path
    size: int


def prepare(wishes: RehearsalWishes, reporter: Reporter) -> Prepared:
    """Make what the engine needs, unless it is there. Raises HostError."""
    from bundler.rehearse.wine.bed_cache import disk_use

    bed = _bed(wishes, reporter)
    return Prepared(folder=bed.cache.root, size=disk_use(bed.chroot))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Hearers:
    """Who is told: ``watcher`` of steps, ``begin`` first of all what engine it is and what that can't prove, ``reporter`` of what is done before."""

    watcher: Watcher
    begin: Callable[[str, tuple[str, ...]], None]
    reporter: Reporter


def rehearse_bundle(
    path: Path, wishes: RehearsalWishes, hearers: Hearers, logs: Path, engine_of: Callable[[], Engine]
) -> Rehearsal:
    """Rehearse one bundle. ``logs``: a folder for logs; ``engine_of`` opens the engine, once the bundle is known to be whole.

    Raises as ``verify_bundle`` does, InputError (``site-value-unknown``, ``rehearsal-other-bundle``), HostError.
    """
    reporter = hearers.reporter
    from bundler.rehearse.wine.bed_cache import RUNNING, claimed_folder

    with claimed_folder(_bed_folder(wishes) / RUNNING, "bundle-") as work:
        subject = _subject(path, work / "bundle", reporter)
        previous = _subject(wishes.previous, work / "previous", reporter) if wishes.previous is not None else None
        if previous is not None:
            _demand_same(subject, previous)
        _demand_values(subject, wishes.given)
        engine = engine_of()
        facts = unproven(subject.manifest, engine.name)
        hearers.begin(engine.words, facts)
        order = Order(subject=subject, previous=previous, given=wishes.given, quick=wishes.quick)
        clock = Clock(now=time.monotonic, sleep=time.sleep)
        _emptied(logs)
        return dataclasses.replace(rehearse(order, engine, hearers.watcher, logs, clock), unproven=facts)


def _emptied(logs: Path) -> None:
    """A folder for logs; those of an earlier rehearsal go."""
    logs.mkdir(parents=True, exist_ok=True)
    for each in logs.iterdir():
        if _OWN.fullmatch(each.name):
            each.unlink()


def _subject(path: Path, folder: Path, reporter: Reporter) -> Subject:
    report = unpack_bundle(path, folder, reporter)
    return Subject(folder=folder, manifest=report.manifest, sha256=archive_sha256(path))


def _demand_same(subject: Subject, previous: Subject) -> None:
    """An upgrade is one of the same name in the same folder."""
    places = [(each.manifest.bundle.name, each.manifest.environment.path) for each in (subject, previous)]
    if places[0] != places[1]:
        raise InputError(
            "rehearsal-other-bundle",
            f"{previous.title} isn't upgraded by {subject.title}: its name or its environment's folder is another one",
            context=tuple(f"{name}: {path}" for name, path in places),
            hint="give --from an earlier bundle of the same recipe",
        )


def _demand_values(subject: Subject, given: Mapping[str, str]) -> None:
    unknown = subject.unknown(given)
    if unknown:
        known = ", ".join(each.name for each in subject.manifest.site) or "it has none"
        raise InputError(
            "site-value-unknown",
            f"{subject.title} has no site value {', '.join(unknown)}",
            hint=f"its site values: {known}",
        )


def open_engine(wishes: RehearsalWishes, reporter: Reporter) -> Engine:
    """The engine, with what it needs made first if it isn't there. Raises HostError."""
    from bundler.rehearse.wine.wine_engine import WineEngine

    return WineEngine(_bed(wishes, reporter), shell=wishes.shell, keep=wishes.keep)


def _bed(wishes: RehearsalWishes, reporter: Reporter) -> Bed:
    from bundler.rehearse.wine.bed import Bed
    from bundler.rehearse.wine.bed_cache import Cache

    return Bed(Cache(_bed_folder(wishes)), reporter)


def _bed_folder(wishes: RehearsalWishes) -> Path:
    if not sys.platform.startswith("linux"):
        raise HostError(
            "rehearsal-elsewhere",
            "bundles are rehearsed in Wine, on Linux, and this is another system",
            hint="run `bundle rehearse` on Linux: WSL will do",
        )
    from bundler.fetch import place_open_to_others
    from bundler.rehearse.wine.bed_cache import bed_root

    folder = bed_root(wishes.environ, wishes.store)
    if (place := place_open_to_others(folder)) is not None:
        raise HostError(
            "store-open",
            f"others than you and root may change what is in {folder}, and programs in it would run with your rights",
            context=(place.words,),
            hint=f"chmod go-w {place.path} and remove what lies there, or name a folder of your own with --store or BUNDLE_STORE",
        )
    return folder


if TYPE_CHECKING:
    from bundler.rehearse.wine.bed import Bed
