"""/stop, /start and /status: what was stopped stays so across runs, upgrades and ways back, and is told; each may be ended at any moment."""

from __future__ import annotations

import dataclasses
import json
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_services import ONE, PASSWORD, QUEUE, TWO, WEB, Server, lay_server, page, with_health

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
RUNS = {"web": ONE, "queue": ONE}
STANDS = "stands still because /stop stopped it, until bootstrap.bat /start"


def installed(tmp_path: Path, boot: object = None, **recipe: object) -> Server:
    server = lay_server(tmp_path, boot or running(), **recipe)  # type: ignore[arg-type]
    assert server.run(server.one, PASSWORD).code == 0
    return server


@pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)
def test_what_was_stopped_stays_so(tmp_path: Path, boot: object) -> None:
    server = installed(tmp_path, boot)
    assert server.receipt()["format"] == 2  # older programs may read it
    plan = server.run(server.one, "/stop", "/plan")
    assert (plan.code, "  - stop the service queue\n" in plan.out) == (0, True), plan
    assert server.running() == RUNS
    ran = server.run(server.one, "/stop")
    assert (ran.code, ran.err) == (0, ""), ran
    assert "Until bootstrap.bat /start no run starts web, queue." in ran.out
    assert server.running() == {}
    assert (server.receipt()["format"], server.receipt()["stopped"]) == (3, ["web", "queue"])

    seen = server.run(server.one, "/verify")
    assert (seen.code, f"Note: the service web {STANDS}.\n" in seen.out) == (0, True), seen
    again = server.run(server.one)
    assert "nothing to do" in again.out
    assert f"The service queue {STANDS}.\n" in again.out
    assert server.run(server.one, "/repair").code == 0
    plan = server.run(server.two, "/plan")
    assert "leave the service web stopped: /stop stopped it" in plan.out
    upgraded = server.run(server.two)
    assert (upgraded.code, f"The service web {STANDS}.\n" in upgraded.out) == (0, True), upgraded
    assert server.run(server.two, "/rollback").code == 0
    assert server.run(server.two).code == 0
    assert server.running() == {}

    plan = server.run(server.two, "/start", "/plan")
    assert (plan.code, "  - start the service web\n" in plan.out) == (0, True), plan
    ran = server.run(server.two, "/start")
    assert (ran.code, ran.err) == (0, ""), ran
    assert "web runs.\n" in ran.out
    assert server.running() == {"web": TWO, "queue": TWO}
    assert "stopped" not in server.receipt()
    assert server.run(server.two, "/uninstall").code == 0
    assert server.services() == {}


def test_one_that_windows_started_since_goes_on(tmp_path: Path) -> None:
    server = installed(tmp_path)
    assert server.run(server.one, "/stop").code == 0
    table = server.services()
    table["queue"].update(status="running", runs=ONE)
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    assert server.run(server.two).code == 0
    assert server.running() == {"queue": TWO}


def test_one_that_is_started_by_hand_runs_again_after_start(tmp_path: Path) -> None:
    web = dataclasses.replace(WEB, start="manual", dependencies=())
    server = installed(tmp_path, one=(web, dataclasses.replace(QUEUE, start="disabled")))
    ran = server.run(server.one, "/stop")
    assert (ran.code, "There is no service to stop." in ran.out) == (0, True), ran
    table = server.services()
    table["web"].update(status="running", runs=ONE)
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    assert server.run(server.one, "/stop").code == 0
    assert server.run(server.one, "/start").code == 0
    assert server.running() == {"web": ONE}


def test_one_that_somebody_has_removed(tmp_path: Path) -> None:
    """Nothing is started without it; made anew, it is stopped as long as that holds."""
    server = installed(tmp_path)
    table = server.services()
    del table["web"]
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    ran = server.run(server.one, "/stop")
    assert (ran.code, "no run starts web, queue." in ran.out) == (0, True), ran
    for more in ([], ["/plan"]):
        ran = server.run(server.one, "/start", *more)
        assert (ran.code, "service web is not there any more: bootstrap.bat /repair makes" in ran.err) == (1603, True)
    assert server.receipt()["stopped"] == ["web", "queue"]
    assert server.run(server.one, "/repair").code == 0
    assert sorted(server.services()) == ["queue", "web"]
    assert server.running() == {}
    assert server.run(server.one, "/start").code == 0
    assert server.running() == RUNS


def test_one_that_does_not_start_is_told(tmp_path: Path) -> None:
    server = installed(tmp_path)
    assert server.run(server.one, "/stop").code == 0
    ran = server.run(server.one, "/start", ends={"web": [ONE, 7]})
    assert (ran.code, "The service web ended with exit code 7" in ran.err) == (1603, True), ran
    assert server.run(server.one, "/start").code == 0
    assert server.running() == RUNS


def test_a_port_of_others_is_refused_before_a_start(tmp_path: Path) -> None:
    with page(200) as address:
        server = installed(tmp_path, one=(with_health(WEB, http=address), QUEUE))
        assert server.run(server.one, "/stop").code == 0
        port = address.split("/")[2].rpartition(":")[2]
        ran = server.run(server.one, "/start", listeners={port: [["127.0.0.1", 4321]]}, programs={"4321": "other.exe"})
        assert (ran.code, "is held by other.exe (process 4321)" in ran.err) == (1603, True), ran
        assert server.receipt()["stopped"] == ["web", "queue"]
        assert server.running() == {}


@pytest.mark.parametrize("mode", ["/stop", "/start"])
def test_ended_at_any_moment(tmp_path: Path, mode: str) -> None:
    server = installed(tmp_path)
    for moment in count(1):
        assert server.run(server.one, "/stop" if mode == "/start" else "/start").code == 0
        ran = server.run(server.one, mode, kill_at=moment)
        if ran.code == 0:
            break
        assert ran.code == 77
        seen = server.run(server.one, "/status")
        assert seen.code in (0, 1603), seen
        assert server.run(server.one, mode).code == 0
        assert server.running() == ({} if mode == "/stop" else RUNS)
        assert "nothing to do" in server.run(server.one).out
        assert server.running() == ({} if mode == "/stop" else RUNS)
    assert moment > 3


def test_who_may_not_is_told(tmp_path: Path) -> None:
    server = installed(tmp_path)
    for mode in ("/stop", "/start"):
        ran = server.run(server.one, mode, admin=False)
        assert (ran.code, "needs administrator rights" in ran.err) == (1625, True), ran
    assert server.running() == RUNS


@pytest.mark.parametrize("mode", ["/stop", "/start"])
def test_nothing_is_installed(tmp_path: Path, mode: str) -> None:
    server = lay_server(tmp_path, running())
    ran = server.run(server.one, mode)
    assert (ran.code, "Nothing is installed in" in ran.err) == (1603, True)
    assert server.run(server.one, "/status").out.endswith(f"Nothing is installed in {server.one.environment}.\n")


def test_the_status(tmp_path: Path) -> None:
    with page(200) as address:
        server = installed(tmp_path, one=(with_health(WEB, http=address), QUEUE))
        tree = server.one.tree()
        seen = server.run(server.one, "/status", free=45_200_000_000)
        assert (seen.code, seen.err) == (0, ""), seen
        for words in (
            f"In use: {ONE}, version 1.0, made 2",
            f"Service web: runs, and answers at {address}\n",
            "Service queue: runs\n",
            "Last run: install at 2",
            ", exit code 0 (",
            "has 45.2 GB free, for the environment\n",
            "has 45.2 GB free, for the data folder\n",
        ):
            assert words in seen.out, seen.out
        assert server.one.tree() == tree
        assert server.run(server.two).code == 0
        assert f"Before it: {ONE}, to which /rollback leads\n" in server.run(server.two, "/status").out
        assert server.run(server.two, "/rollback").code == 0
        assert server.run(server.one, "/stop").code == 0
        seen = server.run(server.one, "/status")
        assert (seen.code, f"Service web: {STANDS}\n" in seen.out) == (0, True), seen
        assert "Last run: stop at 2" in seen.out
        assert server.run(server.one, "/start").code == 0
    seen = server.run(server.one, "/status")
    assert (seen.code, f"Service web: runs, and {address} did not answer" in seen.out) == (1603, True), seen
    table = server.services()
    table["queue"].update(status="stopped", code=3, runs=None)
    table["web"].update(status="stopped", code=0, runs=None, start="manual")
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    seen = server.run(server.one, "/status")
    assert (seen.code, "Service queue: does not run (it ended with 3); its start is automatic\n" in seen.out) == (
        1603,
        True,
    )
    assert "Service web: does not run (it ended with 0); its start is manual\n" in seen.out
    del table["queue"]
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    assert "Service queue: it is not there any more\n" in server.run(server.one, "/status").out
    seen = server.run(server.one, "/status", no_look={"web": 5, "queue": 5})
    assert (seen.code, "Service web: nothing can be told of it: Windows error 5" in seen.out) == (0, True)
