"""Where the reports of a rehearsal go: what is wrong with a place is said before minutes of work, and two rehearsals don't share one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.cli.rehearsing import Reports, logs_beside, rehearse_and_report
from bundler.cli.report_places import taken
from bundler.errors import BundleError
from bundler.pipeline import rehearse_bundle
from bundler.pipeline.rehearse_bundle import RehearsalWishes
from bundler.rehearse.results import RESULT
from bundler.report import Reporter
from tests.support import only_linux
from tests.support.bundles import make_inputs, write_made
from tests.support.rehearsed import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.rehearse.port import Kind
    from bundler.rehearse.results import Rehearsal
    from tests.support.rehearsed import FakeMachine

pytestmark = only_linux.NAMESPACES
NO_BUNDLE = "bundle-unreadable"
"""What is said of the bundle, which isn't there, once all places are good."""


def reference(folder: Path, *, keep: Path | None = None, **places: Path) -> str:
    """Of the error for these places."""
    wishes = RehearsalWishes(store=folder / "store", environ={}, previous=folder / "old.zip", keep=keep)
    reports = Reports(**{"logs": folder / "logs", **places}, screen=False)  # type: ignore[arg-type]
    with pytest.raises(BundleError) as caught:
        rehearse_and_report(folder / "x.zip", wishes, reports, Reporter())
    return caught.value.reference


def test_good_places(tmp_path: Path) -> None:
    places = {"html": tmp_path / "x.html", "junit": tmp_path / "logs" / "x.xml"}
    assert reference(tmp_path, keep=tmp_path / "kept" / "here", **places) == NO_BUNDLE
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("name", ["html", "junit"])
def test_places_that_cant_be_written_to(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for place in ("none/x", "folder", "pipe"):
        assert reference(tmp_path, **{name: tmp_path / place}) == "output-unwritable", place
    (tmp_path / "file").touch()
    assert reference(tmp_path, keep=tmp_path / "file") == "output-unwritable"


@pytest.mark.parametrize("name", ["html", "junit", "logs", "keep"])
@pytest.mark.parametrize("bundle", ["x.zip", "old.zip"])
def test_the_bundles_stay_as_they_are(tmp_path: Path, name: str, bundle: str) -> None:
    (tmp_path / bundle).mkdir()
    assert reference(tmp_path, **{name: tmp_path / bundle / "more"}) == "output-in-bundle"
    (tmp_path / bundle).rmdir()
    (tmp_path / bundle).write_bytes(b"PK")
    assert reference(tmp_path, **{name: tmp_path / bundle}) == "output-in-bundle"
    assert (tmp_path / bundle).read_bytes() == b"PK"


def test_logs_lie_beside_the_folder_that_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bundle" / "wheels").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "bundle")
    assert logs_beside(Path()) == tmp_path / "bundle.rehearsal"
    monkeypatch.chdir("wheels")
    assert logs_beside(Path("..")) == tmp_path / "bundle.rehearsal"
    assert logs_beside(Path("x/bundle.zip")) == Path("x/bundle.zip.rehearsal")
    assert logs_beside(Path("/")) == Path("/.rehearsal")


def test_one_file_for_two_reports(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("x.html")
    assert reference(tmp_path, html=tmp_path / "x.html", junit=tmp_path / "link") == "output-occupied"


def test_a_second_rehearsal_into_the_same_folder_takes_no_logs_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = write_made(make_inputs(tmp_path / "made").lay_out(), tmp_path, "zip").path

    def rehearse(logs: Path) -> Rehearsal:
        wishes = RehearsalWishes(store=tmp_path / "store", environ={}, given={"dsn": "x"}, quick=True)
        return rehearse_and_report(bundle, wishes, Reports(logs=logs, screen=False), Reporter())

    class Engine(FakeEngine):
        @contextlib.contextmanager
        def machine(self, kind: Kind) -> Iterator[FakeMachine]:
            with super().machine(kind) as machine:
                yield machine
                if engines.pop():
                    with pytest.raises(BundleError) as caught:
                        rehearse(tmp_path / "logs")
                    assert caught.value.reference == "output-occupied"
                    rehearse(tmp_path / "others")

    engines = [False, True]
    monkeypatch.setattr(rehearse_bundle, "open_engine", lambda *_: Engine())
    found = rehearse(tmp_path / "logs")
    for folder in ("logs", "others"):
        kept = {each.name for each in (tmp_path / folder).iterdir()}
        assert kept == {RESULT, *(each.log for each in found.steps if each.log)}
    with taken(tmp_path / "logs"):
        pass
