"""What recipe and command line demand together, and what of a lock doesn't meet it; nobody is asked."""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler.errors import ResolutionError
from bundler.model.acceptance_rules import AcceptanceWish
from bundler.model.artifact import Artifact
from bundler.model.lock import BuildRequirement, Lock, LockedPackage
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.pipeline.acceptance_demands import Demands, demands_of, report_unused_exceptions
from bundler.pipeline.shared_names import report_shared
from bundler.resolve import IndexRoute, Request
from tests.support.commandline import recipe_text
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering
from tests.support.samples import sample
from tests.support.shelf import Hall, Shelf
from tests.unit.trust.test_audit import record, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.recipe import Recipe
    from bundler.pipeline.session import Session

NOW = datetime.datetime(2024, 6, 15, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
TARGET = Target.of("3.11.9", "win_amd64")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """What of a session is asked for here."""

    now: datetime.datetime = NOW
    acceptance: AcceptanceWish = AcceptanceWish()  # noqa: RUF009 - frozen
    reporter: Remembering = dataclasses.field(default_factory=Remembering)
    transport: Any = None

    @property
    def once(self) -> Remembering:
        return self.reporter


def recipe(folder: Path, text: str = "") -> Recipe:
    path = folder / "example.toml"
    path.write_text(recipe_text(more=f"[acceptance]\n{text}"), encoding="utf-8")
    return load_recipe(path)


def demands(folder: Path, text: str = "", run: Run | None = None, **wish: Any) -> Demands:
    run = run or Run(acceptance=AcceptanceWish(**wish))
    return demands_of(cast("Session", run), recipe(folder, text))


def package(name: str = "alpha", uploaded: datetime.datetime | None = None, **changes: Any) -> LockedPackage:
    file = Artifact(filename=f"{name}-1.0-py3-none-any.whl", url="https://x.test/a.whl", size=1, sha256="0" * 64)
    found = LockedPackage(name=name, version="1.0", kind="wheel", file=file, upload_time=uploaded)
    return dataclasses.replace(found, **changes)


def lock(*packages: LockedPackage, made: datetime.datetime | None = None, **changes: Any) -> Lock:
    whole: Lock = sample(Lock)
    return dataclasses.replace(
        whole, **{"packages": packages, "seeds": (), "build": (), "target": TARGET, "uploaded_before": made, **changes}
    )


@pytest.mark.parametrize(
    ("text", "wish", "before"),
    [
        ("", {}, None),
        ("cooldown = 7", {}, NOW - 7 * DAY),
        ("", {"cooldown": 7}, NOW - 7 * DAY),
        ("cooldown = 7", {"cooldown": 3}, NOW - 7 * DAY),
        ("cooldown = 7", {"cooldown": 30}, NOW - 30 * DAY),
        ('uploaded-before = "2024-06-10"', {}, NOW - 5 * DAY),
        ('uploaded-before = "2024-06-10"', {"uploaded_before": NOW}, NOW - 5 * DAY),
        ('uploaded-before = "2024-06-10"', {"uploaded_before": NOW - 9 * DAY}, NOW - 9 * DAY),
        ('cooldown = 7\nuploaded-before = "2024-06-10"', {}, NOW - 7 * DAY),
        ('cooldown = 2\nuploaded-before = "2024-06-10"', {}, NOW - 5 * DAY),
    ],
)
def test_the_stricter_counts(tmp_path: Path, text: str, wish: dict[str, Any], before: datetime.datetime | None) -> None:
    assert demands(tmp_path, text, **wish).gate.before == before


def test_a_command_line_that_would_be_looser_is_told_so(tmp_path: Path) -> None:
    run = Run(acceptance=AcceptanceWish(cooldown=1, uploaded_before=NOW))
    demands(tmp_path, 'cooldown = 7\nuploaded-before = "2024-06-10"', run)
    assert run.reporter.notes == [
        "--cooldown 1 changes nothing: the recipe has 7 days",
        "--uploaded-before changes nothing: the recipe has 2024-06-10 00:00 UTC",
    ]


def test_a_lock_is_judged_by_its_times_or_by_what_it_was_made_with(tmp_path: Path) -> None:
    week = demands(tmp_path, "cooldown = 7")
    old, new = NOW - 8 * DAY, NOW - 6 * DAY
    assert week.unmet(lock(package(uploaded=old))) == ()
    assert "alpha 1.0: it was uploaded on 2024-06-09 00:00 UTC" in week.unmet(lock(package(uploaded=new), made=old))[0]
    # what has no time in the lock was judged when the lock was made, if that was by a moment that is early enough
    assert week.unmet(lock(package(), made=old)) == ()
    assert week.unmet(lock(package(), made=new)) == ("alpha 1.0: the lock doesn't say when it was uploaded",)
    assert week.unmet(lock(package()))
    assert demands(tmp_path, 'cooldown = 7\nundated = "warn"').unmet(lock(package())) == ()
    assert demands(tmp_path).unmet(lock(package(uploaded=new))) == ()


def test_all_that_comes_from_an_index_counts_and_nothing_else(tmp_path: Path) -> None:
    week, new = demands(tmp_path, "cooldown = 7"), NOW - DAY
    assert len(week.unmet(lock(seeds=(package("pip", new),)))) == 1
    assert len(week.unmet(lock(build=(BuildRequirement(package=package("setuptools", new), used_by=("a",)),)))) == 1
    assert week.unmet(lock(package(kind="archive"), package("b", kind="legacy"))) == ()


def test_exceptions_hold_for_locks_too(tmp_path: Path) -> None:
    text = 'cooldown = 7\n[[acceptance.exceptions]]\npackage = "Alpha"\nversions = "<2"\nallow = ["upload-time"]\nreason = "r"'
    assert demands(tmp_path, text).unmet(lock(package(uploaded=NOW))) == ()
    assert demands(tmp_path, text).unmet(lock(package(uploaded=NOW, version="2.0")))


def test_the_moment_of_a_lock_stays_while_it_is_early_enough(tmp_path: Path) -> None:
    week = demands(tmp_path, "cooldown = 7")
    early, late = NOW - 9 * DAY, NOW - DAY
    assert week.gate_for(None).before == NOW - 7 * DAY
    assert week.gate_for(lock(made=None)).before == NOW - 7 * DAY
    assert week.gate_for(lock(made=early)).before == early
    assert week.gate_for(lock(made=late)).before == NOW - 7 * DAY
    assert demands(tmp_path).gate_for(lock(made=early)).before == early


def test_a_snapshot_finds_what_was_locked_before_it_was_known(tmp_path: Path) -> None:
    snapshot(tmp_path / "osv", record("MAL-1", name="evil"), record("GHSA-1"))
    found = demands(tmp_path, 'advisories = ["osv"]')
    one = lock(package("evil"), package("alpha"))
    assert found.unmet(one) == ("evil 1.0: MAL-1 (malware)",)
    with pytest.raises(ResolutionError) as caught:
        found.demand_known(one)
    assert caught.value.reference == "not-accepted"
    run = Run()
    found.tell(cast("Session", run), lock(package("alpha")))
    assert run.reporter.warnings == [("known-vulnerable", "alpha 1.0: GHSA-1 (severity unknown)")]
    assert found.unmet(lock(package("evil", kind="directory"))) == (), "a project of one's own has only the name"
    assert demands(tmp_path, snapshots=(tmp_path / "osv",)).unmet(one), "the command line adds"


def test_an_exception_for_an_advisory_is_shown_each_time(tmp_path: Path) -> None:
    snapshot(tmp_path / "osv", record("MAL-1", name="evil", aliases=["CVE-1"]))
    exception = '[[acceptance.exceptions]]\npackage = "evil"\nallow = ["CVE-1"]\nreason = "a mistake"'
    found = demands(tmp_path, f'advisories = ["osv"]\n{exception}')
    one = lock(package("evil"))
    assert found.unmet(one) == ()
    run = Run()
    found.tell(cast("Session", run), one)
    assert run.reporter.notes == ["evil 1.0: MAL-1 (malware); acceptance.exceptions[0] allows it: a mistake"]
    assert run.reporter.warnings == []


def test_exceptions_for_what_isnt_there(tmp_path: Path) -> None:
    run = Run()
    text = "".join(
        f'[[acceptance.exceptions]]\npackage = "{each}"\nallow = ["yanked"]\nreason = "r"\n'
        for each in ("ALPHA", "pip", "alhpa")
    )
    report_unused_exceptions(cast("Session", run), recipe(tmp_path, text), lock(package(), seeds=(package("pip"),)))
    assert [(each, "exceptions[2] names alhpa" in words) for each, words in run.reporter.warnings] == [
        ("exception-unused", True)
    ]


def test_a_name_on_two_indexes_is_a_warning_or_an_error(tmp_path: Path) -> None:
    roots = ("https://own.test/simple/", "https://all.test/simple/")
    shelves = [Shelf(make_wheel(tmp_path / str(i)), root=root) for i, root in enumerate(roots)]
    shelves[0].add(make_wheel(tmp_path, "mine"))
    run = Run(transport=Hall(*shelves))
    request = Request(target=TARGET, wanted=(), indexes=tuple(map(IndexRoute, roots)))
    report_shared(cast("Session", run), recipe(tmp_path), request, {"demo", "mine"})
    assert run.reporter.warnings[0][0] == "index-shared"
    assert run.reporter.warnings[0][1].startswith(f"demo could come from {roots[0]} or {roots[1]}")
    with pytest.raises(ResolutionError) as caught:
        report_shared(cast("Session", run), recipe(tmp_path, 'shared = "refuse"'), request, {"demo", "mine"})
    assert caught.value.reference == "index-shared-refused"
    assert caught.value.context == (f"demo: {roots[0]} and {roots[1]}",)
    claimed = dataclasses.replace(request, indexes=(IndexRoute(roots[0], ("demo",)), IndexRoute(roots[1])))
    report_shared(cast("Session", run), recipe(tmp_path, 'shared = "refuse"'), claimed, {"demo"})
