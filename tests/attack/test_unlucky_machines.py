"""What machines do to a run: helpers are killed, the clock goes back, folders become read-only, the power goes; others plant links."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.bundles import bootstrap, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.test_modes import ONE, PASSWORD, THREE, TWO, did, installer, lay, pointer, receipt, run, state, use

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid, Ran

pytestmark = only_linux.SIMULATED

OLDEST_AND_OWN = list(dict.fromkeys([interpreters()[0], running()]))
YEAR = 365 * 24 * 3600


@pytest.fixture(params=OLDEST_AND_OWN, ids=str)
def boot(request: pytest.FixtureRequest) -> Interpreter:
    found = request.param
    assert isinstance(found, Interpreter)
    return found


def failed_in_words(ran: Ran, *codes: int) -> str:
    assert ran.code in (codes or (1603,)), ran
    assert "Traceback" not in ran.out + ran.err
    assert "Failed: " not in ran.err
    return ran.err


# -- helpers that are killed


def test_a_worker_that_is_killed(tmp_path: Path, boot: Interpreter) -> None:
    """All Pythons of the release end with a signal when they are started as workers."""
    laid = lay_bundle(tmp_path, boot=boot)
    program = laid.folder / "boot" / "python.exe"
    whole = program.read_text()
    program.write_text(whole.replace("exec", 'case "$*" in *worker.py) kill -9 $$ ;; esac\nexec'))
    laid.rewrite()
    before = state(laid)
    assert "ended before its work was done" in failed_in_words(bootstrap(laid, PASSWORD))
    assert state(laid) == before
    program.write_text(whole)
    laid.rewrite()
    assert bootstrap(laid, PASSWORD).code == 0
    assert use(laid) == "1.0"


def test_an_environment_whose_maker_is_killed(tmp_path: Path, boot: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=boot)
    program = laid.folder / "boot" / "python.exe"
    whole = program.read_text()
    half = 'case "$*" in *venv*) for last; do :; done; mkdir -p "$last/lib/x"; kill -9 $$ ;; esac\nexec'
    program.write_text(whole.replace("exec", half))
    laid.rewrite()
    before = state(laid)
    assert "Making the environment failed" in failed_in_words(bootstrap(laid, PASSWORD))
    assert state(laid) == before


@pytest.mark.parametrize("kind", ["exe", "msi"])
def test_an_installer_that_is_killed(tmp_path: Path, boot: Interpreter, kind: str) -> None:
    """What it had made stays, as after any other end of it, and the next run asks the operator to look at it."""
    laid = lay_bundle(tmp_path, boot=boot, kind=kind)
    whole, killed = installer(laid), laid.temporary / "killed"
    killed.write_text(f'#!/bin/sh\nmkdir -p "{laid.manifest.runtime.directory}/Lib"\nkill -9 $$\n')
    killed.chmod(0o755)
    said = failed_in_words(run(laid, PASSWORD, installer=str(killed), features=["DefaultFeature"]))
    assert "The installation of Python failed" in said
    assert not laid.environment.exists()
    shutil.rmtree(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=whole, features=["DefaultFeature"])


# -- a clock that goes back


def test_a_clock_that_goes_back_by_a_year(tmp_path: Path, boot: Interpreter) -> None:
    laid = [lay(tmp_path, number, boot) for number in (1, 2, 3)]
    did(laid[0], PASSWORD)
    did(laid[1], clock=-YEAR)
    assert (receipt(laid[1])["current"], receipt(laid[1])["previous"]) == (TWO, ONE)
    did(laid[1], "/rollback", clock=-2 * YEAR)
    did(laid[1], "/rollback", clock=YEAR)
    did(laid[1], "/repair", clock=-YEAR)
    did(laid[2], clock=-3 * YEAR)
    assert receipt(laid[2])["releases"] == [TWO, THREE]
    assert use(laid[2]) == "3.0"
    did(laid[2], "/verify", clock=-4 * YEAR)
    did(laid[2], "/uninstall", "/purge", clock=-YEAR)
    assert list(laid[2].environment.parent.iterdir()) == []


# -- folders that become read-only


@pytest.mark.skipif(os.geteuid() != 0, reason="modes are changed by their owner")
@pytest.mark.parametrize("folder", ["", "releases", "bin", "uninstall"])
@pytest.mark.parametrize("moment", [3, 12, 20, 30])
def test_a_folder_that_becomes_read_only(tmp_path: Path, folder: str, moment: int) -> None:
    """In the midst of an upgrade: the old release or the new one is in use, and once it can be written to again a run brings it to an end."""
    one = lay(tmp_path, 1, OLDEST_AND_OWN[moment % len(OLDEST_AND_OWN)])
    did(one, PASSWORD)
    two = lay(tmp_path, 2, one.boot)
    place = one.environment / folder
    ran = run(two, plain=True, meanwhile=[moment, "chmod", "555", str(place)])
    assert "Traceback" not in ran.out + ran.err
    assert ran.code in (0, 1603, 1625), ran
    place.chmod(0o755)
    assert use(one) in ("1.0", "2.0")
    did(two)
    assert (pointer(two), use(two)) == (TWO, "2.0")
    did(two, "/verify")
    assert not (one.environment / "journal").exists()
    assert not (one.environment / "leftovers.json").exists()


# -- power that goes: what is on the disk when, by the order of the calls that bring it there


def written(laid: Laid, *arguments: str, **machine: object) -> list[list[str]]:
    notes = laid.temporary / "notes"
    notes.unlink(missing_ok=True)
    did(laid, *arguments, notes=str(notes), **machine)
    return [json.loads(line) for line in notes.read_text().splitlines()]


def first(events: list[list[str]], *wanted: str) -> int:
    return next(i for i, each in enumerate(events) if each[: len(wanted)] == list(wanted))


def last(events: list[list[str]], *wanted: str) -> int:
    return max(i for i, each in enumerate(events) if each[: len(wanted)] == list(wanted))


@pytest.mark.parametrize("kind", ["archive", "exe"])
def test_a_file_has_its_name_when_it_is_on_the_disk(tmp_path: Path, boot: Interpreter, kind: str) -> None:
    laid = lay_bundle(tmp_path, boot=boot, kind=kind)
    events = written(laid, PASSWORD, installer=installer(laid))
    named = [(i, each) for i, each in enumerate(events) if each[0] == "rename" and each[1].endswith(".new")]
    assert len(named) > 5
    for number, (_, source, _) in named:
        assert ["fsync", source] in events[:number], source


def test_a_switch_leads_to_what_is_on_the_disk(tmp_path: Path, boot: Interpreter) -> None:
    """The journal says what comes before it comes; the pointer moves once all that it leads to is there; the journal goes last."""
    one, two = (lay(tmp_path, number, boot) for number in (1, 2))
    did(one, PASSWORD)
    events = written(two)
    environment = two.environment
    journal, pointed = str(environment / "journal"), str(environment / "current")
    release = str(environment / "releases" / TWO)
    switched = first(events, "rename", pointed + ".new", pointed)
    # announced before it is made, and on the disk before its mark goes
    assert first(events, "fsync", journal) < first(events, "mkdir", release)
    assert last(events, "rename", release + "/release.json.new") < first(events, "to_disk", release)
    assert first(events, "to_disk", release) < first(events, "unlink", release + "/.incomplete") < switched
    # the kept copy and the launchers too
    assert first(events, "to_disk", str(environment / "uninstall" / TWO)) < switched
    # nothing else happens between the announcement of the switch and the switch itself
    between = events[max(i for i in range(switched) if events[i] == ["fsync", journal]) + 1 : switched]
    assert between == [["fsync", pointed + ".new"]]
    # committed, and then the receipt, and then no journal
    receipt_ = first(events, "rename", str(environment / "receipt.json.new"))
    assert switched < receipt_ < last(events, "unlink", journal)
    assert any(each == ["fsync", journal] for each in events[switched:receipt_])
    removed = [i for i, each in enumerate(events) if each == ["unlink", str(environment / "releases" / ONE)]]
    assert all(each > switched for each in removed)


def test_an_uninstallation_takes_out_of_use_first(tmp_path: Path, boot: Interpreter) -> None:
    laid = lay(tmp_path, 1, boot)
    did(laid, PASSWORD)
    events = written(laid, "/uninstall")
    environment = laid.environment
    journal, pointed = str(environment / "journal"), str(environment / "current")
    out = first(events, "unlink", pointed)
    assert first(events, "fsync", journal) < out
    gone = [i for i, each in enumerate(events) if each[0] == "unlink" and each[1] not in (pointed, journal)]
    assert min(i for i in gone if str(environment / "releases") in events[i][1]) > out
    assert last(events, "unlink", str(environment / "receipt.json")) < last(events, "unlink", journal)


# -- links that are planted while a release is made


@pytest.mark.parametrize("place", ["demo.py", "demo-1.0.dist-info", "helper.py"])
def test_a_link_that_is_planted_in_a_release(tmp_path: Path, boot: Interpreter, place: str) -> None:
    """Before packages are unpacked: what it leads to stays as it is. In an environment that an administrator made only administrators can."""
    laid = lay_bundle(tmp_path, boot=boot)
    victim = laid.environment.parent / "victim"
    is_folder = place.endswith("dist-info")
    library = f"lib/python{laid.manifest.target.python.rpartition('.')[0]}/site-packages"
    if is_folder:
        victim.mkdir()
    else:
        victim.write_text("theirs")
    program = laid.folder / "boot" / "python.exe"
    plant = f'"$last/{library}/{place}"'
    after = f'case "$*" in *venv*) for last; do :; done; "$real" "$@"; ln -s "{victim}" {plant}; exit 0 ;; esac\nexec "$real"'
    whole = program.read_text()
    real = whole.split('exec "')[1].split('"')[0]
    program.write_text(f'#!/bin/sh\nreal="{real}"\n{after} "$@"\n')
    laid.rewrite()
    ran = bootstrap(laid, PASSWORD)
    if is_folder:
        failed_in_words(ran)
        assert list(victim.iterdir()) == []
    else:
        assert ran.code == 0, ran
        assert victim.read_text() == "theirs"
        assert not (laid.release / library / place).is_symlink()
