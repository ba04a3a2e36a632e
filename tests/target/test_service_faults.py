"""Services that somebody stopped, deleted or changed: /verify names them, /repair and a second run put right what isn't the site's to say."""

from __future__ import annotations

import dataclasses
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_services import (
    ONE,
    PASSWORD,
    QUEUE,
    QUEUE_SID,
    WEB,
    WEB_SID,
    Server,
    commands,
    lay_server,
    page,
    with_health,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = only_linux.SIMULATED
RUNS = {"web": ONE, "queue": ONE}


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    laid = lay_server(tmp_path, request.param)
    assert laid.run(laid.one, PASSWORD).code == 0
    assert laid.running() == RUNS
    return laid


def changed(server: Server, name: str, **values: Any) -> None:
    """As ``services.msc`` would."""
    path = server.one.temporary / "services.json"
    table = server.services()
    table[name].update(values)
    path.write_text(json.dumps(table))


def deleted(server: Server, name: str) -> None:
    table = server.services()
    del table[name]
    (server.one.temporary / "services.json").write_text(json.dumps(table))


def stopped(server: Server, name: str) -> None:
    changed(server, name, status="stopped", code=3, runs=None)


def program_ended(server: Server, name: str) -> None:
    """Its host still runs."""
    changed(server, name, runs=None)


def hangs_in_its_start(server: Server, name: str) -> None:
    changed(server, name, status="starting", runs=None)


def led_elsewhere(server: Server, name: str) -> None:
    changed(server, name, command=f'"/other/program" {name}', runs="other")


FAULTS: dict[str, tuple[Callable[[Server, str], None], str]] = {
    "stopped": (stopped, "the service web does not run (it ended with 3)"),
    "its program ended": (program_ended, "the service web runs, and its program ended"),
    "starting": (hangs_in_its_start, "the service web is still starting"),
    "deleted": (deleted, "the service web is not there any more"),
    "led elsewhere": (led_elsewhere, 'the service web starts "/other/program" web'),
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("way", ["/repair", ""])
def test_what_is_wrong_is_named_and_put_right(server: Server, kind: str, way: str) -> None:
    break_it, words = FAULTS[kind]
    whole = server.services()
    break_it(server, "web")
    broken = server.services()
    seen = server.run(server.one, "/verify")
    assert (seen.code, f"- {words}\n" in seen.err) == (1603, True), seen
    plan = server.run(server.one, *([way] if way else []), "/plan")
    assert plan.code == 0, plan
    assert f"put right that {words}" in plan.out
    assert server.services() == broken
    ran = server.run(server.one, *([way] if way else []))
    assert (ran.code, ran.err) == (0, ""), ran
    assert "put right: " in ran.out
    assert {name: {**each, "code": 0} for name, each in server.services().items()} == {
        name: {**each, "code": 0} for name, each in whole.items()
    }
    assert server.run(server.one, "/verify").code == 0
    assert "othing" in server.run(server.one, *([way] if way else [])).out


@pytest.mark.parametrize("start", ["delayed", "manual"])
def test_one_that_others_need_is_put_right(server: Server, start: str) -> None:
    """Windows stops none that a running one needs: that one is stopped before, and started again."""
    changed(server, "web", start=start)
    led_elsewhere(server, "queue")
    ran = server.run(server.one, "/repair")
    assert (ran.code, ran.err) == (0, ""), ran
    assert server.running() == RUNS
    assert server.services()["queue"]["command"].startswith(f'"{server.one.environment}/services/service.exe" queue ')


def test_what_the_site_decides_stays(server: Server) -> None:
    ours = {"account": "EXAMPLE\\theirs", "given": "their words", "restart": [5], "start": "manual"}
    changed(server, "queue", **ours)
    stopped(server, "queue")
    seen = server.run(server.one, "/verify")
    assert seen.code == 0, seen
    for words in (
        "the account EXAMPLE\\theirs, and the bundle gave it EXAMPLE\\worker",
        "the start type manual, and the bundle gave it automatic",
        "another recovery after failures than the bundle gave it",
    ):
        assert f"Note: the service queue has {words}.\n" in seen.out
    assert "nothing to do" in server.run(server.one).out
    deleted(server, "web")
    ran = server.run(server.one, "/repair")
    assert ran.code == 0, ran
    queue = server.services()["queue"]
    assert {name: queue[name] for name in ours} == ours
    assert server.running() == {"web": ONE}
    changed(server, "queue", command="elsewhere")
    assert server.run(server.one, "/repair").code == 0
    queue = server.services()["queue"]
    assert {name: queue[name] for name in ours} == ours
    assert queue["command"].startswith(f'"{server.one.environment}/services/service.exe" queue ')


def test_the_bundles_own_settings_come_back_when_that_is_asked_for(server: Server) -> None:
    whole = server.services()
    changed(server, "queue", account="EXAMPLE\\theirs", given="their words", restart=[5], start="disabled")
    ran = server.run(server.one, "/repair", "/reset-services")
    assert ran.code == 0, ran
    assert server.services() == whole
    assert "/reset-services goes with /repair only" in server.run(server.one, "/reset-services").err


def test_one_that_runs_and_does_not_answer_is_a_fault(tmp_path: Path) -> None:
    with page(200) as address:
        web = with_health(WEB, http=address, timeout=1)
        server = lay_server(tmp_path, running(), one=(web, QUEUE))
        assert server.run(server.one, PASSWORD).code == 0
        assert server.run(server.one, "/verify").code == 0
    seen = server.run(server.one, "/verify")
    assert seen.code == 1603
    assert f"- the service web runs, and {address} did not answer" in seen.err


def test_a_service_that_does_not_come_back_is_told_and_leaves_the_rest(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        tcp = f"127.0.0.1:{listening.getsockname()[1]}"
        server = lay_server(
            tmp_path, running(), one=(dataclasses.replace(with_health(WEB, tcp=tcp), dependencies=()), QUEUE)
        )
        assert server.run(server.one, PASSWORD).code == 0
        stopped(server, "web")
        ran = server.run(server.one, "/repair", ends={"web": [ONE, 7]})
    assert ran.code == 1603, ran
    assert "The service web ended with exit code 7" in ran.err
    assert server.running() == {"queue": ONE}
    assert not (server.one.environment / "journal").exists()
    assert server.run(server.one, "/repair").code in (0, 1603)


def test_who_may_not_look_is_told(server: Server) -> None:
    seen = server.run(server.one, "/verify", no_look={"web": 5})
    assert seen.code == 0, seen
    assert "Note: nothing can be told of the service web: Windows error 5: it needs administrator rights.\n" in seen.out


def test_one_that_leads_elsewhere_is_nobodys_to_remove(server: Server) -> None:
    led_elsewhere(server, "web")
    stopped(server, "web")  # else Windows wouldn't stop what it needs
    theirs = server.services()["web"]
    ran = server.run(server.one, "/uninstall", "/purge")
    assert ran.code == 0, ran
    assert "The service web starts another program now: it is left alone.\n" in ran.out
    assert server.services() == {"web": theirs}


# -- rights, and the entry among the installed programs

FULL, READ, MODIFY = 0x1F01FF, 0x1200A9, 0x1301BF
CLOSED = [["S-1-5-18", FULL, False], ["S-1-5-32-544", FULL, False], ["S-1-5-32-545", READ, False]]


def inside(sid: str) -> list[list[object]]:
    """May change what is in a folder, and not move the folder itself."""
    return [[sid, 0x1201BF, False], [sid, MODIFY, True]]


def access(server: Server, **more: list[list[object]]) -> dict[str, object]:
    """Of the folders that were given to accounts: closed, and what they were given; ``more``: others' entries."""
    environment, data = str(server.one.environment), str(server.one.data)
    own = {
        environment: [[WEB_SID, READ, False], [QUEUE_SID, READ, False]],
        data: [each for sid in (WEB_SID, QUEUE_SID) for each in inside(sid)] + [["S-1-5-21-7", READ, False]],
        f"{environment}/logs/queue": inside(QUEUE_SID),
        f"{data}/inbox": [[WEB_SID, 0x10000000, False]],
    }
    secret = f"{server.one.release}/services/web.conf"
    return {
        path: ["S-1-5-32-544", CLOSED[: 2 if path == secret else 3] + entries + more.get(path.rpartition("/")[2], [])]
        for path, entries in {**own, secret: [[WEB_SID, READ, False]]}.items()
    }


def test_rights_are_compared_and_given_again(server: Server) -> None:
    whole = access(server)
    seen = server.run(server.one, "/verify", access=whole)
    assert (seen.code, seen.err) == (0, ""), seen
    inbox = f"{server.one.data}/inbox"
    lost = {**whole, inbox: ["S-1-5-32-544", CLOSED]}
    words = f"NT SERVICE\\web may not change {inbox} any more"
    seen = server.run(server.one, "/verify", access=lost)
    assert (seen.code, f"- {words}\n" in seen.err, seen.err.count("may not")) == (1603, True, 1), seen
    assert server.run(server.one, "/verify", access=lost, keeps_entries=False).code == 0
    below = {**whole, inbox: ["S-1-5-32-544", [*CLOSED, [WEB_SID, MODIFY, True]]]}
    assert f"- {words}\n" in server.run(server.one, "/verify", access=below).err
    anybody = {**whole, inbox: ["S-1-5-32-544", [["S-1-1-0", FULL, False]]]}
    seen = server.run(server.one, "/verify", access=anybody)
    assert words not in seen.err, "where there is no list everybody may"
    assert f"let NT SERVICE\\web change {inbox}" in server.run(server.one, "/repair", "/plan", access=lost).out
    ran = server.run(server.one, "/repair", access=lost)
    assert (ran.code, ran.err) == (0, ""), ran
    assert f"put right: that NT SERVICE\\web may change {inbox}" in ran.out
    again = f"{inbox} /grant *{WEB_SID}:(OI)(CI)(IO)M *{WEB_SID}:(RX,WD,AD,WEA,WA) /q"
    assert again in commands(server.one.log())
    assert server.running() == RUNS


def test_rights_that_were_not_given_are_not_believed(tmp_path: Path) -> None:
    """By a program that ends with 0 and does nothing."""
    server = lay_server(tmp_path, running())
    nothing: dict[str, Any] = {"access": {}, "idle": "/grant", "names": {WEB_SID: "NT SERVICE\\web"}}
    ran = server.run(server.one, PASSWORD, **nothing)
    words = f"icacls ended with 0, and yet NT SERVICE\\web may not read and run {server.one.environment}"
    assert (ran.code, words in ran.err) == (1603, True), ran
    assert not server.services()
    assert server.run(server.one, PASSWORD, access={}).code == 0
    inbox = f"{server.one.data}/inbox"
    lost = {**access(server), inbox: ["S-1-5-32-544", CLOSED]}
    ran = server.run(server.one, "/repair", access=lost, idle="/grant")
    assert (ran.code, f"may not change {inbox}" in ran.err) == (1603, True), ran


def test_rights_that_were_not_taken_back_are_not_believed(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, access={}).code == 0
    gone = server.run(server.one, "/uninstall", access=access(server), idle="/remove:g")
    words = f"icacls ended with 0, and yet {WEB_SID} still has on {server.one.data} "
    assert (gone.code, words in gone.out + gone.err) == (1603, True), gone
    again = server.run(server.one, "/uninstall", access=access(server))
    assert again.code == 0, again
    assert not json.loads((server.one.temporary / "rights.json").read_text()).get(str(server.one.data))


def test_where_lists_do_not_last_nothing_is_told_of_them(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    lasts_not: dict[str, Any] = {"access": {}, "idle": "/grant", "keeps_entries": False}
    for arguments in ((PASSWORD,), ("/verify",), ("/uninstall",)):
        ran = server.run(server.one, *arguments, **lasts_not)
        assert ran.code == 0, ran


def test_a_folder_that_was_opened_is_closed_again(server: Server) -> None:
    opened = access(server, Data=[["S-1-5-32-545", MODIFY, False]])
    words = f"{server.one.data} can be changed by every user (Users)"
    seen = server.run(server.one, "/verify", access=opened)
    assert (seen.code, f"- {words}\n" in seen.err) == (1603, True), seen
    ran = server.run(server.one, "/repair", access=opened)
    assert (ran.code, f"closed {server.one.data} to others" in ran.out) == (0, True), ran
    theirs = {**opened, str(server.one.data.parent): ["S-1-5-21-9", []]}
    refused = server.run(server.one, "/repair", access=theirs)
    assert refused.code == 1625, refused


def test_what_was_opened_inside_the_release_is_seen(server: Server) -> None:
    """Whoever may change a folder of it decides what services run, however closed the environment itself is."""
    opened = access(server)
    packages = next(server.one.release.glob("lib/python*/site-packages"))
    opened[str(packages)] = ["S-1-5-32-544", [["S-1-5-32-545", MODIFY, False]]]
    opened[f"{packages}/helper.py"] = ["S-1-5-21-9", []]
    seen = server.run(server.one, "/verify", access=opened, admin=True)
    for words in (f"{packages} can be changed by every user (Users)", f"{packages}/helper.py belongs to S-1-5-21-9"):
        assert (seen.code, f"- {words}\n" in seen.err) == (1603, True), seen
    refused = server.run(server.one, "/repair", access=opened, admin=True)
    assert (refused.code, "every user (Users)" in refused.err) == (1625, True), refused


def test_a_changed_launcher_and_service_host_are_seen_and_put_right(server: Server) -> None:
    """No release lists them, and they decide what is started."""
    launcher, host = server.one.environment / "bin" / "demo", server.one.environment / "services" / "service.exe"
    whole = {each: each.read_bytes() for each in (launcher, host)}
    for each in whole:
        each.write_bytes(b"something else")
    seen = server.run(server.one, "/verify")
    for each in whole:
        assert (seen.code, f"- {each} was changed\n" in seen.err) == (1603, True), seen
    plan = server.run(server.one, "/repair", "/plan").out
    assert f"repair {launcher}, which was changed\n" in plan
    assert "restart services that run by a program that was changed\n" in plan
    ran = server.run(server.one, "/repair")
    assert (ran.code, ran.err) == (0, ""), ran
    for each in whole:
        assert f"  - repaired {each}, which was changed\n" in ran.out
    assert {each: each.read_bytes() for each in whole} == whole
    assert server.running() == RUNS
    assert server.run(server.one, "/verify").code == 0


def test_launchers_of_another_program_are_right_where_a_kept_one_put_them(server: Server) -> None:
    """A rollback by a newer bundle leaves the newer one's."""
    for each in ("shim.exe", "service.exe"):
        (server.two.folder / "target" / each).write_bytes(b"of a newer version")
    server.two.rewrite()
    assert server.run(server.two).code == 0
    assert server.run(server.two, "/verify").code == 0
    assert server.run(server.two, "/rollback").code == 0
    assert (server.one.environment / "bin" / "demo").read_bytes() == b"of a newer version"
    for laid in (server.one, server.two):
        seen = server.run(laid, "/verify")
        assert (seen.code, seen.err) == (0, ""), seen


def test_another_account_sees_that_a_folder_was_opened(server: Server) -> None:
    opened = access(server, Data=[["S-1-5-32-545", MODIFY, False]])
    user: dict[str, Any] = {"admin": False, "account": ["bob", "S-1-5-21-9"]}
    words = f"{server.one.data} belongs to others than administrators, or can be changed by others"
    seen = server.run(server.one, "/verify", access=opened, **user)
    assert (seen.code, f"- {words}\n" in seen.err) == (1603, True), seen
    for mine in (access(server), {**access(server), str(server.one.data): [None, []]}):
        seen = server.run(server.one, "/verify", access=mine, **user)
        assert (seen.code, seen.err) == (0, ""), seen


def test_an_entry_that_starts_something_else(server: Server) -> None:
    path = server.one.temporary / "programs.json"
    whole = json.loads(path.read_text())
    ((key, values),) = whole.items()
    for command in ('"/other/program" /uninstall', "/other/program", ""):
        path.write_text(json.dumps({key: {**values, "UninstallString": command}}))
        seen = server.run(server.one, "/verify")
        words = f"its entry among the installed programs starts {'/other/program' if command else 'nothing'} to uninstall it"
        assert (seen.code, words in seen.err) == (1603, True), seen
    assert server.run(server.one, "/repair").code == 0
    assert json.loads(path.read_text())[key]["UninstallString"] == values["UninstallString"]
