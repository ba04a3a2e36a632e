"""The right "Log on as a service": who is given it, who loses it again, and what is said where it can't be given."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.services import needs_logon_right
from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_services import ONE
from tests.target.test_site_places import OWN, SIDS, Site, lay

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
FIRST, SECOND = "S-1-5-21-11", "S-1-5-21-12"


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return lay(tmp_path, request.param)


def logons(site: Site, *sids: str) -> list[str]:
    """Who has the right now; ``sids``: who has it from now on, by others."""
    path = site.server.one.temporary / "logons.json"
    if sids:
        path.write_text(json.dumps(sids))
    found: list[str] = json.loads(path.read_bytes()) if path.exists() else []
    return found


def test_an_account_is_given_the_right_and_loses_it_with_the_bundle(site: Site) -> None:
    logons(site, "S-1-5-21-99")
    plan = site.did(*site.given(), "/plan")
    assert "  - let EXAMPLE\\first log on as a service\n" in plan
    site.did(*site.given())
    assert logons(site) == ["S-1-5-21-99", FIRST]
    assert (site.server.receipt()["format"], site.server.receipt()["logons"]) == (4, [FIRST])
    plan = site.did("/uninstall", "/plan", names={FIRST: "EXAMPLE\\first"})
    assert "  - take the right of EXAMPLE\\first to log on as a service back\n" in plan
    site.did("/uninstall")
    assert logons(site) == ["S-1-5-21-99"]


def test_who_had_it_before_keeps_it(site: Site) -> None:
    logons(site, FIRST)
    assert "log on as a service" not in site.did(*site.given(), "/plan")
    site.did(*site.given())
    assert "logons" not in site.server.receipt()
    site.did("/uninstall")
    assert logons(site) == [FIRST]


def test_it_moves_with_the_account(site: Site) -> None:
    site.did(*site.given())
    ran = site.run("/set:who=EXAMPLE\\second", "/set:secret=two", ends={"queue": [f"{ONE}+2", 7]})
    assert (ran.code, logons(site)) == (1603, [FIRST])
    site.did("/set:who=EXAMPLE\\second", "/set:secret=two")
    assert (logons(site), site.server.receipt()["logons"]) == ([SECOND], [SECOND])
    site.did("/rollback")
    assert logons(site) == [FIRST]
    site.did("/set:who=NT SERVICE\\queue")
    assert (logons(site), "logons" in site.server.receipt()) == ([], False)


@pytest.mark.parametrize("account", ["LocalService", "NT SERVICE\\queue"])
def test_accounts_of_windows_need_none(site: Site, account: str) -> None:
    site.did(*site.given(who=account, secret=""))
    assert logons(site) == []


def test_a_managed_account_is_given_it(site: Site) -> None:
    sids = {**SIDS, "EXAMPLE\\managed$": "S-1-5-21-13"}
    site.did(*site.given(who="EXAMPLE\\managed$", secret=""), accounts=sids)
    assert logons(site) == ["S-1-5-21-13"]


def test_another_service_of_the_account_goes_on(site: Site) -> None:
    site.did(*site.given())
    table = site.server.services()
    table["other"] = {**table["queue"], "account": "example\\FIRST", "command": "other.exe", "status": "stopped"}
    (site.server.one.temporary / "services.json").write_text(json.dumps(table))
    accounts = {**SIDS, "example\\FIRST": FIRST}
    shown = site.did("/uninstall", accounts=accounts, names={FIRST: "EXAMPLE\\first"})
    assert "EXAMPLE\\first may go on to log on as a service: other needs it.\n" in shown
    assert logons(site) == [FIRST]


def test_an_account_that_the_site_gave_the_service_itself_goes_on(site: Site) -> None:
    """The service manager has it still, though the bundle has another one by now."""
    site.did(*site.given())
    table = site.server.services()
    table["other"] = {**table["queue"], "command": "other.exe", "status": "stopped"}
    (site.server.one.temporary / "services.json").write_text(json.dumps(table))
    site.did("/set:who=NT SERVICE\\queue")
    assert logons(site) == [FIRST]


def test_where_it_cant_be_given_that_is_said_and_nothing_fails(site: Site) -> None:
    ran = site.run(*site.given(), no_logon=[FIRST])
    assert ran.code == 0, ran
    assert (
        "EXAMPLE\\first couldn't be given the right 'Log on as a service' ([Errno 13] Access is denied). If its"
        in ran.out
    )
    assert "secpol.msc" in ran.out
    assert (logons(site), "logons" in site.server.receipt()) == ([], False)


@pytest.mark.parametrize("machine", ["knows_no_logons", "may_not_ask"])
def test_a_system_that_tells_nothing_of_it_is_no_fault(site: Site, machine: str) -> None:
    shown = site.did(*site.given(), **{machine: True})
    assert "Log on as" not in shown
    assert "logons" not in site.server.receipt()
    assert "are as they were installed" in site.did("/verify", **{machine: True})


def test_what_cant_be_taken_back_is_left_for_the_next_run(site: Site) -> None:
    site.did(*site.given())
    ran = site.run("/uninstall", no_logon=[FIRST])
    assert (
        ran.code,
        f"take the right of {FIRST} to log on as a service back: [Errno 13] Access is denied" in ran.err,
    ) == (
        1603,
        True,
    )
    site.did("/uninstall")
    assert logons(site) == []


def test_what_another_service_needs_by_then_isnt_taken_back_later(site: Site) -> None:
    """Its installation found the right there, and has no note that it needs it."""
    site.did(*site.given())
    table = site.server.services()
    assert site.run("/uninstall", no_logon=[FIRST]).code == 1603
    table["other"] = {**table["queue"], "command": "other.exe", "status": "stopped"}
    (site.server.one.temporary / "services.json").write_text(json.dumps(table))
    site.did("/uninstall")
    assert logons(site) == [FIRST]


def test_one_that_is_lost_is_a_fault_and_repaired(site: Site) -> None:
    site.did(*site.given())
    (site.server.one.temporary / "logons.json").write_text("[]")
    ran = site.run("/verify")
    assert (ran.code, "- EXAMPLE\\first may not log on as a service any more\n" in ran.err) == (1603, True)
    assert "  - put right: that EXAMPLE\\first may log on as a service\n" in site.did("/repair")
    assert logons(site) == [FIRST]
    assert "are as they were installed" in site.did("/verify")


def test_an_account_in_a_recipe_is_given_it_too(tmp_path: Path) -> None:
    site = lay(tmp_path, running())
    one = site.server.one
    fixed = dataclasses.replace(OWN, account="EXAMPLE\\second")
    one.rewrite(dataclasses.replace(one.manifest, services=(fixed,)))
    site.did(*site.given())
    assert logons(site) == [SECOND]


@pytest.mark.parametrize(
    ("account", "needs"),
    [
        ("EXAMPLE\\user", True),
        (".\\user", True),
        ("user@example.com", True),
        ("EXAMPLE\\managed$", True),
        ("NT SERVICE\\web", False),
        ("LocalSystem", False),
        ("NT AUTHORITY\\LocalService", False),
        ("networkservice", False),
    ],
)
def test_who_needs_it(account: str, needs: bool) -> None:
    assert needs_logon_right(account) is needs
