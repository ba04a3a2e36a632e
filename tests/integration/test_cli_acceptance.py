"""What is accepted from an index, at the command line: locks and builds obey the recipe and the options, and the same lock stays the same."""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING

import pytest

from bundler.model.lock_file import load_lock
from tests.support.building import setuptools_wheel
from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex
from tests.support.packages import make_project, make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.commandline import Done

DAY = datetime.timedelta(days=1)


def ago(days: float) -> str:
    """As PyPI writes it."""
    return (datetime.datetime.now(datetime.UTC) - days * DAY).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def aged(bench: Bench) -> Bench:
    """``alpha`` 1.1 has been there for twenty days, 1.2 for two."""
    for version, days in (("1.1", 20), ("1.2", 2)):
        bench.index.add(make_wheel(bench.published, "alpha", version, requires=["beta"]), upload_time=ago(days))
    return bench


def accepting(bench: Bench, text: str, **changes: object) -> None:
    bench.write(more=f"[acceptance]\n{text}", **changes)


def lock(bench: Bench, *arguments: str) -> str:
    """Lock; what that did to the one lock."""
    done = bench.run("lock", bench.recipe, "--json", *arguments)
    assert done.code == 0, done.err
    state = done.json["locks"][0]["state"]
    assert isinstance(state, str)
    return state


def version(bench: Bench, name: str = "alpha") -> str:
    return next(each.version for each in load_lock(bench.lock).packages if each.name == name)


def cut_off(bench: Bench) -> datetime.datetime | None:
    return load_lock(bench.lock).uploaded_before


def refused(done: Done, reference: str, code: int) -> str:
    assert (done.code, done.reference) == (code, reference), done.err
    return done.err


def test_a_cooldown_holds_for_locks_and_builds(aged: Bench) -> None:
    accepting(aged, "cooldown = 7")
    done = aged.run("lock", aged.recipe)
    assert done.code == 0, done.err
    assert version(aged) == "1.1"
    assert "alpha 1.1 is taken although 1.2 is newer" in done.err
    assert "files of indexes: uploaded before" in done.out
    first = aged.lock.read_bytes()
    assert aged.build("--locked").code == 0
    bundle = aged.bundle.read_bytes()
    assert aged.build().code == 0
    assert lock(aged) == "unchanged"
    assert lock(aged, "--cooldown", "1") == "unchanged"
    assert (aged.lock.read_bytes(), aged.bundle.read_bytes()) == (first, bundle)


def test_the_moment_of_a_lock_stays_on_another_host_too(aged: Bench, tmp_path: Path) -> None:
    """A store that never saw the lock asks the index, and gives the same lock."""
    accepting(aged, "cooldown = 7")
    assert lock(aged) == "new"
    before = aged.lock.read_bytes()
    made = cut_off(aged)
    asked = len(aged.index.requests)
    assert lock(aged, "--store", str(tmp_path / "another")) == "unchanged"
    assert len(aged.index.requests) > asked
    assert aged.lock.read_bytes() == before
    text = aged.lock.read_text(encoding="utf-8")
    aged.lock.write_text(
        re.sub(r"uploaded-before = .*", "uploaded-before = 2024-03-01 00:00:00+00:00", text), encoding="utf-8"
    )
    assert lock(aged, "--refresh") == "changed"
    moved = cut_off(aged)
    assert made is not None
    assert moved is not None
    assert moved >= made


def test_a_lock_is_judged_by_its_times_without_asking(aged: Bench) -> None:
    assert lock(aged) == "new"
    assert (version(aged), cut_off(aged)) == ("1.2", None)
    asked = len(aged.index.requests)
    said = refused(aged.build("--locked", "--cooldown", "7"), "lock-stale", 2)
    assert "alpha 1.2: it was uploaded on" in said
    assert "with the same options" in said
    assert len(aged.index.requests) == asked
    done = aged.build("--cooldown", "7")
    assert done.code == 0, done.err
    assert version(aged) == "1.1"
    assert aged.build("--locked", "--cooldown", "7").code == 0
    assert aged.build("--locked", "--cooldown", "14").code == 0, "by the times in the lock"
    refused(aged.build("--locked", "--cooldown", "30"), "lock-stale", 2)


def test_a_day_that_stays(aged: Bench) -> None:
    accepting(aged, 'uploaded-before = "2024-02-01"')
    assert lock(aged, "--uploaded-before", "2099-01-01") == "new"
    assert version(aged) == "1.0"
    assert cut_off(aged) == datetime.datetime(2024, 2, 1, tzinfo=datetime.UTC)
    said = refused(aged.run("lock", aged.recipe, "--uploaded-before", "2024-01-01"), "not-accepted", 3)
    assert re.search(
        r"alpha 1.0 to 1.2 aren't accepted; 1.2: it was uploaded on .* UTC, not before 2024-01-01 00:00 UTC", said
    )
    for wrong in ("soon", "2024-13-01", "2024-01-01T00:00:00"):
        refused(aged.run("lock", aged.recipe, "--uploaded-before", wrong), "arguments-wrong", 2)
    for wrong in ("0", "-1", "x", "99999"):
        refused(aged.run("lock", aged.recipe, "--cooldown", wrong), "arguments-wrong", 2)


def test_why_shows_the_reason(aged: Bench) -> None:
    accepting(aged, "cooldown = 7")
    found = aged.run("lock", aged.recipe, "--why", "alpha", "--json").json["targets"][0]["files"]
    reasons = {each["filename"]: each["reason"] for each in found}
    assert reasons["alpha-1.1-py3-none-any.whl"] is None
    assert "7 days must have passed: it is accepted from" in reasons["alpha-1.2-py3-none-any.whl"]


def test_what_builds_and_what_makes_the_environment_counts_too(bench: Bench) -> None:
    backend = setuptools_wheel()
    make_project(bench.folder / "checkout", backend="setuptools")
    bench.index.add(backend, upload_time=ago(2))
    accepting(bench, "cooldown = 7", packages='projects = ["checkout"]')
    said = refused(bench.run("lock", bench.recipe), "not-accepted", 3)
    assert "setuptools" in said
    bench.index.add(backend, upload_time=ago(9))
    assert lock(bench) == "new"
    (built,) = load_lock(bench.lock).build
    assert built.package.upload_time is not None
    assert all(each.upload_time is not None for each in load_lock(bench.lock).seeds)
    bench.index.add(make_wheel(bench.published, "pip", "24.0"), upload_time=ago(1))
    said = refused(bench.run("lock", bench.recipe, "--refresh"), "not-accepted", 3)
    assert "pip" in said


@pytest.mark.parametrize("format", ["html", "json"])
def test_an_index_without_times(tmp_path: Path, format: str) -> None:  # noqa: A002
    with LocalIndex(format=format) as index:  # type: ignore[arg-type]
        bench = make_bench(tmp_path / "bench", index)
        for each in bench.published.glob("*.whl"):
            index.add(each, upload_time=None)
        accepting(bench, "cooldown = 7")
        said = refused(bench.run("lock", bench.recipe), "not-accepted", 3)
        assert "its index doesn't say when it was uploaded" in said
        assert 'acceptance.undated = "warn"' in said
        accepting(bench, 'cooldown = 7\nundated = "warn"')
        done = bench.run("lock", bench.recipe)
        assert done.code == 0, done.err
        assert "warning: alpha, beta: the index doesn't say when" in done.err
        assert lock(bench) == "unchanged"
        assert bench.build("--locked").code == 0


def test_a_withdrawn_project_and_a_yanked_file(bench: Bench) -> None:
    bench.index.project_status("beta", "archived", "go elsewhere")
    done = bench.run("lock", bench.recipe)
    assert "warning: beta is archived by its makers: go elsewhere [project-withdrawn]" in done.err
    assert "beta is archived" in bench.run("lock", bench.recipe).err, "an unchanged lock warns again"
    accepting(bench, 'archived = "refuse"')
    refused(bench.build("--locked"), "lock-stale", 2)
    assert "beta: the project is archived: go elsewhere" in refused(bench.run("lock", bench.recipe), "not-accepted", 3)
    exception = '[[acceptance.exceptions]]\npackage = "beta"\nallow = ["archived"]\nreason = "ours"'
    accepting(bench, f'archived = "refuse"\n{exception}')
    assert "acceptance.exceptions[0] allows it: ours" in bench.run("lock", bench.recipe).err
    bench.index.project_status("beta", "quarantined", "malware")
    assert "malware" in refused(bench.run("lock", bench.recipe, "--refresh"), "project-quarantined", 3)
    bench.index.project_status("beta", "active")
    bench.publish("alpha", "2.0", yanked="it eats data")
    accepting(bench, 'yanked = "refuse"', requirements=["alpha==2.0"])
    assert "it was yanked: it eats data" in refused(bench.run("lock", bench.recipe), "not-accepted", 3)


def test_a_snapshot_of_advisories(bench: Bench) -> None:
    bench.publish("beta", "1.5")
    bench.publish("beta", "2.0")
    folder = bench.folder / "osv"
    folder.mkdir()
    assert lock(bench) == "new"
    assert version(bench, "beta") == "2.0"

    def say(identity: str, *versions: str) -> None:
        affected = [{"package": {"ecosystem": "PyPI", "name": "beta"}, "versions": versions}]
        record = {"id": identity, "summary": "bad", "database_specific": {"severity": "HIGH"}, "affected": affected}
        (folder / f"{identity}.json").write_text(json.dumps(record), encoding="utf-8")

    say("MAL-2026-1", "2.0")
    asked = len(bench.index.requests)
    assert "beta 2.0: MAL-2026-1 (malware): bad" in refused(bench.build("--locked", "--osv", "osv"), "lock-stale", 2)
    assert len(bench.index.requests) == asked
    assert lock(bench, "--osv", "osv") == "changed"
    assert version(bench, "beta") == "1.5"
    say("GHSA-1", "1.5")
    accepting(bench, 'advisories = ["osv"]')
    done = bench.build("--locked")
    assert done.code == 0, done.err
    assert "warning: beta 1.5: GHSA-1 (severity high): bad [known-vulnerable]" in done.err
    accepting(bench, 'advisories = ["osv"]\nseverity = "high"')
    assert lock(bench) == "changed"
    assert version(bench, "beta") == "1.0"
    say("GHSA-2", "1.0")
    assert "beta 1.0 to 2.0 aren't accepted; 2.0: MAL-2026-1" in refused(
        bench.run("lock", bench.recipe), "not-accepted", 3
    )
    assert bench.run("lock", bench.recipe, "--osv", "none.zip").reference == "snapshot-unreadable"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Bench, LocalIndex]]:
    """A private index before a public one, none of which names packages."""
    with LocalIndex() as public, LocalIndex() as private:
        bench = make_bench(tmp_path / "bench", public)
        private.add(make_wheel(tmp_path / "private", "ours", "1.0", requires=["beta"]))
        bench.write(requirements=["ours"], packages=f'indexes = ["{private.url}", "{public.url}"]')
        yield bench, private


def test_a_private_name_that_somebody_registers_where_everybody_can(two: tuple[Bench, LocalIndex]) -> None:
    bench, private = two
    lock = bench.run("lock", bench.recipe, index=None)
    assert lock.code == 0, lock.err
    assert "[index-shared]" not in lock.err
    bench.publish("ours", "99.0")
    done = bench.run("lock", bench.recipe, "--refresh", index=None)
    assert f"warning: ours could come from {private.url} or {bench.index.url}" in done.err
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(f'{text}[acceptance]\nshared = "refuse"\n', encoding="utf-8")
    done = bench.run("lock", bench.recipe, index=None)
    assert (done.code, done.reference) == (3, "index-shared-refused")


def test_what_builds_others_counts_among_the_shared_names(two: tuple[Bench, LocalIndex]) -> None:
    bench, private = two
    for index in (bench.index, private):
        index.add(setuptools_wheel())
    make_project(bench.folder / "checkout", backend="setuptools")
    packages = f'indexes = ["{private.url}", "{bench.index.url}"]\nprojects = ["checkout"]'
    bench.write(requirements=[], packages=packages)
    done = bench.run("lock", bench.recipe, index=None)
    assert done.code == 0, done.err
    assert "warning: setuptools could come from" in done.err
