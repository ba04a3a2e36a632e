"""From a bundle's file to its rehearsal: it is whole, its values are known, and only then an engine is opened."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import remove_tree
from bundler.errors import BundleError, IntegrityError
from bundler.model.bundle_files import SUMS
from bundler.pipeline.rehearse_bundle import Hearers, RehearsalWishes, Unpacked, rehearse_bundle
from bundler.plain_file import hash_of
from bundler.report import Reporter
from tests.support import only_linux
from tests.support.bundles import make_inputs, write_made
from tests.support.rehearsed import FakeEngine, FakeMachine, Watching

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.port import Ran
    from bundler.rehearse.results import Rehearsal

pytestmark = only_linux.NAMESPACES


class Command:
    def __init__(self, folder: Path, kind: str = "zip") -> None:
        self.bundle = write_made(make_inputs(folder / "made").lay_out(), folder, kind).path
        self.logs, self.store = folder / "logs", folder / "store"
        self.told: list[tuple[str, tuple[str, ...]]] = []
        self.opened = 0

    def run(self, **wishes: object) -> Rehearsal:
        def begin(words: str, facts: tuple[str, ...]) -> None:
            self.told.append((words, facts))

        def engine_of(unpacked: Unpacked) -> FakeEngine:
            del unpacked
            self.opened += 1
            return FakeEngine()

        asked = RehearsalWishes(store=self.store, environ={}, **wishes)  # type: ignore[arg-type]
        hearers = Hearers(watcher=Watching(), begin=begin, reporter=Reporter())
        return rehearse_bundle(self.bundle, asked, hearers, self.logs, engine_of)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_a_bundle_is_unpacked_rehearsed_and_reported(command: Command) -> None:
    command.logs.mkdir()
    (command.logs / "01-of-before.log").write_text("old")
    (command.logs / "notes.txt").write_text("the user's")
    found = command.run(given={"dsn": "x"}, quick=True)
    assert (found.bundle, found.passed, len(found.sha256), command.opened) == ("example 4.14.2", True, 64, 1)
    ((words, facts),) = command.told
    assert (words, facts) == ("a simulated machine", found.unproven)
    kept = {each.name for each in command.logs.iterdir()}
    assert {"01-plan.log", "notes.txt"} <= kept
    assert "01-of-before.log" not in kept
    assert [each.name for each in (command.store / "rehearsal/running").iterdir() if each.is_dir()] == []


def test_it_says_which_bytes_were_rehearsed(tmp_path: Path) -> None:
    """A folder had no sum, so that whoever exchanged it for one that passes wasn't noticed. In both forms it has the same sums."""
    archive, folder = (Command(tmp_path / kind, kind) for kind in ("zip", "dir"))
    found = {each: each.run(given={"dsn": "x"}, quick=True) for each in (archive, folder)}
    assert found[archive].sha256 == hash_of(archive.bundle)
    assert found[folder].sha256 == found[folder].sums == found[archive].sums == hash_of(folder.bundle / SUMS)


def test_an_upgrade(command: Command, tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "before")
    inputs.recipe = dataclasses.replace(inputs.recipe, bundle=dataclasses.replace(inputs.recipe.bundle, version="4.13"))
    previous = write_made(inputs.lay_out(), tmp_path / "out", "zip").path
    found = command.run(given={"dsn": "x"}, previous=previous)
    assert [each.name for each in found.steps if each.name.startswith("upgrade")] == ["upgrade-from", "upgrade"]
    assert found.previous is not None


def test_a_damaged_bundle_opens_no_engine(command: Command) -> None:
    content = bytearray(command.bundle.read_bytes())
    content[-len(content) // 2] ^= 1
    command.bundle.write_bytes(content)
    with pytest.raises(IntegrityError):
        command.run()
    assert command.opened == 0


def test_a_site_value_that_the_bundle_does_not_have(command: Command) -> None:
    with pytest.raises(BundleError) as caught:
        command.run(given={"prot": "8080"})
    assert (caught.value.reference, caught.value.hint) == ("site-value-unknown", "its site values: port, dsn")


def test_a_site_value_that_only_the_earlier_bundle_has(command: Command, tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "before")
    tables = {**inputs.recipe.site, "before": inputs.recipe.site["dsn"]}
    bundle = dataclasses.replace(inputs.recipe.bundle, version="4.13")
    inputs.recipe = dataclasses.replace(inputs.recipe, bundle=bundle, site=tables)
    previous = write_made(inputs.lay_out(), tmp_path / "out", "zip").path
    command.run(given={"dsn": "x", "before": "given before"}, previous=previous)
    (log,) = command.logs.glob("*-upgrade-from.log")
    assert "/set:before=" in log.read_text("utf-8")
    with pytest.raises(BundleError) as caught:
        command.run(given={"dsn": "x", "prot": "8080"}, previous=previous)
    assert caught.value.reference == "site-value-unknown"


def test_a_folder_of_logs_that_somebody_removed_is_an_error_of_its_own(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(machine: FakeMachine, place: str, arguments: list[str]) -> Ran:
        remove_tree(command.logs)
        return bootstrap(machine, place, arguments)

    bootstrap = FakeMachine.bootstrap
    monkeypatch.setattr(FakeMachine, "bootstrap", plan)
    with pytest.raises(BundleError) as caught:
        command.run(given={"dsn": "x"}, quick=True)
    assert (caught.value.reference, str(command.logs) in caught.value.message) == ("output-unwritable", True)


def test_another_bundle_is_not_upgraded(command: Command, tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "before")
    inputs.recipe = dataclasses.replace(inputs.recipe, bundle=dataclasses.replace(inputs.recipe.bundle, name="other"))
    with pytest.raises(BundleError) as caught:
        command.run(previous=write_made(inputs.lay_out(), tmp_path / "out", "zip").path)
    assert caught.value.reference == "rehearsal-other-bundle"
    assert command.opened == 0
