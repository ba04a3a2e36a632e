"""Health that isn't fooled: whose port it is, before and after; who dies after the first answer; how often is asked, and what of that is shown."""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.endpoints import Listener, answering, is_here, packed, shown
from bundler.target.machine.proc_sockets import listeners, name_of
from bundler.target.machine.services import Service
from bundler.target.steps.service_control import by_need
from bundler.target.steps.service_health import last_lines
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_services import ONE, PASSWORD, QUEUE, TWO, WEB, Server, lay_server, page, with_health

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
PROGRAMS = {"4321": "other.exe"}
RUNS = {"web": ONE}
SERVICE = Service(*[None] * len(Service._fields))


def port_of(address: str) -> str:
    return address.split("/")[2].rpartition(":")[2]


def one_with(tmp_path: Path, **health: object) -> Server:
    web = with_health(WEB, **health)
    return lay_server(tmp_path, running(), one=(web,), two=(web,))


# -- before anything is changed


@pytest.mark.parametrize(
    ("address", "process", "who"),
    [
        ("127.0.0.1", 4321, "other.exe (process 4321)"),
        ("0.0.0.0", 4321, "other.exe (process 4321)"),  # noqa: S104 - that is what it holds
        ("0.0.0.0", 4, "Windows itself (process 4: its own HTTP server"),  # noqa: S104
        ("127.0.0.1", 77, "a program (process 77)"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_a_port_of_others_is_refused_first(tmp_path: Path, address: str, process: int, who: str, kind: str) -> None:
    asked = {"http": "http://127.0.0.1:8093/", "tcp": "127.0.0.1:8093"}
    server = one_with(tmp_path, **{kind: asked[kind]})
    tree = server.one.tree()
    for arguments in ([], ["/plan"]):
        ran = server.run(server.one, PASSWORD, *arguments, listeners={"8093": [[address, process]]}, programs=PROGRAMS)
        assert ran.code == 1603, ran
        assert f"- port 8093, at which the service web is to answer, is held by {who}" in ran.err
    assert server.one.tree() == tree
    assert server.services() == {}


@pytest.mark.parametrize(
    "there",
    [
        {"8093": [["192.0.2.7", 4321]]},  # another address of the machine: ours may take its own
        {"8094": [["127.0.0.1", 4321]]},
        {"8093": [["::1", 4321]]},
        {"8093": [["::", 4321]]},  # IPv6 only: nothing answers at 127.0.0.1
        {},
    ],
)
def test_a_port_that_is_free_is_no_reason(tmp_path: Path, there: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        port = str(taken.getsockname()[1])
        server = one_with(tmp_path, tcp=f"127.0.0.1:{port}")
        there = {port if key == "8093" else key: each for key, each in there.items()}
        ran = server.run(server.one, PASSWORD, "/plan", listeners=there, programs=PROGRAMS)
    assert ran.code == 0, ran


@pytest.mark.parametrize("name", ["192.0.2.7", "nowhere.invalid"])
def test_a_port_elsewhere_is_not_looked_at(tmp_path: Path, name: str) -> None:
    server = one_with(tmp_path, tcp=f"{name}:8093")
    ran = server.run(server.one, PASSWORD, "/plan", listeners={"8093": [["0.0.0.0", 4321]]})  # noqa: S104
    assert ran.code == 0, ran


def test_what_answers_for_it_may_be_another_program_if_the_recipe_says_so(tmp_path: Path) -> None:
    with page(200) as address:
        server = one_with(tmp_path, http=address, owner=False)
        ran = server.run(server.one, PASSWORD, listeners={port_of(address): [["127.0.0.1", 4321]]})
    assert ran.code == 0, ran
    assert server.running() == RUNS


def test_ports_of_its_own_services_are_no_reason(tmp_path: Path) -> None:
    with page(200) as address:
        server = one_with(tmp_path, http=address)
        assert server.run(server.one, PASSWORD).code == 0
        assert server.run(server.two).code == 0
        assert server.running() == {"web": TWO}
        assert server.run(server.two, "/rollback").code == 0
    held = {"listeners": {port_of(address): [["127.0.0.1", 4321]]}, "programs": PROGRAMS}
    for arguments in (["/rollback"], ["/repair"], []):
        ran = server.run(server.two if arguments == ["/rollback"] else server.one, *arguments, **held)
        assert ran.code == 1603, ran
        assert "is held by other.exe (process 4321)" in ran.err
    assert server.running() == RUNS


# -- afterwards


def test_the_answer_of_another_program_is_none(tmp_path: Path) -> None:
    with page(200) as address:
        server = one_with(tmp_path, http=address)
        ran = server.run(server.one, PASSWORD, deaf={"web": 4321}, programs=PROGRAMS)
        assert ran.code == 1603, ran
        assert f"within 1 s {address} is answered by other.exe (process 4321), and not by the service" in ran.err
        assert server.services() == {}
        assert server.run(server.one, PASSWORD).code == 0
        seen = server.run(server.one, "/verify", deaf={"web": 4321}, programs=PROGRAMS)
    assert seen.code == 1603
    assert f"the service web runs, and {address} is answered by other.exe (process 4321)" in seen.err


LATER: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "dies after it answered": ({"http": True, "settle": 5}, {"web": [3, 13]}, "ended with exit code 13"),
    "is started again after it answered": ({"tcp": True, "settle": 5}, {"web": [3, None]}, "and was started again"),
    "dies after some seconds": ({"settle": 10}, {"web": [8, 13]}, "ended with exit code 13"),
    "is started again": ({"settle": 10}, {"web": [8, None]}, "and was started again"),
}


@pytest.mark.parametrize("kind", LATER)
def test_one_that_does_not_last_is_taken_back(tmp_path: Path, kind: str) -> None:
    health, later, words = LATER[kind]
    with page(200) as address:
        places = {"http": address, "tcp": address.split("/")[2]}
        web = with_health(WEB, **{key: places.get(key, value) for key, value in health.items()}, timeout=30)
        server = lay_server(tmp_path, running(), one=(QUEUE,), two=(web, QUEUE))
        assert server.run(server.one, PASSWORD).code == 0
        ran = server.run(server.two, later=later)
        assert ran.code == 1603, ran
        assert f"The service web ended{words.removeprefix('ended').replace('and was', ', and was')}" in ran.err
        assert server.running() == {"queue": ONE}


def test_without_a_health_table_it_must_run_for_ten_seconds(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running(), one=(WEB,))
    assert server.run(server.one, PASSWORD, later={"web": [9, 3]}).code == 1603
    assert server.services() == {}
    assert server.run(server.one, PASSWORD, later={"web": [30, 3]}).code == 0


def test_questions_become_fewer(tmp_path: Path) -> None:
    asked: list[str] = []
    with page(503, asked) as address:
        server = one_with(tmp_path, http=address, timeout=60)
        ran = server.run(server.one, PASSWORD)
    assert ran.code == 1603
    assert set(asked) == {"bootstrap.bat"}
    assert 10 < len(asked) < 25  # every 0.2 seconds they would be 300


def test_the_shown_log_is_not_full_of_questions(tmp_path: Path) -> None:
    log = tmp_path / "log"
    questions = '127.0.0.1 - - "GET /up?x=1 HTTP/1.0" 503 -\n' * 500
    log.write_text("it begins\n" + questions + 'somebody "GET /up?x=1 HTTP/1.1" 503\n' + questions, "utf-8")
    shown_lines = last_lines(str(log), "utf-8", "GET /up?x=1 HTTP/1.0")
    assert shown_lines == ["it begins", 'somebody "GET /up?x=1 HTTP/1.1" 503']
    assert len(last_lines(str(log), "utf-8", None)) == 12


# -- addresses and who listens


def test_addresses() -> None:
    assert packed("127.0.0.1") == b"\x7f\0\0\1"
    assert packed("::ffff:127.0.0.1") == b"\x7f\0\0\1"
    for text in ("::", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "1::", "::2:3", "1:2::7:8"):
        assert packed(text) == socket.inet_pton(socket.AF_INET6, text)
        assert packed(shown(packed(text))) == packed(text)
    assert packed("fe80::1%eth0") == packed("fe80::1")
    for text in ("1:2", "1:2:3:4:5:6:7:8:9", "::10000", "::-1", "::g", "1.2.3.4.5", "x"):
        with pytest.raises(ValueError, match=r"."):
            packed(text)
    assert is_here(packed("127.9.9.9"))
    assert is_here(packed("::1"))
    assert not is_here(packed("192.0.2.1"))


def test_who_listens_at_the_address_itself_gets_the_connection() -> None:
    everywhere, here, six = Listener(packed("0.0.0.0"), 1), Listener(packed("127.0.0.1"), 2), Listener(packed("::"), 3)  # noqa: S104
    assert answering([everywhere, here, six], packed("127.0.0.1")) == [here]
    assert answering([everywhere, here, six], packed("10.0.0.1")) == [everywhere]
    assert answering([six], packed("10.0.0.1")) == [six]
    assert answering([here], packed("10.0.0.1")) == []
    assert answering([everywhere], packed("::1")) == []


def test_this_process_listens() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        assert listeners(four.getsockname()[1]) == [Listener(packed("127.0.0.1"), os.getpid())]
        assert listeners(six.getsockname()[1]) == [Listener(packed("::1"), os.getpid())]
        port = four.getsockname()[1]
    assert listeners(port) == []
    assert name_of(os.getpid())


def test_what_this_account_may_not_see(tmp_path: Path) -> None:
    assert listeners(80, str(tmp_path / "none")) is None
    (tmp_path / "net").mkdir()
    number = f"{struct.unpack('=L', packed('127.0.0.1'))[0]:08X}"
    rows = f"sl head\n 0: {number}:0050 00000000:0000 0A 0:0 0:0 0 0 0 7 x\n 1: {number}:0050 00000000:0000 01 0:0 0:0 0 0 0 8\nshort\n"
    (tmp_path / "net" / "tcp").write_text(rows)
    assert listeners(80, str(tmp_path)) == [Listener(packed("127.0.0.1"), None)]
    assert name_of(1, str(tmp_path)) is None


def test_a_release_that_fails_is_stopped_in_the_order_of_needs(tmp_path: Path) -> None:
    """What a running service needs can't be stopped: it went on with the release that was taken back."""
    with page(404) as address:
        web = with_health(WEB, http=address)
        server = lay_server(tmp_path, running(), one=(QUEUE,), two=(web, QUEUE))
        assert server.run(server.one, PASSWORD).code == 0
        ran = server.run(server.two)
    assert (ran.code, "can't be stopped" in ran.err) == (1603, False), ran
    assert server.running() == {"queue": ONE}


def test_two_that_need_each_other_are_windows_to_refuse() -> None:
    one, two = (SERVICE._replace(name=each, dependencies=[other]) for each, other in (("a", "B"), ("b", "A")))
    three = SERVICE._replace(name="c", dependencies=["a", "Tcpip"])
    assert by_need([three, one, two]) == [three, one, two]
    assert by_need([three, one._replace(dependencies=[])]) == [one._replace(dependencies=[]), three]
