"""/json:FILE: every mode and every end of a run writes one object of the declared shape, without secrets, and never where it mustn't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bundler.present.json_outputs import output_schema
from bundler.target.errors import MEANINGS
from bundler.target.run_report import RESULTS, RunReport
from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_services import ONE, PASSWORD, TWO, Server, lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Ran
    from tests.target.interpreters import Interpreter

MODES = ("/install", "/verify", "/repair", "/rollback", "/uninstall", "/stop", "/start", "/status", "/set", "/add")
BOTH = pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)


def closed_schema() -> Draft202012Validator:
    schema = output_schema("bootstrap")
    parts = {name: {**each, "additionalProperties": False} for name, each in schema["$defs"].items()}
    return Draft202012Validator({**schema, "$defs": parts, "additionalProperties": False})


def told(path: Path, ran: Ran) -> dict[str, Any]:
    """What the file says, which has the declared shape and agrees with the exit code."""
    content = path.read_bytes()
    assert content.endswith(b"}\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.with_name(path.name + ".new").exists()
    found: dict[str, Any] = json.loads(content)
    closed_schema().validate(found)
    assert (found["exit_code"], found["result"]) == (ran.code, RESULTS[ran.code]), ran
    return found


def run(server: Server, *arguments: str, bundle: str = "one", **machine: Any) -> dict[str, Any]:
    path = server.root / "report.json"
    ran = server.run(getattr(server, bundle), *arguments, f"/json:{path}", **machine)
    return told(path, ran)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return lay_server(tmp_path, running())


def installed(server: Server) -> Server:
    assert server.run(server.one, PASSWORD).code == 0
    return server


@only_linux.SIMULATED
@BOTH
def test_every_mode_says_what_it_did(tmp_path: Path, boot: Interpreter) -> None:
    server = lay_server(tmp_path, boot)
    planned = run(server, PASSWORD, "/plan")
    assert (planned["plan"], planned["steps"][0]["id"], planned["in_use"]) == (True, "verify", None)
    assert "start the service web" in [each["text"] for each in planned["planned"]], planned

    found = run(server, PASSWORD, "/quiet")
    environment, data = str(server.one.environment), str(server.one.data)
    assert (found["mode"], found["in_use"], found["environment"], found["data"]) == ("install", ONE, environment, data)
    assert found["bundle"] == {
        "name": "example",
        "version": "1.0",
        "release": ONE,
        "folder": str(server.one.folder),
        "kept": False,
    }
    ids = [each["id"] for each in found["steps"]]
    assert (ids[:2], ids[-1]) == (["verify", "check-machine"], "commit")
    assert {each["result"] for each in found["steps"]} == {"done"}
    assert any(each["text"].startswith("Done in ") for each in found["screen"])  # though /quiet shows nothing
    assert (found["error"], found["planned"]) == (None, [])
    assert found["log"].endswith(".log")

    seen = run(server, "/verify")
    assert seen["verification"]["files"] > 5
    assert (seen["verification"]["faults"], seen["verification"]["notes"]) == ([], [])
    status = run(server, "/status", free=45_200_000_000)["status"]
    assert (status["release"], status["version"], status["previous"], status["left"]) == (ONE, "1.0", None, [])
    assert [(each["name"], each["runs"], each["is_right"]) for each in status["services"]] == [
        ("web", True, True),
        ("queue", True, True),
    ]
    assert (status["last_change"]["mode"], status["last_change"]["exit_code"]) == ("install", 0)
    assert [(each["path"], each["free"]) for each in status["disks"]] == [
        (environment, 45_200_000_000),
        (data, 45_200_000_000),
    ]

    assert {"step": "stop", "text": "stop the service web"} in run(server, "/stop", "/plan")["planned"]
    values = {each["name"]: (each["secret"], each["value"]) for each in run(server, "/set")["values"]}
    assert values == {"port": (False, "8080"), "password": (True, None)}
    assert run(server, "/stop")["in_use"] == ONE
    assert [each["runs"] for each in run(server, "/status")["status"]["services"]] == [False, False]
    assert run(server, "/start")["exit_code"] == 0
    assert run(server, "/repair")["mode"] == "repair"
    assert run(server, bundle="two")["in_use"] == TWO
    assert run(server, "/status", bundle="two")["status"]["previous"] == ONE
    assert run(server, "/rollback", bundle="two")["in_use"] == ONE
    assert any(each["text"].startswith("remove ") for each in run(server, "/uninstall", "/plan")["planned"])
    gone = run(server, "/uninstall")
    assert (gone["in_use"], gone["steps"][-1]["id"]) == (None, "remove")
    plan = run(server, "/uninstall", "/purge", "/plan")["planned"]
    assert plan == [{"step": "remove", "text": f"remove {data} with everything in it"}]
    assert run(server, "/uninstall", "/purge")["mode"] == "uninstall"
    assert run(server, "/status")["status"] is None
    assert run(server, "/?")["mode"] == "help"


@only_linux.SIMULATED
def test_what_fails_is_told(server: Server) -> None:
    found = run(server, PASSWORD, fail_at=12)
    assert (found["result"], found["steps"][-1]["result"], found["in_use"]) == ("failed", "failed", None)
    assert "the disk is full" in found["error"]["message"]
    found = run(server, "/quiet")
    assert found["result"] == "bad-arguments"  # a site value is missing
    assert any("password" in each for each in found["error"]["details"])
    installed(server)
    (server.one.release / "etc" / "settings.ini").write_text("y\n")
    found = run(server, "/verify")
    assert found["verification"]["faults"] == ["etc/settings.ini was changed"]
    assert found["error"]["message"].startswith(f"{ONE} is not as it was installed")
    assert run(server, "/stop", admin=False)["result"] == "refused"
    found = run(server, bundle="two", interrupt_at=9)
    assert (found["result"], found["in_use"]) == ("cancelled", ONE)
    table = server.services()
    table["queue"].update(status="stopped", code=3, runs=None)
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    queue = run(server, "/status")["status"]["services"][1]
    assert (queue["runs"], queue["is_right"]) == (False, False)
    web = run(server, "/status", no_look={"web": 5, "queue": 5})["status"]["services"][0]
    assert (web["runs"], web["is_right"]) == (None, True)


@only_linux.SIMULATED
def test_wrong_arguments_are_told_too(server: Server) -> None:
    found = run(server, "/verfy", "/log", "/set:password")
    assert (found["result"], found["bundle"], found["log"]) == ("bad-arguments", None, None)
    assert found["error"]["details"][0] == "- unknown argument: /verfy; did you mean /verify?"
    ran = server.run(server.one, "/verfy", "/json")
    assert (ran.code, "/json needs a file: /json:FILE" in ran.err) == (1639, True)
    ran = server.run(server.one, "/verfy", f"/json:{server.root}")
    assert (ran.code, "did you mean /verify?" in ran.err, "is a folder" in ran.err) == (1639, True, True)


@only_linux.SIMULATED
def test_a_bundle_that_is_not_whole_is_told(server: Server) -> None:
    (server.one.folder / "files" / "settings.ini").write_text("y\n")
    found = run(server, PASSWORD)
    assert (found["exit_code"] != 0, found["bundle"], found["in_use"], found["steps"]) == (True, None, None, [])
    assert found["error"]["message"]


@only_linux.SIMULATED
def test_where_it_may_not_lie(server: Server) -> None:
    installed(server)
    before = server.one.tree()
    link = server.one.temporary / "link.json"
    link.symlink_to(server.one.temporary / "elsewhere")
    for place, words in (
        (server.one.environment / "x.json", "can't lie in"),
        (server.one.environment / "logs" / "x.json", "can't lie in"),
        (server.one.data / "x.json", "can't lie in"),
        (server.one.folder / "x.json", "can't lie inside the bundle"),
        (server.root / "nowhere" / "x.json", "There is no folder for the JSON file"),
        (link, "a link or a folder is in its place"),
    ):
        for mode in ("/status", "/uninstall"):
            ran = server.run(server.one, mode, f"/json:{place}")
            assert (ran.code, words in ran.err) == (1639, True), (place, ran)
    same = server.one.temporary / "same"
    ran = server.run(server.one, "/status", f"/json:{same}", f"/log:{same}")
    assert (ran.code, "need two files" in ran.err) == (1639, True)
    linked = server.one.temporary / "linked"
    linked.symlink_to(server.one.environment)
    assert server.run(server.one, "/status", f"/json:{linked / 'x.json'}").code == 1639
    assert server.one.tree() == before
    assert not (server.one.temporary / "elsewhere").exists()


@only_linux.SIMULATED
def test_nothing_is_put_into_an_environment_of_a_refused_run(server: Server) -> None:
    installed(server)
    (server.one.folder / "extra").write_text("x")  # so that which environment is its own isn't known
    before = server.one.tree()
    ran = server.run(server.one, "/verify", f"/json:{server.one.environment / 'logs' / 'x.json'}")
    assert (ran.code, server.one.tree()) == (1639, before)
    (server.one.folder / "extra").unlink()
    access = {str(server.one.environment): ["S-1-5-21-9", []]}
    assert run(server, "/verify", access=access)["in_use"] is None
    ran = server.run(server.one, "/verify", f"/json:{server.one.environment / 'x.json'}", access=access)
    assert ran.code == 1639
    assert not (server.one.environment / "x.json").exists()


@only_linux.SIMULATED
def test_one_that_was_killed_does_not_look_like_the_one_before(server: Server) -> None:
    path = server.root / "report.json"
    assert run(server, PASSWORD)["result"] == "done"
    ran = server.run(server.two, f"/json:{path}", kill_at=9)
    assert ran.code == 77
    found = json.loads(path.read_bytes())
    closed_schema().validate(found)
    assert (found["result"], found["exit_code"], found["bundle"]["release"]) == ("running", None, TWO)


@only_linux.SIMULATED
def test_one_that_can_not_be_written_stops_the_run_before_it_changes_anything(server: Server) -> None:
    before = server.one.tree()
    ran = server.run(server.one, PASSWORD, f"/json:{server.root / 'report.json'}", fail_at=1)
    assert (ran.code, "can't be written: " in ran.err) == (1603, True), ran
    assert server.one.tree() == before


@only_linux.SIMULATED
def test_no_secret_is_in_it(server: Server) -> None:
    for arguments in ((PASSWORD,), ("/set:password=s3cret\x1b[2J",), ("/plan", PASSWORD), ("/bogus", PASSWORD)):
        run(server, *arguments)
        assert b"s3cret" not in (server.root / "report.json").read_bytes()


def test_no_control_characters_are_in_it() -> None:
    class Masking:
        path = "C:\\x.log"

        def mask(self, text: str) -> str:
            return text.replace("done", "***")

    report = RunReport("now")
    report.log = Masking()
    report.say("error", "a\x1b[2J\tb\n\nc\u202e \ud800 \U0001f600 done")
    report.step("switch", "done", 1.0)
    report.ended(0, 2.0)
    found = json.loads(report.encoded())
    assert [each["text"] for each in found["screen"]] == ["a\\x1b[2J\\x09b", "c\\u202e \ufffd \U0001f600 ***"]
    assert (found["result"], found["steps"][0]["result"], found["steps"][0]["text"]) == ("done", "done", "***")


def test_every_exit_code_has_a_word() -> None:
    assert set(RESULTS) == {code for code, _ in MEANINGS}
    described = output_schema("bootstrap")["properties"]["result"]["description"]
    assert all(word in described for word in (*RESULTS.values(), "running"))


def test_every_mode_is_told() -> None:
    described = output_schema("bootstrap")["properties"]["mode"]["description"]
    assert all(mode[1:] in described for mode in MODES)
