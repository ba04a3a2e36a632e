"""Services on a simulated machine: made, given rights, switched, started, asked, put back; and what the host and Windows are told."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.manifest import SiteInfo
from bundler.model.service import HealthInfo, PermissionInfo, ServiceInfo
from bundler.target.machine.rights import well_known_sid
from bundler.target.machine.services import error_words, service_sid
from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = only_linux.SIMULATED
ONE, TWO = "1.0-0a1b2c3d", "2.0-0a1b2c3d"
PASSWORD = "/set:password=s3cret words"
WEB = ServiceInfo(
    name="web",
    command=("demo", "--port", "{site.port}", "with space", "{package.demo.parts}"),
    directory="{data}",
    account="NT SERVICE\\web",
    password=None,
    start="delayed",
    display_name="The page é",
    description="Serves it.",
    environment={"CONFIG": "{data}\\web.ini", "SECRET": "{site.password}"},
    dependencies=("queue", "Tcpip"),
    stop_timeout=7,
    restart=(1, 60),
    reset=3600,
    log_directory="{data}\\logs\\web",
    log_size=5000,
    log_count=2,
    health=None,
)
QUEUE = dataclasses.replace(
    WEB,
    name="queue",
    command=("demo",),
    directory="{release}",
    account="EXAMPLE\\worker",
    password="password",
    start="automatic",
    environment={},
    dependencies=(),
    log_directory="{environment}\\logs\\queue",
)
RIGHTS = (
    PermissionInfo(path="{data}\\inbox", account="web", service=True, rights="modify"),
    PermissionInfo(path="{data}", account="EXAMPLE\\readers", service=False, rights="read"),
)
SITE = (
    SiteInfo(name="port", default="8080", help="TCP port", secret=False),
    SiteInfo(name="password", default=None, help="of the database", secret=True),
)
WEB_SID, QUEUE_SID = service_sid("web"), service_sid("queue")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A simulated server and two bundles for it."""

    root: Path
    one: Laid
    two: Laid

    def run(self, laid: Laid, *arguments: str, **machine: Any) -> Ran:
        python = running()
        quick: dict[str, Any] = {"quick": str(python.path), "minor": python.minor, "identity": f"{python.version} 64"}
        accounts = {"EXAMPLE\\readers": "S-1-5-21-7"}
        return bootstrap(laid, *arguments, **{**quick, "icacls": str(self.icacls), "accounts": accounts, **machine})

    @property
    def icacls(self) -> Path:
        return self.root / "icacls"

    def services(self) -> dict[str, dict[str, Any]]:
        path = self.one.temporary / "services.json"
        found: dict[str, dict[str, Any]] = json.loads(path.read_bytes()) if path.exists() else {}
        return found

    def running(self) -> dict[str, str | None]:
        return {name: each["runs"] for name, each in self.services().items() if each["status"] == "running"}

    def pointer(self) -> str:
        return (self.one.environment / "current").read_text("ascii").strip()

    def receipt(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.one.environment / "receipt.json").read_bytes())
        return found


def lay_server(
    root: Path,
    boot: Interpreter,
    *,
    one: tuple[ServiceInfo, ...] = (WEB, QUEUE),
    two: tuple[ServiceInfo, ...] = (WEB, QUEUE),
    more: dict[str, tuple[str, str, bool]] | None = None,
) -> Server:
    files = {"files/settings.ini": ("x\n", "{release}\\etc\\settings.ini", False), **(more or {})}
    first = lay_bundle(root, boot=boot, services=one, permissions=RIGHTS if one else (), site=SITE, files=files)
    first.folder.rename(root / "one")
    packages = [demo_wheel(root / "newer", "2.0", requires=["helper"]), *root.glob("made/helper*.whl")]
    second = lay_bundle(root, boot=boot, version="2.0", packages=packages, services=two, site=SITE, files=files)
    return Server(root=root, one=dataclasses.replace(first, folder=root / "one"), two=second)


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    return lay_server(tmp_path, request.param)


@contextlib.contextmanager
def page(status: int, asking: list[str] | None = None) -> Iterator[str]:
    """A page on loopback, and its address; ``asking``: gets the name of whoever asks, each time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asking is not None:
                asking.append(self.headers["User-Agent"])
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}/up?x=1"
        finally:
            serving.shutdown()
            thread.join()


def with_health(info: ServiceInfo, **health: object) -> ServiceInfo:
    found = dict({"http": None, "tcp": None, "timeout": 1, "settle": 1}, **health)
    return dataclasses.replace(info, health=HealthInfo(**found))  # type: ignore[arg-type]


def test_services_run_after_an_installation(server: Server) -> None:
    ran = server.run(server.one, PASSWORD)
    assert (ran.code, ran.err) == (0, ""), ran
    assert server.running() == {"web": ONE, "queue": ONE}
    web, queue = server.services()["web"], server.services()["queue"]
    environment, data = server.one.environment, server.one.data
    assert web["command"] == f'"{environment}/services/service.exe" web "{data}/logs/web/web.log"'
    assert (environment / "services" / "service.exe").is_file()
    assert (web["account"], web["given"], web["start"]) == ("NT SERVICE\\web", None, "delayed")
    assert (web["display_name"], web["description"]) == ("The page é", "Serves it.")
    assert (web["dependencies"], web["restart"], web["reset"], web["stop_timeout"]) == (
        ["queue", "Tcpip"],
        [1, 60],
        3600,
        7,
    )
    assert (queue["account"], queue["given"], queue["start"]) == ("EXAMPLE\\worker", "s3cret words", "automatic")
    assert server.receipt()["services"] == ["web", "queue"]
    assert "s3cret" not in ran.out + server.one.log()
    again = server.run(server.one)
    assert "nothing to do" in again.out


def test_what_the_host_is_told(server: Server) -> None:
    server.run(server.one, PASSWORD)
    release, data = server.one.environment / "releases" / ONE, server.one.data
    path = release / "services" / "web.conf"
    lines = path.read_text("utf-8").splitlines()
    packages = next(release.glob("lib/python*/site-packages"))
    assert lines[0] == "format=1"
    assert f"program={release}/bin/demo" in lines
    assert f'command="{release}/bin/demo" --port 8080 "with space" "{packages}/demo/parts"' in lines
    assert f"directory={data}" in lines
    assert f"release={release}" in lines
    assert {"log-size=5000", "log-count=2", "stop-timeout=7", f"path={release}/bin"} <= set(lines)
    assert f"environment=CONFIG={data}\\web.ini" in lines
    assert "environment=SECRET=s3cret words" in lines
    assert {"environment=PYTHONUNBUFFERED=1", "remove=PYTHONPATH", "remove=PYTHONHOME"} <= set(lines)
    assert path.stat().st_mode & 0o777 == 0o600  # it holds a secret
    assert (release / "services" / "queue.conf").stat().st_mode & 0o077 != 0
    assert "s3cret" not in (release / "services" / "services.json").read_text("utf-8")


def commands(log: str) -> list[str]:
    """What icacls was started with."""
    lines = [line.partition("  > ")[2].replace('"', "") for line in log.splitlines() if "/icacls " in line]
    return [each.partition("/icacls ")[2] for each in lines if each]


def test_rights_are_given_by_sid_before_the_first_start(server: Server) -> None:
    """The exact command lines, as Microsoft documents them: Wine's icacls does nothing."""
    server.run(server.one, PASSWORD)
    log = server.one.log()
    given = commands(log)
    environment, data = server.one.environment, server.one.data
    release = environment / "releases" / ONE
    assert given == [
        f"{environment} /grant *{WEB_SID}:(OI)(CI)RX /q",
        f"{data} /grant *{WEB_SID}:(OI)(CI)(IO)M *{WEB_SID}:(RX,WD,AD,WEA,WA) /q",
        f"{environment} /grant *{QUEUE_SID}:(OI)(CI)RX /q",
        f"{data} /grant *{QUEUE_SID}:(OI)(CI)(IO)M *{QUEUE_SID}:(RX,WD,AD,WEA,WA) /q",
        f"{environment}/logs/queue /grant *{QUEUE_SID}:(OI)(CI)(IO)M *{QUEUE_SID}:(RX,WD,AD,WEA,WA) /q",
        f"{data}/inbox /grant *{WEB_SID}:(OI)(CI)(IO)M *{WEB_SID}:(RX,WD,AD,WEA,WA) /q",
        f"{data} /grant *S-1-5-21-7:(OI)(CI)RX /q",
        f"{release}/services/web.conf /grant *{WEB_SID}:RX /q",
    ]
    assert (server.one.temporary / "guarded").read_text("utf-8").splitlines() == [str(environment), str(data)]
    assert (server.one.temporary / "closed").read_text("utf-8").splitlines() == [str(environment)]
    assert log.index("guarding") < log.index("step prepare:")
    assert log.index("guarding") < log.index("service web:")
    assert log.rindex("/grant") < log.index("step start:")
    assert (data / "inbox").is_dir()
    assert [each[1] for each in server.receipt()["grants"] if str(release) in each[0]] == []


def test_only_what_is_new_is_given_again(server: Server) -> None:
    server.run(server.one, PASSWORD)
    assert server.run(server.two).code == 0
    given = commands(server.two.log())
    assert len(given) == 1
    assert "2.0-0a1b2c3d/services/web.conf" in given[0]


def test_upgrade_and_rollback_switch_them(server: Server) -> None:
    server.run(server.one, PASSWORD)
    ran = server.run(server.two)
    assert ran.code == 0, ran
    assert server.running() == {"web": TWO, "queue": TWO}
    back = server.run(server.two, "/rollback")
    assert back.code == 0, back
    assert server.running() == {"web": ONE, "queue": ONE}
    assert server.pointer() == ONE


def test_a_name_in_other_letters_is_the_same_service(tmp_path: Path) -> None:
    """Windows tells no cases apart: it would be removed as one that the new release hasn't, once it runs there."""
    web = dataclasses.replace(WEB, name="Web", account="NT SERVICE\\Web", dependencies=("Queue",))
    server = lay_server(tmp_path, running(), two=(web, dataclasses.replace(QUEUE, name="Queue", start="manual")))
    server.run(server.one, PASSWORD)
    ran = server.run(server.two)
    assert (ran.code, ran.err) == (0, ""), ran
    assert server.running() == {"web": TWO, "queue": TWO}, "the one that is started by hand ran before"
    assert server.receipt()["services"] == ["Web", "Queue"]
    assert server.run(server.two, "/verify").code == 0
    assert server.run(server.two, "/rollback").code == 0
    assert server.running() == {"web": ONE, "queue": ONE}
    ran = server.run(server.two, ends={"web": [TWO, 3]})
    assert ran.code == 1603
    assert server.running() == {"web": ONE, "queue": ONE}
    assert (server.services()["web"]["start"], server.services()["queue"]["start"]) == ("delayed", "automatic")
    assert server.run(server.one, "/stop").code == 0
    assert server.run(server.two).code == 0
    assert (server.running(), server.receipt()["stopped"]) == ({}, ["Web", "Queue"])
    assert server.run(server.two, "/uninstall").code == 0
    assert server.services() == {}


def test_one_that_just_starts_is_waited_for(server: Server) -> None:
    server.run(server.one, PASSWORD)
    ran = server.run(server.two, busy={"queue": 3, "web": 1})
    assert ran.code == 0, ran
    assert server.running() == {"web": TWO, "queue": TWO}


def test_a_service_of_others_that_needs_one_is_named(server: Server) -> None:
    server.run(server.one, PASSWORD)
    path = server.one.temporary / "services.json"
    other = {"command": "x", "status": "running", "code": 0, "dependencies": ["queue"], "runs": None}
    path.write_text(json.dumps({**server.services(), "other": other}))
    ran = server.run(server.two)
    assert ran.code == 1603
    assert "The service queue can't be stopped: Windows error 1051: another service that needs it is running" in ran.err
    assert server.running() == {"web": ONE, "queue": ONE, "other": None}


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"ends": {"web": [TWO, 3]}}, "The service web ended with exit code 3. The end of "),
        # its host runs for some seconds more, ends what that left and looks for the reason
        ({"ends": {"web": [TWO, 3]}, "tidying": {"web": 14}}, "The service web ended with exit code 3. The end of "),
        ({"ends": {"queue": [TWO, 0xC0000135]}}, "The service queue ended with exit code 0xC0000135"),
        ({"no_start": {"web": 1053}}, "The service web can't be started: Windows error 1053: it did not answer"),
    ],
)
def test_a_release_whose_services_fail_is_taken_back(server: Server, machine: dict[str, object], words: str) -> None:
    server.run(server.one, PASSWORD)
    tree = {name: content for name, content in server.one.tree().items() if "/logs" not in name}
    ran = server.run(server.two, **machine)
    assert ran.code == 1603
    assert words in ran.err
    if "ends" in machine:
        assert "    it is broken" in ran.err
    assert server.pointer() == ONE
    if "no_start" in machine:  # Windows doesn't start the old one either: the next run does
        assert server.running() == {"queue": ONE}
        assert "- start the service web: Windows error 1053: it did not answer" in ran.err
        assert server.run(server.one).code == 0
    assert server.running() == {"web": ONE, "queue": ONE}
    assert {name: content for name, content in server.one.tree().items() if "/logs" not in name} == tree


def test_an_account_that_may_not_log_on_is_told_in_words(server: Server) -> None:
    ran = server.run(server.one, PASSWORD, no_start={"queue": 1069})
    assert ran.code == 1603
    assert "Log on as a service" in ran.err
    assert server.services() == {}
    assert not server.one.environment.exists()


@pytest.mark.parametrize("code", [577, 1260, 4551])
def test_a_service_that_a_policy_refuses_is_told_by_that_name(code: int) -> None:
    assert "App Control or software restriction) refuses its program: `bundle app-control`" in error_words(code)
    assert error_words(code).startswith(f"Windows error {code}: ")


@pytest.mark.parametrize(("status", "code"), [(200, 0), (302, 0), (404, 1603), (500, 1603)])
def test_the_page_decides(tmp_path: Path, status: int, code: int) -> None:
    with page(status) as address:
        server = lay_server(tmp_path, running(), one=(with_health(WEB, http=address),))
        ran = server.run(server.one, PASSWORD)
    assert ran.code == code, ran
    assert ("whether a firewall lets others reach it isn't known" in ran.out) == (code == 0)
    assert server.running() == ({"web": ONE} if code == 0 else {})
    if code:
        assert f"{address} answered with status {status}" in ran.err


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_nothing_answers(tmp_path: Path, kind: str) -> None:
    with page(200) as address:
        pass
    target = address if kind == "http" else address.split("/")[2]
    server = lay_server(tmp_path, running(), one=(with_health(WEB, **{kind: target}),))
    ran = server.run(server.one, PASSWORD)
    assert ran.code == 1603
    assert f"was started, but within 1 s {target} did not answer" in ran.err
    assert server.services() == {}


def test_a_connection_is_enough(tmp_path: Path) -> None:
    with page(500) as address:
        server = lay_server(tmp_path, running(), one=(with_health(WEB, tcp=address.split("/")[2]),))
        assert server.run(server.one, PASSWORD).code == 0


def test_a_service_that_the_new_release_lacks_goes_and_comes_back(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running(), two=(QUEUE,))
    server.run(server.one, PASSWORD)
    ran = server.run(server.two)
    assert ran.code == 0, ran
    assert (server.running(), sorted(server.services())) == ({"queue": TWO}, ["queue"])
    assert server.receipt()["services"] == ["queue"]
    assert server.run(server.two, "/rollback").code == 0
    assert server.running() == {"web": ONE, "queue": ONE}


def test_none_any_more_and_then_again(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running(), two=())
    server.run(server.one, PASSWORD)
    assert server.run(server.two).code == 0
    assert server.services() == {}
    ran = server.run(server.two, "/rollback")
    assert ran.code == 0, ran
    assert server.running() == {"web": ONE, "queue": ONE}


@pytest.mark.parametrize("start", ["manual", "disabled"])
def test_one_that_is_not_started_by_itself(tmp_path: Path, start: str) -> None:
    server = lay_server(tmp_path, running(), one=(dataclasses.replace(WEB, start=start),))  # type: ignore[arg-type]
    plan = server.run(server.one, "/plan", PASSWORD)
    assert f"leave the service web stopped: its start is {start}" in plan.out
    assert server.run(server.one, PASSWORD).code == 0
    assert server.services()["web"]["status"] == "stopped"
    assert server.services()["web"]["start"] == start


@pytest.mark.parametrize("place", ["{environment}\\logs\\", "{data}\\", "/elsewhere/"])
def test_the_longest_path_of_a_services_logs_counts(tmp_path: Path, place: str) -> None:
    """That of a file that was full; the host itself could only write no log."""
    folder = place + "x" * 240
    server = lay_server(tmp_path, running(), one=(dataclasses.replace(WEB, log_directory=folder, log_count=10),))
    laid = server.one
    filled = folder.replace("\\", "/").format(environment=laid.environment, data=laid.data)
    long = len(f"{filled}/web.log.10")
    assert server.run(laid, "/plan", PASSWORD, path_limit=long).code == 0
    ran = server.run(laid, "/plan", PASSWORD, path_limit=long - 1)
    assert ran.code == 1603
    assert f"the longest path of web.log.10 would have {long} characters, the limit is {long - 1}" in ran.err


def test_a_host_that_somebody_holds_goes_with_the_next_restart(server: Server) -> None:
    """The event log's service has one open that an earlier version named to it, until Windows ends."""
    server.run(server.one, PASSWORD)
    folder = server.one.environment / "services"
    held = folder / "service.exe.1.old"
    (folder / "service.exe").rename(held)
    ran = server.run(server.one, "/uninstall", held=[str(held)], restarts=True)
    assert (ran.code, ran.err) == (3010, "")
    assert "Restart this machine to finish the removal." in ran.out
    assert (server.one.temporary / "at_restart").read_text("utf-8").splitlines() == [
        str(held),
        str(folder),
        str(server.one.environment),
    ]
    assert [each for each in server.one.environment.rglob("*") if each.is_file()] == [held]
    # it is no obstacle to another installation before that, whose own host has another name
    assert server.run(server.one, PASSWORD).code == 0
    assert (folder / "service.exe").exists()


def test_a_held_host_gets_another_name_before(server: Server) -> None:
    server.run(server.one, PASSWORD)
    held = server.one.environment / "services" / "service.exe"
    assert server.run(server.one, "/uninstall", held=[str(held)], restarts=True).code == 3010
    (left,) = [each for each in server.one.environment.rglob("*") if each.is_file()]
    assert re.fullmatch(r"service\.exe\.[0-9]+\.old", left.name)
    assert (server.one.temporary / "at_restart").read_text("utf-8").splitlines()[0] == str(left)


def test_a_held_host_without_the_right_to_that_stays_to_be_removed(server: Server) -> None:
    server.run(server.one, PASSWORD)
    held = server.one.environment / "services" / "service.exe"
    ran = server.run(server.one, "/uninstall", held=[str(held)])
    assert ran.code == 1603
    assert f"- {held}" in ran.err
    assert held.exists()
    assert server.run(server.one, "/uninstall").code == 0
    assert not server.one.environment.exists()


def test_uninstalling_removes_services_and_takes_rights_back(server: Server) -> None:
    server.run(server.one, PASSWORD)
    (server.one.environment / "logs" / "queue" / "queue.log").write_text("x")
    ran = server.run(server.one, "/uninstall", "/plan")
    assert "stop and remove the service web" in ran.out
    assert server.running() == {"web": ONE, "queue": ONE}
    ran = server.run(server.one, "/uninstall", "/log:" + str(server.root / "log"))
    assert ran.code == 0, ran
    assert server.services() == {}
    assert not server.one.environment.exists()
    assert server.one.data.is_dir()


def test_files_that_only_its_own_services_hold_are_no_hindrance(server: Server) -> None:
    server.run(server.one, PASSWORD)
    held = str(server.one.environment / "releases" / ONE / "bin" / "demo")
    locked = {held: [["python.exe", 101, "queue"], ["service.exe", 200, "web"]]}
    plan = server.run(server.one, "/uninstall", "/plan", locked=locked)
    assert plan.code == 0, plan
    ran = server.run(server.one, "/uninstall", locked=locked)
    assert ran.code == 0, ran
    assert not server.one.environment.exists()


@pytest.mark.parametrize("mode", [("/uninstall", "/plan"), ("/uninstall",)])
def test_files_that_others_hold_are_found_while_services_run(server: Server, mode: tuple[str, ...]) -> None:
    server.run(server.one, PASSWORD)
    held = str(server.one.environment / "releases" / ONE / "bin" / "demo")
    before = server.services()
    ran = server.run(server.one, *mode, locked={held: [["python.exe", 101, "queue"], ["backup.exe", 7]]})
    assert ran.code == 1603
    assert f"nothing was changed:\n- {held} is in use by backup.exe (process 7): end that first\n" in ran.err
    assert server.services() == before


def test_files_that_nobody_is_known_to_hold_are_looked_at_once_services_have_stopped(server: Server) -> None:
    server.run(server.one, PASSWORD)
    held = str(server.one.environment / "releases" / ONE / "bin" / "demo")
    ran = server.run(server.one, "/uninstall", locked={held: []})
    assert ran.code == 1603
    assert f"Files are in use although the services have stopped:\n- {held} is in use: end that first\n" in ran.err
    assert server.pointer() == ONE
    assert server.running() == {"web": ONE, "queue": ONE}
    assert not (server.one.environment / "journal").exists()


def test_repairing_makes_what_is_missing(server: Server) -> None:
    server.run(server.one, PASSWORD)
    table = server.services()
    del table["queue"]
    table["web"].update(status="stopped", code=3, account="somebody")
    (server.one.temporary / "services.json").write_text(json.dumps(table))
    (server.one.environment / "services" / "service.exe").write_text("damaged")
    conf = server.one.environment / "releases" / ONE / "services" / "web.conf"
    lines = conf.read_text("utf-8")
    conf.unlink()
    ran = server.run(server.one, "/repair")
    assert ran.code == 0, ran
    assert server.running() == {"web": ONE, "queue": ONE}
    assert server.services()["web"]["account"] == "somebody"
    assert server.run(server.one, "/repair", "/reset-services").code == 0
    assert server.services()["web"]["account"] == "NT SERVICE\\web"
    assert conf.read_text("utf-8") == lines
    assert conf.stat().st_mode & 0o777 == 0o600
    assert (server.one.environment / "services" / "service.exe").read_text() != "damaged"


def test_the_plan_says_it_all_and_changes_nothing(server: Server) -> None:
    before = server.one.tree()
    ran = server.run(server.one, "/plan", PASSWORD)
    assert ran.code == 0, ran
    for words in (
        "make the service web, which runs as NT SERVICE\\web",
        f"let NT SERVICE\\web change {server.one.data}",
        f"let only administrators change {server.one.environment}",
        "start the service queue",
    ):
        assert "  - " + words in ran.out
    assert server.one.tree() == before
    assert server.services() == {}


def test_what_stands_in_the_way_is_told_before_any_change(server: Server) -> None:
    path = server.one.temporary / "services.json"
    other = {"command": '"C:\\other.exe"', "status": "running", "code": 0, "dependencies": [], "runs": None}
    path.write_text(json.dumps({"web": other}))
    before = server.one.tree()
    ran = server.run(server.one, PASSWORD, admin=False)
    assert ran.code == 1625
    assert 'there is a service web that this bundle did not make ("C:\\other.exe")' in ran.err
    assert "making services and giving rights needs administrator rights" in ran.err
    assert server.one.tree() == before


def test_instances_have_services_of_their_own(server: Server) -> None:
    server.run(server.one, PASSWORD)
    ran = server.run(server.one, PASSWORD, "/instance:test")
    assert ran.code == 0, ran
    found = server.services()
    assert sorted(found) == ["queue", "queue-test", "web", "web-test"]
    assert found["web-test"]["account"] == "NT SERVICE\\web-test"
    assert found["web-test"]["display_name"] == "The page é (test)"
    assert found["web-test"]["dependencies"] == ["queue-test", "Tcpip"]
    assert "Data-test/logs/web/web-test.log" in found["web-test"]["command"]
    assert server.run(server.one, "/uninstall", "/instance:test").code == 0
    assert server.running() == {"web": ONE, "queue": ONE}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"command": ("nothing",)}, "The service web can't run nothing: there is no such program in "),
        ({"directory": "{data}\\nowhere"}, "and there is no such folder"),
    ],
)
def test_a_service_that_can_not_be(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    server = lay_server(tmp_path, running(), one=(dataclasses.replace(WEB, **change),))
    ran = server.run(server.one, PASSWORD)
    assert ran.code == 1603
    assert words in ran.err
    assert not server.one.environment.exists()


def test_an_account_of_a_services_own_has_its_rights_too(server: Server) -> None:
    """A service's SID may be in its token only after the next start of Windows, by the documentation: the first start is right all the same."""
    accounts = {"EXAMPLE\\readers": "S-1-5-21-7", "EXAMPLE\\worker": "S-1-5-21-8"}
    assert server.run(server.one, PASSWORD, accounts=accounts).code == 0
    environment, data = server.one.environment, server.one.data
    given = [each for each in commands(server.one.log()) if "S-1-5-21-8:" in each]
    own = [
        each.replace(service_sid("queue"), "S-1-5-21-8")
        for each in commands(server.one.log())
        if service_sid("queue") in each
    ]
    assert given == own
    assert {each.partition(" /grant")[0] for each in given} >= {str(environment), str(data)}
    assert [str(data), "S-1-5-21-8", "modify"] in server.receipt()["grants"]  # an uninstallation takes it back


def test_an_account_that_nobody_knows(server: Server) -> None:
    """It is told with everything else that is wrong, before anything is made."""
    before = server.one.tree()
    ran = server.run(server.one, PASSWORD, accounts={})
    assert ran.code == 1603
    assert "There is no account EXAMPLE\\readers on this machine" in ran.err
    assert "nothing was changed" in ran.err
    assert server.one.tree() == before


@pytest.mark.parametrize(
    ("name", "sid"),
    [
        ("BUILTIN\\Users", "S-1-5-32-545"),
        ("users", "S-1-5-32-545"),
        ("Everyone", "S-1-1-0"),
        ("NT AUTHORITY\\Authenticated Users", "S-1-5-11"),
        ("EXAMPLE\\Users", None),
        (".\\users", None),
        ("VORDEFINIERT\\Benutzer", None),
    ],
)
def test_names_of_windows_are_known_in_english_everywhere(name: str, sid: str | None) -> None:
    r"""A German Windows has no account ``BUILTIN\Users``: it is called ``VORDEFINIERT\Benutzer`` there, which Windows finds by itself."""
    assert well_known_sid(name) == sid


def test_a_services_sid_is_computed_from_its_name() -> None:
    """Known ones, that `sc showsid` prints."""
    assert service_sid("TrustedInstaller") == "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
    assert service_sid("trustedinstaller") == service_sid("TRUSTEDINSTALLER")


def test_what_a_failed_first_installation_left_is_a_bundles_still(tmp_path: Path) -> None:
    """The next one finds the data folder there, and a purge takes it all the same."""
    server = lay_server(tmp_path, running())
    for ends in ({"web": [ONE, 7]}, {}):
        server.run(server.one, PASSWORD, ends=ends)
    assert server.pointer() == ONE
    assert server.run(server.one, "/uninstall", "/purge").code == 0
    assert not server.one.data.exists()


def test_a_purge_takes_what_a_failed_first_installation_left(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, ends={"web": [ONE, 7]}).code == 1603
    assert [path.name for path in server.one.data.rglob("*.log")] == ["web.log"]
    assert server.run(server.one, "/uninstall", "/purge").code == 0
    assert not server.one.data.exists()


def test_an_uninstallation_that_cant_remove_a_service_says_why(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    plan = server.run(server.one, "/uninstall", "/plan").out
    assert f"  - take the right of NT SERVICE\\web on {server.one.data} back\n" in plan
    ran = server.run(server.one, "/uninstall", no_remove={"web": 1072})
    assert ran.code == 1603
    assert (
        "The service web can't be removed: Windows error 1072: it is marked for deletion: close the window" in ran.err
    )
    seen = server.run(server.one, "/status").out
    assert "; it is not over: the next run that may change something finishes it.\n" in seen
    assert server.run(server.one, "/uninstall").code == 0
    assert server.services() == {}
