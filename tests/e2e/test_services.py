"""Services from a recipe to a page, in Wine: made and started by bootstrap.bat, upgraded, put back, rolled back, removed."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.target.machine.services import service_sid
from tests.support.bed import Session, toolchain
from tests.support.earlier import put_earlier
from tests.support.rehearse import KILLED, bootstrap, killed, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.manifest import Manifest
    from tests.support.bed import Bed, Mirror, Result

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
DROP, OTHER = "C:\\Drop é & co", "C:\\Other é"
ENVIRONMENT, DATA = "C:\\Envs é (x86) & co\\Page", "C:\\Data é & co\\Page"
URL = "http://127.0.0.1:8093/"
NAME = "page-server"
EVENTS = "HKLM\\System\\CurrentControlSet\\Services\\EventLog\\Application\\" + NAME
RECIPE = """
[bundle]
name = "page"
version = "{version}"
[[target]]
python = "3.11.7"
platform = "win_amd64"
runtime = {{ kind = "embed" }}
[packages]
projects = ["page"]
[environment]
path = '{environment}'
data = '{data}'
[site]
port = {{ type = "port", default = "8093" }}
drop = {{ type = "path", default = '{drop}' }}
who = {{ type = "account", default = 'NT SERVICE\\page-server' }}
mode = {{ type = "choice", choices = ["well", "ill"], default = "well" }}
[[service]]
name = "page-server"
command = ["page-server", "{{site.port}}"]
directory = "{{package.page}}"
display-name = "The page"
description = "Serves é."
account = "{{site.who}}"
environment = {{ GREETING = "from é", MODE = "{{site.mode}}" }}
stop-timeout = 20
health = {{ http = "http://127.0.0.1:{{site.port}}/", timeout = 60, settle = 1 }}
[[permission]]
path = '{{data}}\\inbox'
account = "page-server"
rights = "full"
[[permission]]
path = "{{site.drop}}"
account = "page-server"
rights = "modify"
[checks]
imports = ["page"]
"""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "page"
version = "{version}"
[project.scripts]
page-server = "page:main"
[tool.hatch.build.targets.wheel]
packages = ["page"]
"""
PAGE = """
import http.server, os, sys
def main():
    {begin}
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/die":
                os._exit(42)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(("{version} " + os.environ["GREETING"] + " " + os.getcwd()).encode("utf-8"))
    if os.environ["MODE"] == "ill":
        sys.exit("what the site chose doesn't work")
    try:
        print("serving", flush=True)
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    except KeyboardInterrupt:
        print("asked to stop", flush=True)
"""
RECORDER = """
#include <windows.h>
int main(void)
{
    static char text[20000];
    DWORD done;
    int size = WideCharToMultiByte(CP_UTF8, 0, GetCommandLineW(), -1, text, sizeof text - 2, NULL, NULL);
    HANDLE file = CreateFileA("C:\\\\icacls.txt", FILE_APPEND_DATA, 3, NULL, OPEN_ALWAYS, 0, NULL);
    text[size - 1] = '\\n';
    WriteFile(file, text, (DWORD)size, &done, NULL);
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "processed\\r\\n", 11, &done, NULL);
    return 0;
}
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    windows: Session
    build: Callable[[str, str], Path]

    def unpack(self, version: str, begin: str = "pass") -> Manifest:
        return unpack(self.windows, self.build(version, begin), rf"C:\Disk {version}")

    def bootstrap(self, version: str, *arguments: str) -> Result:
        return bootstrap(self.windows, *arguments, folder=rf"C:\Disk {version}")

    def page(self) -> str:
        return self.windows.http_get(URL, wait=20).body.decode()

    def query(self) -> str:
        done = self.windows.run(f"sc query {NAME}")
        return f"exit code {done.returncode}\n{done.output}"

    def wait(self, state: str) -> str:
        for _ in range(300):
            if state in (said := self.query()):
                return said
            time.sleep(0.1)
        raise AssertionError(said)

    @property
    def log(self) -> str:
        return self.windows.host_path(rf"{DATA}\logs\{NAME}\{NAME}.log").read_text("utf-8")

    def icacls(self) -> list[str]:
        """What icacls was started with, since the last time."""
        path = self.windows.host_path(r"C:\icacls.txt")
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        found = [re.sub(r"^\S*icacls\.exe\"? ", "", line, flags=re.IGNORECASE) for line in lines]
        return [each.replace('"', "") for each in found]


@pytest.fixture(scope="module")
def server(
    bed: Bed, build: Callable[[Path], Path], mirror: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A Windows whose icacls.exe records its command lines: Wine's own does nothing and says nothing."""
    del mirror
    scratch = tmp_path_factory.mktemp("services")
    (scratch / "icacls.c").write_text(RECORDER)
    toolchain.compile_exe("amd64", scratch / "icacls.exe", scratch / "icacls.c")

    def made(version: str, begin: str) -> Path:
        folder = tmp_path_factory.mktemp("recipe")
        (folder / "page" / "page").mkdir(parents=True)
        (folder / "page" / "pyproject.toml").write_text(PROJECT.format(version=version))
        page = PAGE.replace("{version}", version).replace("{begin}", begin)
        (folder / "page" / "page" / "__init__.py").write_text(page, encoding="utf-8")
        recipe = folder / "page.toml"
        text = RECIPE.format(version=version, environment=ENVIRONMENT, data=DATA, drop=DROP)
        recipe.write_text(text, encoding="utf-8")
        return build(recipe)

    with bed.session(scratch / "prefix") as session:
        session.run(r"reg add HKCU\Software\Wine\DllOverrides /v icacls.exe /d native /f")
        recorder = session.host_path(r"C:\windows\system32\icacls.exe")
        recorder.unlink()
        shutil.copy(scratch / "icacls.exe", recorder)
        yield Server(windows=session, build=made)


def test_from_the_first_installation_to_the_last_uninstallation(server: Server) -> None:
    first = server.unpack("1.0")
    plan = server.bootstrap("1.0", "/plan")
    assert rf"make the service {NAME}, which runs as NT SERVICE\{NAME}" in plan.output
    assert "exit code 1060" in server.query()

    port_of_others(server)
    done = server.bootstrap("1.0")
    assert done.returncode == 0, done.output
    assert f"{NAME} answers at {URL}" in done.output
    release = rf"{ENVIRONMENT}\releases\{first.bundle.release}"
    assert server.page() == rf"1.0 from é {release}\Lib\site-packages\page"
    sid = service_sid(NAME)
    assert server.icacls() == [
        rf"{ENVIRONMENT} /grant *{sid}:(OI)(CI)RX /q",
        rf"{DATA} /grant *{sid}:(OI)(CI)(IO)M *{sid}:(RX,WD,AD,WEA,WA) /q",
        rf"{DATA}\inbox /grant *{sid}:(OI)(CI)F /q",
        rf"{DROP} /grant *{sid}:(OI)(CI)(IO)M *{sid}:(RX,WD,AD,WEA,WA) /q",
    ]
    key = r"HKLM\System\CurrentControlSet\Services" + "\\" + NAME
    registered = server.windows.run(["reg", "query", key]).output
    for value in (r"services\service.exe", f"NT SERVICE\\{NAME}", "The page", "Serves"):
        assert value in registered
    events = server.windows.run(["reg", "query", EVENTS])
    assert r"System32\EventCreate.exe" in events.output, "the event log keeps the file open that it takes words from"

    with pytest.raises(HostError):
        server.windows.http_get(URL + "die", wait=1)
    assert "42" in server.wait("STOPPED")  # Wine takes no recovery actions
    what_operators_do(server)
    again = server.bootstrap("1.0")
    assert "othing to do" in again.output

    second = server.unpack("1.1")
    done = server.bootstrap("1.1")
    assert done.returncode == 0, done.output
    assert server.page().startswith("1.1 ")
    assert "asked to stop" in server.log
    assert server.icacls() == []

    server.unpack("1.2", "import sys; sys.exit('out of order')")
    failed = server.bootstrap("1.2")
    assert failed.returncode == 1603, failed.output
    assert f"The service {NAME} ended with exit code 1" in failed.output
    assert "out of order" in failed.output
    assert server.page().startswith("1.1 ")
    pointer = server.windows.host_path(ENVIRONMENT + r"\current")
    assert pointer.read_text("ascii").strip() == second.bundle.release

    begun = time.monotonic()
    back = server.bootstrap("1.1", "/rollback")
    assert back.returncode == 0, back.output
    print(f"rolled back in {time.monotonic() - begun:.1f} s")
    assert server.page().startswith("1.0 ")

    # both releases are complete: what is left of an upgrade is everything that services have to do with
    before_each_step(server, second.bundle.release)

    gone = server.bootstrap("1.1", "/uninstall")
    assert gone.returncode == 0, gone.output
    assert "exit code 1060" in server.query()
    assert server.windows.run(["reg", "query", EVENTS]).returncode != 0
    assert not server.windows.host_path(ENVIRONMENT).exists()
    assert server.windows.host_path(DATA).exists()
    assert server.icacls() == [  # elsewhere first: while the releases are there that say who gave it
        rf"{DROP} /remove:g *{sid} /q",
        rf"{ENVIRONMENT} /remove:g *{sid} /q",
        rf"{DATA} /remove:g *{sid} /q",
        rf"{DATA}\inbox /remove:g *{sid} /q",
    ]


def port_of_others(server: Server) -> None:
    """Refused with that program's name while it holds the service's port."""
    listen = "import socket, time; s = socket.create_server(('0.0.0.0', 8093)); print('listening', flush=True); time.sleep(600)"
    holder = server.windows.spawn([r"C:\Disk 1.0\boot\python.exe", "-c", listen])
    try:
        for _ in range(600):
            if "listening" in holder.output:
                break
            time.sleep(0.1)
        refused = server.bootstrap("1.0")
        words = f"port 8093, at which the service {NAME} is to answer, is held by python.exe (process "
        assert (refused.returncode, words in refused.output) == (1603, True), refused.output
        assert not server.windows.host_path(ENVIRONMENT).exists()
    finally:
        holder.stop()


def what_operators_do(server: Server) -> None:
    dead_and_deleted(server)
    other_site_values(server)


def dead_and_deleted(server: Server) -> None:
    """Seen by /verify; put right by a second run, or by /repair."""
    seen = server.bootstrap("1.0", "/verify")
    words = f"the service {NAME} does not run (it ended with 42)"
    assert (seen.returncode, words in seen.output) == (1603, True), seen.output
    again = server.bootstrap("1.0")
    assert (again.returncode, f"put right: {NAME} answers at {URL}" in again.output) == (0, True), again.output
    assert server.page().startswith("1.0 ")
    assert server.windows.run(f"sc stop {NAME}").returncode == 0
    server.wait("STOPPED")
    assert server.windows.run(f"sc delete {NAME}").returncode == 0
    mended = server.bootstrap("1.0", "/repair")
    assert (mended.returncode, f"put right: the service {NAME}" in mended.output) == (0, True), mended.output
    assert server.page().startswith("1.0 ")
    assert server.bootstrap("1.0", "/verify").returncode == 0
    stopped = server.bootstrap("1.0", "/stop")
    assert (stopped.returncode, f"Stopped the service {NAME}." in stopped.output) == (0, True), stopped.output
    server.wait("STOPPED")
    assert "stands still because /stop stopped it" in server.bootstrap("1.0").output
    begun = server.bootstrap("1.0", "/start")
    assert (begun.returncode, f"{NAME} answers at {URL}" in begun.output) == (0, True), begun.output
    told = server.bootstrap("1.0", "/status")
    assert (told.returncode, f"Service {NAME}: runs, and answers at {URL}" in told.output) == (0, True), told.output
    assert "Last run: start at " in told.output
    server.icacls()


def other_site_values(server: Server) -> None:
    """Answered at the new port, and at no other; what doesn't work is taken back; what a value may not name is refused before all that."""
    sid = service_sid(NAME)
    done = server.bootstrap("1.0", "/set:port=8094", rf"/set:drop={OTHER}", "/set:who=LocalService")
    assert (done.returncode, "Changed drop, port, who in " in done.output) == (0, True), done.output
    moved = URL.replace("8093", "8094")
    assert f"{NAME} answers at {moved}" in done.output
    assert server.windows.http_get(moved, wait=20).body.decode().startswith("1.0 from é ")
    with pytest.raises(HostError):
        server.windows.http_get(URL, wait=1)
    key = r"HKLM\System\CurrentControlSet\Services" + "\\" + NAME
    assert r"NT AUTHORITY\LocalService" in server.windows.run(["reg", "query", key]).output
    assert server.icacls() == [
        rf"{OTHER} /grant *{sid}:(OI)(CI)(IO)M *{sid}:(RX,WD,AD,WEA,WA) /q",
        rf"{DROP} /remove:g *{sid} /q",
    ]
    assert server.windows.host_path(OTHER).is_dir()
    assert not server.windows.host_path(DROP).exists()
    assert server.bootstrap("1.0", "/verify").returncode == 0

    failed = server.bootstrap("1.0", "/set:mode=ill", "/set:port=8095")
    assert failed.returncode == 1603, failed.output
    assert "what the site chose doesn't work" in failed.output
    assert server.windows.http_get(moved, wait=20).body.decode().startswith("1.0 from é ")
    for place, words in (
        (r"C:\windows\temp", "holds Windows itself"),
        (r"C:\Program Files", "holds programs of the machine"),
        (ENVIRONMENT + r"\Scripts", "holds what administrators and services run"),
        (r"C:\Nowhere\..\windows", "must be an absolute path"),
    ):
        refused = server.bootstrap("1.0", f"/set:drop={place}")
        assert (refused.returncode, words in refused.output) == (1639, True), refused.output
    assert server.icacls() == []

    back = server.bootstrap("1.0", "/rollback")
    assert back.returncode == 0, back.output
    assert server.page().startswith("1.0 from é ")
    assert server.windows.host_path(DROP).is_dir()
    assert not server.windows.host_path(OTHER).exists()
    server.icacls()


def before_each_step(server: Server, release: str) -> None:
    """The upgrade from 1.0 to 1.1, whose process is ended before every step in turn: then one service runs and answers, of the release in
    use, unless it was stopped for the switch; and the next run says what it makes of that, and has one running.
    """
    journal = server.windows.host_path(ENVIRONMENT + r"\journal")
    pointer = server.windows.host_path(ENVIRONMENT + r"\current")
    steps = []
    for moment in count(1):
        run = killed(server.windows, moment, folder=r"C:\Disk 1.1")
        if run.returncode != KILLED:
            break
        tables = [json.loads(line) for line in journal.read_bytes().splitlines()]
        begun = [each["begin"] for each in tables if "begin" in each]
        committed = {"committed": True} in tables
        steps.append("end" if committed else (begun or ["start"])[-1])
        if "stop" not in begun:
            assert server.page().startswith("1.0 ")
            continue
        # who goes back to the disk of before sees that all is as it was; who goes on, that it is done
        version = "1.1" if committed else "1.0"
        next_run = server.bootstrap(version)
        assert next_run.returncode == 0, next_run.output
        found = f"was interrupted (step {begun[-1]}); it is {'finished' if committed else 'taken back'}."
        assert found in next_run.output
        assert "nothing to do" in next_run.output
        assert server.page().startswith(f"{version} ")
        assert (pointer.read_text("ascii").strip() == release) == committed
    assert (run.returncode, "nothing to do" in run.output) == (0, True), run.output
    server.icacls()
    assert steps == ["start", "checks", "services", "rights", "stop", "switch", "start", "commit", "end"]


def test_what_an_earlier_version_installed(server: Server) -> None:
    """Its service is upgraded, put back and removed by this version's program, the only one that is kept."""
    first = server.unpack("3.0")
    put_earlier(server.windows.host_path(r"C:\Disk 3.0"))
    done = server.bootstrap("3.0")
    assert done.returncode == 0, done.output
    assert server.page().startswith("3.0 ")
    second = server.unpack("3.1")
    done = server.bootstrap("3.1")
    assert done.returncode == 0, done.output
    assert server.page().startswith("3.1 ")
    refused = server.bootstrap("3.0", "/rollback")
    assert refused.returncode == 1603, refused.output
    assert "receipt.json has format 2" in refused.output

    back = server.bootstrap("3.1", "/rollback")
    assert back.returncode == 0, back.output
    assert server.page().startswith("3.0 ")
    pointer = server.windows.host_path(ENVIRONMENT + r"\current")
    assert pointer.read_text("ascii").strip() == first.bundle.release
    programs = server.windows.host_path(ENVIRONMENT + r"\uninstall")
    assert {path.name for path in programs.iterdir()} == {second.bundle.release, "bootstrap.bat", "program"}

    forward = server.windows.run([rf"{ENVIRONMENT}\uninstall\bootstrap.bat", "/rollback"])
    assert forward.returncode == 0, forward.output
    assert server.page().startswith("3.1 ")
    gone = server.bootstrap("3.1", "/uninstall")
    assert gone.returncode == 0, gone.output
    assert "exit code 1060" in server.query()
    assert not server.windows.host_path(ENVIRONMENT).exists()


def test_a_service_of_somebody_else_is_left_alone(server: Server) -> None:
    made = server.windows.run(rf"sc create {NAME} binPath= C:\windows\system32\cmd.exe")
    assert made.returncode == 0
    server.unpack("2.0")
    done = server.bootstrap("2.0")
    assert done.returncode == 1638, done.output
    assert f"there is a service {NAME} that this bundle did not make" in done.output
    assert server.windows.run(f"sc delete {NAME}").returncode == 0
