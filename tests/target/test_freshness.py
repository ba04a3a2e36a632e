"""An older bundle is refused where a newer one of its name was in use, whatever became of that one; a bundle has a last day."""

from __future__ import annotations

import dataclasses
import datetime
import json
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import Interpreter, running
from tests.target.simulated.driver import KILLED
from tests.target.test_killed import prepared
from tests.target.test_modes import ONE, PASSWORD, THREE, TWO, did, lay, pointer, refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

OLDER, PAST = 1638, 1625


def numbered(laid: Laid, sequence: int | None, **info: str) -> Laid:
    """The same bundle with that sequence number, and what else its manifest says of it."""
    bundle = dataclasses.replace(laid.manifest.bundle, sequence=sequence, **info)
    manifest = dataclasses.replace(laid.manifest, bundle=bundle)
    laid.rewrite(manifest)
    return dataclasses.replace(laid, manifest=manifest)


@pytest.fixture
def one(tmp_path: Path, few: Interpreter) -> Laid:
    return numbered(lay(tmp_path, 1, few), 1)


@pytest.fixture
def two(one: Laid) -> Laid:
    return numbered(lay(one.root, 2, one.boot), 2)


def noted(laid: Laid, account: str = "ProgramData") -> Path:
    return laid.environment.parent / account / "bundle" / "seen-example.json"


def sequence(laid: Laid) -> object:
    return json.loads(noted(laid).read_bytes())["sequence"]


def test_an_older_one_is_refused_and_the_same_one_is_not(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    assert sequence(one) == 1
    did(two)
    assert sequence(one) == 2
    text = refused(one, code=OLDER)
    assert "example 1.0 has the sequence number 1, and 2 was in use on this machine. Use a newer one" in text
    assert "/allow-older" in text
    assert pointer(one) == TWO
    assert "nothing to do" in did(two).out


@pytest.mark.parametrize("admin", [True, False])
def test_another_administrator_goes_on_with_what_one_has_noted(one: Laid, admin: bool) -> None:
    """What is private to an account has an entry for it in its list of rights, and the next administrator's run would refuse that."""
    did(one, PASSWORD, admin=admin)
    file = noted(one) if admin else noted(one, "AppData")
    told = one.temporary / "guarded"
    guarded = told.read_text("utf-8").splitlines() if told.exists() else []
    assert (str(file.parent) in guarded) == admin
    assert (file.stat().st_mode & 0o044 != 0) == admin


def test_a_rollback_leads_back_and_what_is_in_use_is_not_judged(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    did(two, "/rollback")
    assert (pointer(one), sequence(one)) == (ONE, 2)
    assert "nothing to do" in did(one).out
    did(one, "/repair")
    assert pointer(one) == ONE


def test_it_outlives_uninstallation_and_purge_which_say_so(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    assert f"keep {noted(one)}, by which an older bundle is known" in did(two, "/uninstall", "/purge", "/plan").out
    assert f"{noted(one)} is kept" in did(two, "/uninstall", "/purge").out
    assert not one.environment.exists()
    assert not one.data.exists()
    refused(one, PASSWORD, code=OLDER)
    did(two, PASSWORD)


def test_an_operator_takes_an_older_one_all_the_same(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    did(two, "/uninstall", "/purge")
    ran = did(one, PASSWORD, "/allow-older")
    assert "Taken all the same (/allow-older): example 1.0 has the sequence number 1" in ran.out
    assert "/allow-older: example 1.0" in one.log()
    assert (pointer(one), sequence(one)) == (ONE, 2)


@pytest.mark.parametrize("mode", ["/rollback", "/uninstall", "/verify", "/status", "/stop"])
def test_where_nothing_comes_nothing_is_older(one: Laid, mode: str) -> None:
    assert "/allow-older goes with installing and /repair only" in refused(one, mode, "/allow-older", code=1639)


def test_one_without_a_number_is_older_than_any(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    assert "example 2.0 has no sequence number, and one with 1 was" in refused(numbered(two, None), code=OLDER)


def test_a_number_that_can_not_be_noted_is_told_and_ends_nothing_half_way(one: Laid, two: Laid) -> None:
    """Who may read the file can hold it open: the switch is made by then, and nothing of the rest waits for that file."""
    did(one, PASSWORD)
    noted(one).unlink()
    noted(one).mkdir()
    (noted(one) / "held").touch()
    noted(one).with_name("seen-example.json.new").mkdir()
    ran = did(two, "/allow-older")
    assert "the sequence number couldn't be noted: " in ran.out
    assert pointer(one) == TWO
    assert not (one.environment / "journal").exists()
    assert json.loads((one.environment / "receipt.json").read_bytes())["current"] == TWO


def test_without_numbers_nothing_is_kept(one: Laid, two: Laid) -> None:
    did(numbered(one, None), PASSWORD)
    did(numbered(two, None))
    did(numbered(one, None))
    assert not noted(one).parent.exists()
    assert "is kept: it says" not in did(one, "/uninstall").out


def test_other_bytes_need_another_number(one: Laid, two: Laid) -> None:
    did(numbered(two, 7), PASSWORD)
    again = numbered(lay(one.root, 3, one.boot), 7)
    text = refused(again, code=OLDER)
    assert "example 3.0 has the sequence number 7, which another one had that was in use on this machine" in text
    did(again, "/allow-older")
    assert pointer(one) == THREE
    assert "which another one had" in refused(two, code=OLDER)


def test_bundles_of_one_recipe_for_other_targets_share_a_number(one: Laid, two: Laid) -> None:
    did(numbered(one, 7), PASSWORD)
    target = dataclasses.replace(two.manifest.target, platform="win_arm64")
    other = dataclasses.replace(two, manifest=dataclasses.replace(two.manifest, target=target))
    did(numbered(other, 7))
    assert len(json.loads(noted(one).read_bytes())["manifests"]) == 2


def test_the_last_day(one: Laid) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    yesterday = (today - datetime.timedelta(1)).isoformat()
    text = refused(numbered(one, None, not_after=yesterday), PASSWORD, code=PAST)
    assert f"example 1.0 may be installed until {yesterday}, and today is" in text
    did(one, PASSWORD, "/allow-older")
    assert "nothing to do" in did(one).out


def test_until_its_last_day_it_is_installed(one: Laid) -> None:
    """Midnight may pass between here and there."""
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(1)
    laid = numbered(one, None, not_after=tomorrow.isoformat())
    refused(laid, PASSWORD, code=PAST, clock=3 * 24 * 3600)
    did(laid, PASSWORD)


def test_no_other_rights_are_offered_where_they_change_nothing(one: Laid) -> None:
    ran = run(numbered(one, None, not_after="2020-01-01"), PASSWORD, admin=False, answers=["y"], elevated=0)
    assert ran.code == PAST
    assert not (one.temporary / "elevated").exists()


def test_a_last_day_that_is_none(one: Laid) -> None:
    laid = numbered(one, None, not_after="tomorrow")
    assert "bundle.not_after must be a date, YYYY-MM-DD" in refused(laid, PASSWORD)


def test_each_account_without_an_administrators_rights_has_its_own(one: Laid, two: Laid) -> None:
    did(two, PASSWORD, admin=False)
    assert noted(one, "AppData").is_file()
    assert not noted(one).exists()
    refused(one, code=OLDER, admin=False)


def test_nobody_else_changes_it(one: Laid) -> None:
    did(one, PASSWORD)
    assert noted(one).parent.stat().st_mode & 0o022 == 0
    assert noted(one).stat().st_mode & 0o022 == 0


def test_what_others_could_have_changed_is_not_believed(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    folder = str(noted(one).parent)
    text = refused(two, code=1625, access={folder: ["S-1-5-21-1-2-3-1001", []]})
    assert f"{folder} belongs to" in text
    everybody = [["S-1-1-0", 0x1F01FF, False]]
    text = refused(two, code=1625, access={str(noted(one)): ["S-1-5-32-544", everybody]})
    assert f"{noted(one)} can be changed by everybody" in text


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"sequence": "2", "manifests": {}}', b'{"sequence": 2, "manifests": {"a": 1}}']
)
def test_what_can_not_be_understood(one: Laid, two: Laid, content: bytes) -> None:
    did(one, PASSWORD)
    noted(one).write_bytes(content)
    text = refused(two)
    assert f"Remove {noted(one)}, or start with /allow-older" in text
    did(two, "/allow-older")
    assert sequence(one) == 2


def test_what_a_newer_program_wrote_is_left_alone(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    newer = json.dumps({**json.loads(noted(one).read_bytes()), "format": 99})
    noted(one).write_text(newer)
    third = numbered(lay(one.root, 3, one.boot), 3)
    assert "was written by a newer bootstrap.bat" in refused(third, "/allow-older", code=OLDER)
    did(two, "/rollback")
    assert noted(one).read_text() == newer


def test_an_installation_that_fails_was_not_in_use(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    assert run(two, fails=["--where"]).code == 1603
    assert sequence(one) == 1
    assert "nothing to do" in did(one).out


@pytest.mark.every_moment
def test_whatever_the_moment_the_older_one_comes_after(tmp_path: Path) -> None:
    ground = prepared(tmp_path, running())
    ground = dataclasses.replace(ground, one=numbered(ground.one, 1), two=numbered(ground.two, 2))
    assert ground.run(ground.one, PASSWORD)[0] == 0
    ground.keep()
    ends = set()
    for moment in count(1):
        ground.restore()
        if ground.run(ground.two, kill_at=moment)[0] != KILLED:
            break
        code, shown = ground.run(ground.one)
        assert (code, ground.pointer(), sequence(ground.one)) in ((0, ONE, 1), (OLDER, TWO, 2)), shown
        ends.add(code)
    assert ends == {0, OLDER}
