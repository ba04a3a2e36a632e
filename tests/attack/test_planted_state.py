"""State that somebody planted in the environment: nothing outside of this installation is touched, whatever it says."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.state.belonging_changes import FIELDS
from bundler.target.steps.undo_kinds import KINDS
from tests.support import only_linux
from tests.support.cases import cases
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, did, lay, receipt, refused, run, state

if TYPE_CHECKING:
    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

WORDS = "speaks of what isn't part of this installation"
MODES = ("", "/uninstall", "/rollback", "/repair", "/verify")


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


@pytest.fixture
def victim(one: Laid) -> Path:
    """A folder of somebody's beside those of the installation, with a program in it."""
    folder = one.environment.parent / "victim"
    (folder / ".bundles").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "services").mkdir()
    program = folder / "program"
    program.write_text("#!/bin/sh\ntouch '" + str(one.root / "ran") + "'\n")
    program.chmod(0o755)
    (folder / ".bundles" / "installer.exe").write_bytes(program.read_bytes())
    return folder


def journal(laid: Laid, *actions: object, receipt: dict[str, object] | None = None, **intention: object) -> None:
    """Of an installation that was begun and not finished."""
    run = {
        "mode": "install", "name": "example", "instance": None, "release": ONE, "before": None, "purge": True, "started": "now",
        "account": "me", "format": 2, **intention,
    }  # fmt: skip
    lines: list[dict[str, object]] = [{"run": run}, {"undo": list(actions)}]
    lines += [{"receipt": receipt}, {"committed": True}] if receipt is not None else []
    laid.environment.mkdir(exist_ok=True)
    (laid.environment / "journal").write_text("".join(json.dumps(each) + "\n" for each in lines))


def actions(laid: Laid, victim: Path) -> list[list[object]]:
    """One of each kind, and of some several, that would change what lies outside."""
    environment, inside = str(laid.environment), str(laid.environment / "bin" / "demo")
    there, away = str(victim), str(laid.environment / ".." / "victim")
    return [
        ["file", there + "/program"],
        ["file", away + "/program"],
        ["file", "victim/program"],
        ["renamed", there + "/new", there + "/new.1.old"],
        ["renamed", there + "/new", inside],
        ["renamed", inside, there + "/program"],
        ["tree", there],
        ["tree", away],
        ["tree", environment + "/uninstall/.."],
        ["tree", environment],
        ["release", there],
        ["release", environment + "/releases/../../victim"],
        ["pointer", there + "/current", None],
        ["pointer", environment + "/current", "../../victim"],
        ["claim", there, environment, there + "/python.exe"],
        ["claim", there, there, there + "/program"],
        ["runtime", there, environment],
        ["service", "Spooler", there + "/program"],
        ["service", "../x", environment + "/services/service.exe"],
        ["service-settings", "Spooler", there + "/services/services.json", there + "/site.json"],
        ["service-start", "../x"],
        ["service-stop", 5],
        ["grant", there, "S-1-5-32-544"],
        ["grant", there, "S-1-5-018"],
        ["grant", there, "S-1-5-1\N{FULLWIDTH DIGIT EIGHT}"],
        ["grant", "victim", "S-1-5-80-1"],
        ["grant", environment, "/remove"],
        ["grant-before", there, "S-1-1-0", "full"],
        ["grant-before", environment, "S-1-1-0", "full"],
        ["grant-before", environment, "S-1-5-80-1", 5],
        ["grant-added", there, "S-1-5-32-544", "full", ""],
        ["grant-added", environment, "S-1-5-80-1", "own", ""],
        ["grant-added", environment, "S-1-5-80-1", "read", "3:1:2"],
        ["grant-added", environment, "S-1-5-80-1", "read", 5],
        ["logon", "S-1-5-80-0"],
        ["logon", "S-1-5-32-544"],
        ["logon", "S-1-5-21-1-2-3-01001"],
        ["post-install", there, "undo", 0],
        ["post-install", environment + "/releases/../../victim", "undo", 0],
        ["post-install", environment + "/releases/" + ONE, "run", 0],
        ["post-install", environment + "/releases/" + ONE, "undo", "0"],
        ["tree"],
        ["tree", environment + "/uninstall/x", "y"],
    ]


def test_each_kind_of_change_is_looked_at() -> None:
    assert set(FIELDS) == set(KINDS)


@pytest.mark.parametrize("number", range(39))
def test_a_change_that_leads_outside_is_refused_from_the_journal(one: Laid, victim: Path, number: int) -> None:
    planted = actions(one, victim)[number]
    journal(one, planted)
    assert WORDS in refused(one, PASSWORD)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_refuses_all_of_them_at_once(one: Laid, victim: Path, mode: str) -> None:
    did(one, PASSWORD)
    planted = actions(one, victim)
    journal(one, *planted)
    said = refused(one, *([mode] if mode else [PASSWORD]))
    assert WORDS in said
    assert f"- journal: file {victim}/program\n" in said
    assert f"- and {len(planted) - 10} more" in said
    assert not (one.root / "ran").exists()


@pytest.mark.parametrize("mode", ["", "/uninstall"])
def test_a_folder_that_is_elsewhere_is_left_out(one: Laid, victim: Path, mode: str) -> None:
    """It would be removed if it is empty, and what an older release had made can't be told from it: the rest is taken back."""
    did(one, PASSWORD)
    made = one.environment / "bin" / "made"
    made.write_text("")
    journal(one, ["folder", str(victim / "empty")], ["file", str(made)])
    did(one, *([mode] if mode else [PASSWORD]))
    assert (victim / "empty").is_dir()
    assert not made.exists()


def test_a_bundle_with_another_data_folder_asks_for_the_one_that_was_interrupted(one: Laid, victim: Path) -> None:
    """It can't tell what lies there from somebody's: nothing is changed, and the interrupted bundle brings things to an end."""
    assert run(one, PASSWORD, kill_at=60).code == 77
    lines = (one.environment / "journal").read_text()
    (one.environment / "journal").write_text(lines + json.dumps({"undo": [["file", str(victim / "program")]]}) + "\n")
    before = state(one)
    ran = run(one, "/uninstall")
    assert (ran.code, WORDS in ran.err) == (1603, True), ran.err
    assert "If a bundle of another version was being installed, start that one" in ran.err
    assert state(one) == before
    (one.environment / "journal").write_text(lines)
    did(one, PASSWORD)


@pytest.mark.parametrize("mode", MODES)
def test_leftovers_of_others_are_ignored(one: Laid, victim: Path, mode: str) -> None:
    did(one, PASSWORD)
    before = {path: content for path, content in state(one).items() if str(victim) in path}
    left = [{"action": each, "why": "in use"} for each in [*actions(one, victim), ["folder", str(victim / "empty")]]]
    table = {"name": "example", "instance": None, "left": left, "format": 1}
    (one.environment / "leftovers.json").write_text(json.dumps(table))
    ran = run(one, *([mode] if mode else [PASSWORD]))
    assert {path: content for path, content in state(one).items() if str(victim) in path} == before
    if mode == "/verify":
        assert ran.code == 0
    else:
        assert f"isn't part of this installation: file {victim}/program\n" in ran.err
        assert not (one.environment / "leftovers.json").exists()


def receipts(victim: Path) -> dict[str, dict[str, object]]:
    there = str(victim)
    return {
        "release": {"releases": ["../../victim"]},
        "current": {"current": "../../victim"},
        "previous": {"previous": there},
        "launcher": {"shims": ["../../victim/program"]},
        "file": {"files": ["victim/program"]},
        "folder": {"folders": [there + "/../victim/empty"]},
        "runtime": {"runtimes": ["\\\\?\\victim"]},
        "service": {"services": ["../../../victim"]},
        "logon": {"logons": ["S-1-5-80-0"]},
        "grant": {"grants": [[there, "s-1-5-32-544", "full"]]},
        "right of the site": {
            "grants": [["/x", "S-1-5-80-1", "full"]],
            "site_rights": [["/x", "S-1-5-80-1", "3:full"]],
        },
        "half a grant": {"grants": [[there]]},
        "numbers": {"releases": [5], "shims": [None], "files": [[]]},
        "program": {"program": "../../victim"},
        "registered": {"registered": "\\Run"},
        "dots": {"releases": ["..."]},
        "a blank": {"shims": [".. "]},
        "environment": {"environment": there},
    }


@pytest.mark.parametrize("kind", list(receipts(Path("/x"))))
def test_a_receipt_that_names_what_is_elsewhere_is_refused(one: Laid, victim: Path, kind: str) -> None:
    did(one, PASSWORD)
    planted = {**receipt(one), **receipts(victim)[kind]}
    (one.environment / "receipt.json").write_text(json.dumps(planted))
    malformed = kind in ("half a grant", "numbers")  # it is made anew by those that change something
    modes = [["/uninstall", "/purge"], ["/uninstall"], ["/rollback"], ["/repair"], ["/verify"], [PASSWORD]]
    for arguments in [["/verify"]] if malformed else modes:
        assert (f"{one.environment / 'receipt.json'} is malformed: " if malformed else WORDS) in refused(
            one, *arguments
        )


@pytest.mark.parametrize("purge", [[], ["/purge"]])
def test_an_uninstallation_leaves_what_a_receipt_names_elsewhere(one: Laid, victim: Path, purge: list[str]) -> None:
    """It may be of a release that is gone; nobody can tell."""
    did(one, PASSWORD)
    before = receipt(one)
    folders, there = before["folders"], str(victim)
    assert isinstance(folders, list)
    planted = {
        **before, "data": there, "files": [there + "/program"], "folders": [*folders, there, there + "/empty"], "runtimes": [there],
    }  # fmt: skip
    (one.environment / "receipt.json").write_text(json.dumps(planted))
    outside = {path: content for path, content in state(one).items() if there in path}
    did(one, "/uninstall", *purge)
    assert {path: content for path, content in state(one).items() if there in path} == outside
    assert not (one.root / "ran").exists()
    assert not one.environment.exists()


@pytest.mark.parametrize("mode", ["uninstall", "install"])
def test_a_journal_with_such_a_receipt_is_not_finished(one: Laid, mode: str) -> None:
    did(one, PASSWORD)
    planted = {**receipt(one), "services": ["../../../victim"]}
    journal(one, receipt=planted, mode=mode, release=ONE if mode == "install" else None)
    assert WORDS in refused(one, "/uninstall")


def test_a_purge_removes_the_computed_folder_only(one: Laid, victim: Path) -> None:
    """A release may say that it had another one: it is kept all the same."""
    did(one, PASSWORD)
    inventory = one.release / "release.json"
    inventory.write_text(json.dumps({**json.loads(inventory.read_bytes()), "data": str(victim)}))
    before = receipt(one)
    folders = before["folders"]
    assert isinstance(folders, list)
    planted = {**before, "data": str(victim), "folders": [*folders, str(victim)], "files": [str(victim / "program")]}
    (one.environment / "receipt.json").write_text(json.dumps(planted))
    did(one, "/uninstall", "/purge")
    assert (victim / "program").exists()
    assert not one.data.exists()


@pytest.mark.parametrize("name", ["../../../victim/new", "/new", "a/../../new", "a//b", "..\\new"])
@pytest.mark.usefixtures("victim")
def test_repair_writes_into_the_release_only(one: Laid, name: str) -> None:
    did(one, PASSWORD)
    inventory = one.release / "release.json"
    table = json.loads(inventory.read_bytes())
    table["files"].append([name, *table["files"][0][1:]])
    inventory.write_text(json.dumps(table))
    assert WORDS in refused(one, "/repair")
    assert WORDS in refused(one, "/verify")


def test_settings_change_files_of_the_release_only(one: Laid, victim: Path) -> None:
    did(one, PASSWORD)
    did(one, "/set:port=99")
    listed = one.environment / "settings" / f"{ONE}+2" / "settings.json"
    table = json.loads(listed.read_bytes())
    assert table["in_place"]
    kept = victim / "program.0.old"
    kept.write_text("theirs")
    listed.write_text(json.dumps({**table, "in_place": [["../../../victim/program", 1, "x"]]}))
    for arguments in (["/set:port=98"], ["/rollback"], ["/verify"]):
        assert f"{WORDS}:\n- settings.json: the file ../../../victim/program\n" in refused(one, *arguments)


def test_what_was_exchanged_is_dropped_in_the_data_folder_only(one: Laid, victim: Path) -> None:
    did(one, PASSWORD)
    (victim / "program.0.old").mkdir()
    (victim / "program.0.old" / "theirs").write_text("x")
    (one.environment / "receipt.json").write_text(json.dumps({**receipt(one), "files": [str(victim / "program")]}))
    did(lay(one.root, 2, running()))
    assert (victim / "program.0.old" / "theirs").read_text() == "x"


def test_repair_closes_folders_of_the_installation_only(one: Laid, victim: Path) -> None:
    """One of an administrator's in which others work."""
    machine = {"admin": True, "account": ["me", "S-1-5-21-1-2-3-1001"], "icacls": "/bin/true"}
    modify = ["S-1-5-32-544", [["S-1-5-21-1-2-3-1002", 0x1301BF, False]]]
    did(one, PASSWORD, **machine, access={})
    before = receipt(one)
    folders, grants = before["folders"], before["grants"]
    assert isinstance(folders, list)
    assert isinstance(grants, list)
    planted = {**before, "folders": [*folders, str(victim)], "grants": [*grants, [str(victim), "", "guard"]]}
    (one.environment / "receipt.json").write_text(json.dumps(planted))
    did(one, "/repair", **machine, access={str(victim): modify})
    assert str(victim) not in (one.temporary / "closed").read_text().splitlines()
    assert str(one.data) in did(one, "/repair", **machine, access={str(one.data): modify}).out


@pytest.mark.parametrize("where", ["receipt", "journal", "leftovers"])
@pytest.mark.parametrize("mode", ["/uninstall", "/repair", "/rollback", "upgrade"])
def test_rights_of_others_elsewhere_are_left(one: Laid, victim: Path, where: str, mode: str) -> None:
    """Those of an account that works in a folder which no bundle has anything to do with."""
    machine = {"admin": True, "account": ["me", "S-1-5-21-1-2-3-1001"], "icacls": "/bin/true"}
    working = ["S-1-5-32-544", [["S-1-5-21-7", 0x1301BF, False]]]
    there = str(victim)
    did(one, PASSWORD, **machine)
    if where == "receipt":
        before: dict[str, Any] = receipt(one)
        grants = [*before["grants"], [there, "S-1-5-21-7", "modify"]]
        table = {**before, "grants": grants, "site_rights": [[there, "S-1-5-21-7", "3:1179817"]], "format": 4}
        (one.environment / "receipt.json").write_text(json.dumps(table))
    elif where == "journal":
        journal(one, ["grant", there, "S-1-5-21-7"], ["grant-added", there, "S-1-5-21-7", "modify", ""])
    else:
        left = [{"action": ["grant-added", there, "S-1-5-21-7", "modify", ""], "why": "in use"}]
        table = {"name": "example", "instance": None, "left": left, "format": 1}
        (one.environment / "leftovers.json").write_text(json.dumps(table))
    (one.temporary / "rights.json").write_text(json.dumps({there: {"S-1-5-21-7": ["(OI)(CI)M"]}}))
    laid, arguments = (lay(one.root, 2, running()), ()) if mode == "upgrade" else (one, (mode,))
    run(laid, *arguments, **machine, access={there: working})
    assert json.loads((one.temporary / "rights.json").read_bytes())[there] == {"S-1-5-21-7": ["(OI)(CI)M"]}
    narrowed = one.temporary / "narrowed"
    assert not narrowed.exists() or there not in narrowed.read_text()


@pytest.mark.parametrize("folder", ["releases", "bin", "uninstall", f"releases/{ONE}", f"releases/{ONE}/etc"])
def test_a_folder_that_leads_elsewhere_is_refused(one: Laid, victim: Path, folder: str) -> None:
    did(one, PASSWORD)
    place = one.environment / folder
    place.rename(victim / "moved")
    place.symlink_to(victim / "moved", target_is_directory=True)
    for arguments in (["/repair"], ["/rollback"], ["/uninstall"], [PASSWORD]):
        assert WORDS in refused(one, *arguments)


def test_a_release_runs_its_own_programs_only(one: Laid, victim: Path) -> None:
    did(one, PASSWORD)
    inventory = one.release / "release.json"
    command = os.path.relpath(victim / "program", one.release / "bin")
    planted = {**json.loads(inventory.read_bytes()), "post_install": [[["demo"], [command]]]}
    inventory.write_text(json.dumps(planted))
    run(one, "/uninstall")
    assert not (one.root / "ran").exists()


def test_a_kept_copy_has_a_valid_instance(one: Laid) -> None:
    did(one, PASSWORD)
    kept = one.environment / "uninstall" / ONE
    table = json.loads((kept / "kept.json").read_bytes())
    (kept / "kept.json").write_text(json.dumps({**table, "instance": "x/../../victim"}))
    copy = type(one)(root=one.root, folder=kept, manifest=one.manifest, boot=one.boot)
    assert "kept.json is malformed: instance" in refused(copy, "/uninstall")


@pytest.mark.parametrize("seed", range(cases(20)))
def test_nothing_outside_is_touched_by_any_mixture(one: Laid, victim: Path, seed: int) -> None:
    """Whatever is mixed into state, and whatever is asked for: what lies beside the environment is as it was."""
    chance = random.Random(seed)  # noqa: S311
    did(one, PASSWORD)
    own: list[list[object]] = [["file", str(one.environment / "bin" / "x")], ["folder", str(one.environment / "y")]]
    planted = [chance.choice([*actions(one, victim), *own]) for _ in range(chance.randrange(1, 5))]
    values: dict[str, Any] = dict(chance.choice(list(receipts(victim).values())))
    if chance.random() < 0.5:
        journal(one, *planted, mode=chance.choice(["install", "uninstall", "rollback", "repair"]))
    else:
        (one.environment / "receipt.json").write_text(json.dumps({**receipt(one), **values}))
    before = {path: content for path, content in state(one).items() if str(victim) in path}
    run(one, *chance.choice([["/uninstall", "/purge"], ["/repair"], ["/rollback"], [PASSWORD]]))
    assert {path: content for path, content in state(one).items() if str(victim) in path} == before
    assert not (one.root / "ran").exists()
