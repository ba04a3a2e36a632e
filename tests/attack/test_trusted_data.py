"""A data folder that others made first: refused; taken over with /trust-data alone, and not where that would change something elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.attack.test_folders_of_others import ADMIN, ADMINISTRATORS, EVERY_ACCOUNT, MODIFY, OTHER, with_icacls
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, refused, run, state
from tests.target.test_services import PASSWORD as SERVICES
from tests.target.test_services import TWO, WEB_SID, lay_server

if TYPE_CHECKING:
    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED
TRUST = "/trust-data"
BY_OTHER = [OTHER, []]


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    laid = lay(tmp_path, 1, running())
    laid.data.mkdir()
    (laid.data / "sub").mkdir()
    (laid.data / "sub" / "theirs.ini").write_text("x")
    (laid.data / "mine.ini").write_text("y")
    return laid


def of_others(laid: Laid, *names: str, **more: Any) -> dict[str, Any]:
    """The data folder, and what is named in it, belong to another account."""
    places = [laid.data, *(laid.data / each for each in names)]
    access = {str(each): BY_OTHER for each in places}
    return {**ADMIN, **with_icacls(laid), "names": {OTHER: "PC\\bob"}, "access": {**access, **more}}


def taken(laid: Laid) -> list[str]:
    path = laid.temporary / "taken"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def closed(laid: Laid) -> list[str]:
    path = laid.temporary / "closed"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_it_is_refused_by_name_and_the_way_out_is_said(one: Laid) -> None:
    said = refused(one, PASSWORD, code=1625, **of_others(one))
    assert f"{one.data} belongs to PC\\bob ({OTHER})" in said
    assert TRUST in said


def test_it_is_taken_over_with_all_that_is_in_it_once_it_was_listed(one: Laid) -> None:
    writable = {str(one.data / "mine.ini"): [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]]}
    machine = of_others(one, "sub/theirs.ini", **writable)
    before = state(one)
    plan = did(one, "/plan", TRUST, PASSWORD, **machine)
    assert state(one) == before
    ran = did(one, TRUST, PASSWORD, **machine)
    for out in (plan.out, ran.out):
        for each in (
            f"{one.data} belongs to PC\\bob",
            f"{one.data}/sub/theirs.ini belongs to PC\\bob",
            f"{one.data}/mine.ini can be changed by every account",
        ):
            assert f"  - {each}" in out
    assert f"make administrators the owner of {one.data} and of all that is in it" in plan.out
    assert ran.out.index("theirs.ini belongs to") < ran.out.index("Took over")
    assert sorted(taken(one)) == [f"{one.data}/mine.ini", f"{one.data}/sub/theirs.ini"]
    assert str(one.data) in closed(one)
    assert (one.data / "sub" / "theirs.ini").read_text() == "x"


def test_what_is_right_already_needs_no_word(one: Laid) -> None:
    done = did(one, TRUST, PASSWORD, **ADMIN, access={})
    assert "taken over" not in done.out
    assert taken(one) == []


@pytest.mark.parametrize("kind", ["link", "folder link", "hard link", "the folder itself"])
def test_what_leads_elsewhere_is_refused(one: Laid, kind: str) -> None:
    victim = one.root / "victim"
    victim.mkdir()
    (victim / "file").write_text("v")
    place = one.data / "sub" / "planted"
    if kind == "link":
        place.symlink_to(victim / "file")
    elif kind == "folder link":
        place.symlink_to(victim, target_is_directory=True)
    elif kind == "hard link":
        place.hardlink_to(victim / "file")
    else:
        one.data.rename(one.root / "moved")
        one.data.symlink_to(one.root / "moved", target_is_directory=True)
        place = one.data
    said = refused(one, TRUST, PASSWORD, code=1625, **of_others(one))
    assert f"can't take {one.data} over: {place} " in said
    assert taken(one) == closed(one) == []


def test_a_folder_above_that_others_may_move_is_refused_all_the_same(one: Laid) -> None:
    above = {str(one.data.parent): [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]]}
    said = refused(one, TRUST, PASSWORD, code=1625, **of_others(one, **above))
    assert f"{one.data.parent} can be moved or removed by every account" in said


def test_a_link_that_is_put_there_while_the_run_goes_on(one: Laid) -> None:
    """Between the look and the moment in which the folder is closed."""
    machine = of_others(one, "mine.ini")
    victim = one.root / "victim"
    victim.write_text("v")
    meanwhile = [1, "ln", "-s", str(victim), str(one.data / "late")]
    ran = run(one, TRUST, PASSWORD, **machine, meanwhile=meanwhile)
    assert ran.code == 1625, ran
    assert f"{one.data / 'late'} is a link" in ran.err
    assert taken(one) == []
    assert not one.environment.exists()


SWAP = """\
cd "$1" || exit
grep -qsx "$1/sub" "$3" || { test -d sub/deep && test ! -L sub/deep && mv sub/deep sub/gone && ln -s "$2" sub/deep; }
"""
"""Whoever owns a folder puts a link in the place of one in it, for as long as that folder is theirs."""


@pytest.mark.parametrize("moment", range(4, 9))
def test_a_folder_that_becomes_a_link_before_the_one_above_is_taken_over(tmp_path: Path, moment: int) -> None:
    """What it leads to isn't taken over, at whatever moment that happens."""
    one = lay(tmp_path, 1, running())
    (one.data / "sub" / "deep").mkdir(parents=True)
    (one.data / "sub" / "deep" / "x").write_text("x")
    victim = one.root / "victim"
    victim.mkdir()
    (victim / "x").write_text("v")
    machine = of_others(one, "sub", "sub/deep", "sub/deep/x")
    told = one.temporary / "taken"
    ran = run(
        one,
        TRUST,
        PASSWORD,
        **machine,
        meanwhile=[moment, "sh", "-c", SWAP, "sh", str(one.data), str(victim), str(told)],
    )
    assert [each for each in taken(one) if victim in Path(each).resolve().parents] == []
    assert ran.code == (1625 if (one.data / "sub" / "deep").is_symlink() else 0), ran


def test_repair_takes_it_over_too_and_services_keep_their_rights(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    data = server.one.data
    data.mkdir()
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    foreign = {str(data / "logs"): BY_OTHER, str(data): [OTHER, [[WEB_SID, MODIFY, True]]]}
    machine = {**ADMIN, "access": {**foreign, str(data / "inbox"): [ADMINISTRATORS, [[WEB_SID, MODIFY, False]]]}}
    ran = server.run(server.one, "/repair", **machine)
    assert ran.code == 1625
    assert TRUST in ran.err
    ran = server.run(server.one, "/repair", TRUST, **machine)
    assert ran.code == 0, ran
    assert (server.one.temporary / "taken").read_text("utf-8").splitlines() == [str(data / "logs")]
    assert [each for each in closed(server.one) if WEB_SID in each]


def test_what_accounts_were_given_on_a_file_stays_when_it_is_taken_over(tmp_path: Path) -> None:
    """By an upgrade, which gives what is new only; a secret file is closed at once."""
    files = {"files/secret.ini": ("{site.password}\n", "{data}\\secret.ini", True)}
    server = lay_server(tmp_path, running(), more=files)
    assert server.run(server.one, SERVICES, **ADMIN).code == 0
    secret, inbox = server.one.data / "secret.ini", server.one.data / "inbox"
    table = server.one.temporary / "rights.json"
    before = json.loads(table.read_bytes())
    assert WEB_SID in before[str(secret)]
    # taking over takes what was given on these themselves: the machine plays it by forgetting
    table.write_text(json.dumps({path: own for path, own in before.items() if path not in (str(secret), str(inbox))}))
    secret.chmod(0o644)
    access = {str(each): BY_OTHER for each in (server.one.data, secret, inbox)}
    ran = server.run(server.two, TRUST, **ADMIN, access=access, ends={"web": [TWO, 7]})
    assert ran.code == 1603, ran
    now = json.loads(table.read_bytes())
    assert {path: now.get(path) for path in before} == before
    assert secret.stat().st_mode & 0o777 == 0o600
    receipt = server.receipt()["grants"]
    assert len(receipt) == len({tuple(each) for each in receipt})


def test_many_are_counted_on_the_screen_and_listed_in_the_log(one: Laid) -> None:
    names = [f"file{number}" for number in range(40)]
    for each in names:
        (one.data / each).write_text("")
    ran = did(one, TRUST, PASSWORD, **of_others(one, *names))
    assert "and 11 more, which the log has" in ran.out
    log = one.log()
    assert all(f"/trust-data: {one.data}/{each} belongs to" in log for each in names)


@pytest.mark.parametrize("mode", ["/uninstall", "/rollback", "/verify", "/stop", "/start", "/status"])
def test_it_goes_with_what_installs_only(one: Laid, mode: str) -> None:
    assert "/trust-data goes with installing and /repair only" in refused(one, mode, TRUST, code=1639)


def test_without_an_administrators_rights_it_means_nothing(one: Laid) -> None:
    did(one, TRUST, PASSWORD, **{**of_others(one), "admin": False})
    assert taken(one) == []
