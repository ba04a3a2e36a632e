"""From a bundle to what its rehearsal found: unpacked, an engine opened, the scenario run."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import HostError, InputError
from bundler.model.bundle_files import SUMS
from bundler.pack.shipped import target_folder
from bundler.pack.unpacked_bundle import unpack_bundle
from bundler.pack.writing import FULL, free_space, report_error
from bundler.rehearse.port import Clock
from bundler.rehearse.results import RESULT, Watcher
from bundler.rehearse.scenario import Order, rehearse
from bundler.rehearse.subject import Subject
from bundler.rehearse.unproven import unproven
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from bundler.rehearse.port import Engine
    from bundler.rehearse.results import Rehearsal

CLOCK = Clock(now=time.monotonic, sleep=time.sleep)
OWN_LOGS = re.compile(r"[0-9]{2,}-[a-z0-9-]+\.(log|png)")
"""Names of what a rehearsal writes into the folder of logs, besides its result."""


def default_engine() -> str:
    """What plays the machine if nobody says: never this machine itself."""
    return "sandbox" if sys.platform == "win32" else "wine"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalWishes:
    """What the user asks for. ``previous``: a bundle that is upgraded; ``given``: site values; ``store``: the product's cache; ``shell``, ``keep``: as the engine has them;
    ``wine``: which one plays the machines (see rehearse.wine.choosing), None: the first that is good enough.
    """

    store: Path
    environ: Mapping[str, str]
    previous: Path | None = None
    engine: str = dataclasses.field(default_factory=default_engine)
    given: Mapping[str, str] = dataclasses.field(default_factory=dict)
    quick: bool = False
    shell: bool = False
    keep: Path | None = None
    wine: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """``folder``: where the bundles that a rehearsal is about were unpacked; ``subject``: the one that is rehearsed."""

    folder: Path
    subject: Subject


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What rehearsals need is there: in which folder, and how many bytes it takes; ``engine``: what plays the machines."""

    folder: Path
    size: int
    engine: str


def prepare(wishes: RehearsalWishes, reporter: Reporter) -> Prepared:
    """Make what the engine `wine` needs, unless it is there. Raises HostError."""
    from bundler.rehearse.wine.bed_cache import disk_use

    bed = _bed(wishes, reporter, again=True)
    made = (bed.cache.path(name, stamp) for name, stamp in bed.source.things.items())
    return Prepared(
        folder=bed.cache.root, size=sum(map(disk_use, made)), engine=f"Wine {bed.version}{bed.source.plays}"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Hearers:
    """Who is told: ``watcher`` of steps, ``begin`` first of all what engine it is and what that can't prove, ``reporter`` of what is done before."""

    watcher: Watcher
    begin: Callable[[str, tuple[str, ...]], None]
    reporter: Reporter


def rehearse_bundle(
    path: Path, wishes: RehearsalWishes, hearers: Hearers, logs: Path, engine_of: Callable[[Unpacked], Engine]
) -> Rehearsal:
    """Rehearse one bundle. ``logs``: a folder for logs; ``engine_of`` opens the engine, once the bundle is known to be whole.

    Raises as ``verify_bundle`` does, InputError (``site-value-unknown``, ``rehearsal-other-bundle``), HostError.
    """
    reporter = hearers.reporter
    with _full_disks(_room(wishes), logs), _work_folder(wishes) as work:
        subject = _subject(path, work / "bundle", reporter)
        previous = _subject(wishes.previous, work / "previous", reporter) if wishes.previous is not None else None
        if previous is not None:
            _demand_same(subject, previous)
        _demand_values(subject, previous, wishes.given)
        engine = engine_of(Unpacked(folder=work, subject=subject))
        subject = _installed_as(engine.instance, subject)
        previous = previous and _installed_as(engine.instance, previous)
        facts = unproven(subject.manifest, engine.name)
        hearers.begin(engine.words, facts)
        order = Order(subject=subject, previous=previous, given=wishes.given, quick=wishes.quick)
        _emptied(logs)
        return dataclasses.replace(rehearse(order, engine, hearers.watcher, logs, CLOCK), unproven=facts)


def _installed_as(instance: str, subject: Subject) -> Subject:
    return dataclasses.replace(subject, instance=instance)


def _room(wishes: RehearsalWishes) -> Path:
    """Where bundles are unpacked, and machines lie."""
    if wishes.engine != "wine":
        return Path(tempfile.gettempdir())
    from bundler.rehearse.wine.bed_cache import RUNNING

    return _bed_folder(wishes) / RUNNING


def _work_folder(wishes: RehearsalWishes) -> AbstractContextManager[Path]:
    if wishes.engine != "wine":
        return scratch_folder("rehearsal-")
    from bundler.rehearse.wine.bed_cache import claimed_folder

    return claimed_folder(_room(wishes), "bundle-")


@contextlib.contextmanager
def _full_disks(*folders: Path) -> Iterator[None]:
    """Raises HostError: ``disk-full``, which names the fullest of ``folders`` where the system only says that there is no room; and for what can't be
    written into one of them, such as one that somebody removed meanwhile, ``output-unwritable``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            if any(Path(str(error.filename)).is_relative_to(each) for each in folders):
                raise report_error(error, Path(str(error.filename))) from error
            raise
        fullest = min((each for each in folders if each.exists()), key=free_space)
        raise HostError(
            "disk-full",
            f"{FULL[error.errno]}: {fullest}",
            hint="make room, or name another disk: with --store for the machines of rehearsals, with --logs for logs",
        ) from error


def _emptied(logs: Path) -> None:
    """A folder for logs; those of an earlier rehearsal go."""
    logs.mkdir(parents=True, exist_ok=True)
    for each in logs.iterdir():
        if OWN_LOGS.fullmatch(each.name) or each.name == RESULT:
            each.unlink()


def _subject(path: Path, folder: Path, reporter: Reporter) -> Subject:
    report = unpack_bundle(path, folder, reporter, summed=True)
    return Subject(folder=folder, manifest=report.manifest, sha256=report.signed_sha256, sums=report.sums[SUMS])


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


def _demand_values(subject: Subject, previous: Subject | None, given: Mapping[str, str]) -> None:
    """One that only the earlier bundle has is for that."""
    unknown = [each for each in subject.unknown(given) if previous is None or each in previous.unknown(given)]
    if unknown:
        known = ", ".join(each.name for each in subject.manifest.site) or "it has none"
        raise InputError(
            "site-value-unknown",
            f"{subject.title} has no site value {', '.join(unknown)}",
            hint=f"its site values: {known}",
        )


def open_engine(wishes: RehearsalWishes, unpacked: Unpacked, reporter: Reporter) -> Engine:
    """The engine, with what it needs made first if it isn't there. Raises HostError."""
    if wishes.engine == "wine":
        from bundler.rehearse.wine.wine_engine import WineEngine

        return WineEngine(_bed(wishes, reporter), reporter, shell=wishes.shell, keep=wishes.keep)
    if wishes.engine == "sandbox":
        from bundler.rehearse.windows.sandbox_engine import SandboxEngine, require_sandbox

        require_sandbox()
        return SandboxEngine(unpacked.folder, unpacked.subject.folder, target_folder(), CLOCK)
    from bundler.rehearse.windows.here_engine import HereEngine

    _demand_windows()
    return HereEngine(unpacked.subject, target_folder(), CLOCK, reporter)


def _demand_windows() -> None:
    if sys.platform != "win32":
        raise HostError(
            "rehearsal-elsewhere",
            "the engine `here` installs on this machine itself, and this isn't Windows",
            hint="leave --engine out: on Linux, Wine plays the machine",
        )


def _bed(wishes: RehearsalWishes, reporter: Reporter, *, again: bool = False) -> Bed:
    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.choosing import Choice, Host

    cache = Cache(_bed_folder(wishes))
    return Choice(cache, Host.here(wishes.environ), reporter, again=again).bed(wishes.wine)


def _bed_folder(wishes: RehearsalWishes) -> Path:
    if not sys.platform.startswith("linux"):
        raise HostError(
            "rehearsal-elsewhere",
            "the engine `wine` is for Linux, and this is another system",
            hint="on Windows: --engine sandbox, or --engine here; or run `bundle rehearse` in WSL",
        )
    from bundler.fetch import place_open_to_others
    from bundler.rehearse.wine.bed_cache import bed_root

    folder = bed_root(wishes.environ, wishes.store)
    if (place := place_open_to_others(folder, depth=1)) is not None:  # deeper lie machines, with accounts of their own
        raise HostError(
            "store-open",
            f"others than you and root may change what is in {folder}, and programs in it would run with your rights",
            context=(place.words,),
            hint=f"chmod go-w {place.path} and remove what lies there, or name a folder of your own with --store or BUNDLE_STORE",
        )
    return folder


if TYPE_CHECKING:
    from bundler.rehearse.wine.bed import Bed
